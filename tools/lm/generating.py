"""What ``course generate`` does: write texts, and compare ways of writing them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, fields, replace
from pathlib import Path
from typing import Any, TextIO

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from graders.errors import CourseError
from graders.files import write_whole
from graders.lm.diversity import LENGTH, Diversity, diversity

from .writing import LINE_END, Text, Writer, shown

GOOD = 0
FEW, SEVERAL = 1, 8  # texts for each prompt; with several, figures of diversity mean something
_ALL = {"do_sample": True, "temperature": 1.0, "top_k": None, "top_p": None}
STRATEGIES: Mapping[str, Mapping[str, Any]] = {
    "your options": {},
    "greedy": {**_ALL, "do_sample": False},
    "temperature 0.7": {**_ALL, "temperature": 0.7},
    "temperature 1": _ALL,
    "temperature 1.3": {**_ALL, "temperature": 1.3},
    "top-k 10": {**_ALL, "top_k": 10},
    "top-p 0.9": {**_ALL, "top_p": 0.9},
}


@dataclass(frozen=True)
class Sample:
    """The texts of one strategy."""

    strategy: str
    settings: Mapping[str, Any]
    texts: Sequence[Text]

    def diversity(self) -> Diversity:
        """Figures of what is new in these texts, word by word."""
        return diversity([text.new.split() for text in self.texts])


def generate_texts(
    checkpoint: Path,
    best: bool,
    device: str,
    prompts: Sequence[str],
    samples: int | None,
    batch: int,
    compare: bool,
    json_file: str | None,
    options: Mapping[str, Any],
) -> int:
    """Write texts, show them, and return the exit code.

    Args:
        prompts: at least one.
        samples: how many texts for each prompt; None: one, or eight to compare strategies by.
        batch: how many texts to write at a time.
        options: of sampling, as ``Writer.sampled`` takes them.

    Raises:
        CourseError: see ``Writer``; or the file cannot be written.
    """
    writer = Writer.open(checkpoint, best, device).sampled(options)
    for warning in writer.warnings(prompts):
        click.echo(f"Note: {warning}", err=True)
    samples = samples or (SEVERAL if compare else FEW)
    wanted = [prompt for prompt in prompts for _ in range(samples)]
    made = []
    for strategy, changes in STRATEGIES.items() if compare else [("your options", {})]:
        other = replace(writer, sampling=writer.sampling.model_copy(update=changes))
        texts = [*other.write(wanted, batch)]
        made.append(Sample(strategy, other.sampling.model_dump(mode="json"), texts))
    if json_file is not None:
        _write_json(json_file, writer, made)
    if json_file != "-":
        _show_comparison(made, Console()) if compare else _show_texts(made[0].texts)
    return GOOD


def read_prompts(texts: Sequence[str], file: TextIO | None) -> list[str]:
    """The prompts of the options: those given, then one for each line of a file.

    A line end inside of a prompt is spelled ``LINE_END``. Without any, a line end is the prompt.

    Raises:
        CourseError: the file is empty or no text in UTF-8.
    """
    lines: list[str] = []
    if file is not None:
        try:
            lines = [line.rstrip("\r\n") for line in file]
        except UnicodeDecodeError as error:
            raise CourseError(
                f"{file.name} is no text in UTF-8 ({error}). Save it as such."
            ) from None
        lines = [line for line in lines if line]
        if not lines:
            raise CourseError(f"{file.name} holds no prompt: write one on each line.")
    prompts = [text.replace(LINE_END, "\n") for text in (*texts, *lines)]
    return prompts or ["\n"]


def _write_json(file: str, writer: Writer, made: Sequence[Sample]) -> None:
    """What was written, and how, as one JSON object. ``-`` is standard output."""
    facts = writer.trained.facts
    found = {
        "schema": "course/generate/1",
        "config": facts.config["name"],
        "step": facts.step,
        "samples": [
            {
                "strategy": sample.strategy,
                "settings": sample.settings,
                "diversity": asdict(sample.diversity()),
                "texts": [asdict(text) for text in sample.texts],
            }
            for sample in made
        ],
    }
    content = json.dumps(found, indent=1) + "\n"
    if file == "-":
        click.echo(content, nl=False)
    else:
        write_whole(Path(file), content.encode())


def _show_texts(texts: Sequence[Text]) -> None:
    """Each text: one alone as it is, several with a line above each."""
    for number, text in enumerate(texts, start=1):
        if len(texts) > 1:
            click.secho(f"--- {number} of {len(texts)}", dim=True)
        click.echo(shown(text.prompt + text.new))


def _show_comparison(made: Sequence[Sample], console: Console) -> None:
    """The first text of each strategy, and a table of all texts of each."""
    for sample in made:
        console.print(Styled(f"--- {sample.strategy}", style="dim"))
        first = sample.texts[0]
        console.print(Styled(shown(first.prompt + first.new)), soft_wrap=True)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("strategy", no_wrap=True)
    for figure in fields(Diversity):
        table.add_column(figure.name.replace("_", "\n"), justify="right")
    for sample in made:
        values = astuple(sample.diversity())
        table.add_row(sample.strategy, *("-" if v is None else f"{v:.2f}" for v in values))
    console.print()
    console.print(table)
    each = f"{len(made[0].texts)} texts of each strategy, of their words"
    console.print(
        Styled(
            f"{each}. distinct-n: different groups of n words, of all; entropy: bits per word. High "
            f"is varied. repetition: groups of {LENGTH} words that a text has said before; self-overlap: "
            "that another text has too. Low is varied.",
            style="dim",
        )
    )
