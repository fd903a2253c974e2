"""``course data``: the texts that models are trained on."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def data() -> None:
    """Get the texts that models are trained on, and look at them."""


@data.command()
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Take the plays from this file instead of the network.",
)
def shakespeare(source: Path | None) -> None:
    """Fetch Shakespeare's plays (1.1 MB, public domain), once; their SHA-256 is checked."""
    from graders.manifest import find_course
    from tools.lm.fetching import fetch_shakespeare

    path, new = fetch_shakespeare(find_course().root, source)
    click.echo(f"{path} {'is here now' if new else 'was here already'}: SHA-256 is right.")
    click.echo("Train on it: course train --config shakespeare")


@data.command()
@click.argument("corpus", default="builtin")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.option(
    "--val-fraction",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.1,
    show_default=True,
    help="How much of the text is held out.",
)
def stats(corpus: str, as_json: bool, val_fraction: float) -> None:
    """Show the characters, splits and entropy of CORPUS: builtin, shakespeare or a file."""
    from tools.lm.showdata import show_stats

    show_stats(corpus, val_fraction, as_json)


@data.command()
@click.argument("file", type=click.Path(path_type=Path))
def builtin(file: Path) -> None:
    """Write the built-in corpus to FILE: plays by a small grammar, always the same."""
    from graders.files import write_whole
    from graders.lm.play import write_plays

    text = write_plays()
    write_whole(file, text.encode())
    click.echo(f"{file}: {len(text):,} characters.")
