"""``course train``: train the language model of your package."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--config", metavar="NAME", help="Settings: a file of configs/, or a path.")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a setting, like training.max_steps=200. May be given often.",
)
@click.option(
    "--resume",
    is_flag=False,
    flag_value="",
    metavar="[PATH]",
    help="Go on: the run of this config, or that of a checkpoint or folder.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder of the run; runs/<name of the config> if you name none.",
)
@click.option("--overwrite", is_flag=True, help="Replace a run that is there already.")
@click.option("--quiet", "-q", is_flag=True, help="Say nothing but warnings and errors.")
def train(
    config: str | None,
    changes: tuple[str, ...],
    resume: str | None,
    out: Path | None,
    overwrite: bool,
    quiet: bool,
) -> int:
    """Train the language model that you wrote (or, in the course repository, the reference).

    It uses your model, tokenizer, dataset, scheduler and Trainer. The run's folder gets its settings,
    a log, and checkpoints: the last ones and the best. Ctrl-C keeps the step that it was at, and
    --resume goes on with the settings of the checkpoint, bit for bit.

    Several processes: torchrun --nproc-per-node=2 -m tools.lm --config tiny

    Exit code 0: all steps are done. 2: it stopped before.
    """
    from tools.lm.session import train as begin

    return begin(config, changes, resume, out, overwrite, quiet)
