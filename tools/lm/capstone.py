"""What ``course capstone`` does: begin the project from a run, and compare a run with the table."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from graders.bounds import MAX_BYTES
from graders.capstone import model as model_file
from graders.capstone import report as report_file
from graders.course import Course
from graders.errors import CourseError
from graders.files import explained, write_whole
from graders.lm.checkpoint import Facts
from graders.manifest import find_course
from tools.place import own_copy

from .checkpoint import Checkpoint, read_checkpoint, read_facts, write_checkpoint
from .expected import FILE, expected_of
from .runs import LOG, RUNS, find_checkpoint, read_log, runs_there

GOOD, UNEXPECTED = 0, 1
PROJECT = "09"


def run_folder(course: Course, run: Path | None) -> Path:
    """The folder of the run that is meant: the newest one where none is named.

    Raises:
        CourseError: there is none.
    """
    if run is not None:
        if not (run / LOG).is_file():
            raise CourseError(
                f"{run} is not the folder of a run: there is no {LOG} in it. {runs_there(Path(RUNS))}"
            )
        return run
    found = sorted((course.root / RUNS).glob(f"*/{LOG}"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise CourseError(
            f"There is no run in {course.root / RUNS} yet. Make one: course train --config "
            "shakespeare (with --set training.corpus=builtin where the plays cannot be had)"
        )
    return found[-1].parent


def start_project(run: Path | None, force: bool) -> int:
    """Put the best checkpoint of a run, and a template of the report, in the project's folder.

    Raises:
        CourseError: there is no such run, a checkpoint is there already, or it is too large.
    """
    course = own_copy()
    project = course.graded(PROJECT)
    folder = course.root / project.handed_in
    source = find_checkpoint(run_folder(course, run), best=True)
    target = folder / model_file.FILE
    if target.exists() and not force:
        raise CourseError(f"{target} is there already. To replace it: --force")
    whole = read_checkpoint(source)
    facts = whole.facts.model_copy(update={"state": None})
    size = sum(tensor.nbytes for tensor in whole.weights.values())
    if size > MAX_BYTES - (2 << 20):  # room for samples and pictures
        raise CourseError(
            f"The weights in {source} take {size >> 20} MiB, and all that is handed in may take "
            f"{MAX_BYTES >> 20}. Train a smaller model."
        )
    with explained(folder):
        folder.mkdir(exist_ok=True)
    write_checkpoint(target, Checkpoint(facts, whole.weights))
    click.echo(f"{target}  (step {facts.step}, from {source})")
    report = folder / report_file.FILE
    if not report.exists():
        template = course.root / "assignments" / project.folder / report_file.FILE
        write_whole(report, _content(template))
        click.echo(f"{report}  (a template: fill it)")
    _show_figures(facts)
    click.echo(f"\nWhat is missing, and your points: course grade {project.id}")
    return GOOD


def check_run(run: Path | None) -> int:
    """Show the held-out losses of a run beside those to expect; the exit code.

    Raises:
        CourseError: there is no such run, or no table for its config and corpus.
    """
    course = find_course()
    folder = run_folder(course, run)
    facts = read_facts(find_checkpoint(folder))
    config, corpus = facts.config["name"], facts.config["training"]["corpus"]
    expected, tolerance = expected_of(course.root, config, corpus)
    losses = {
        line["step"]: line["val_loss"] for line in read_log(folder / LOG) if "val_loss" in line
    }
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("step", "expected", "held-out loss", "difference"):
        table.add_column(name, justify="right")
    table.add_column("")
    wrong = compared = 0
    for entry in expected:
        if entry.step not in losses:
            continue
        compared += 1
        gap = losses[entry.step] - entry.loss
        # NaN is not within it either; a loss far below is no less suspicious: the model may peek
        right = abs(gap) <= tolerance
        wrong += not right
        said = "as expected" if right else ("too high" if not gap < 0 else "too low")
        table.add_row(
            str(entry.step),
            f"{entry.loss:.4f}",
            f"{losses[entry.step]:.4f}",
            f"{gap:+.4f}",
            Text(said, style="green" if right else "red"),
        )
    if not compared:
        last = expected[-1].step
        mend = f"Train on: course train --resume {folder} --set training.max_steps={last}"
        if facts.step >= last:  # it has gone past all of them
            mend = (
                f"Train anew: course train --config {config} --set training.corpus={corpus} "
                "--out runs/anew"
            )
        raise CourseError(
            f"{folder} was measured at none of the steps {', '.join(str(e.step) for e in expected)}"
            f" that {FILE} knows. {mend}"
        )
    console = Console()
    console.print(f"{folder}: {config} with {corpus}; a right run is within {tolerance} nats")
    console.print(table)
    if wrong:
        console.print(
            "Too high: look at the mask, the targets, the schedule, the rate. Too low: does the "
            "model see what it is to predict, or was it trained on the held-out text? If you changed "
            "settings, the table does not apply."
        )
    _show_figures(facts)
    return UNEXPECTED if wrong else GOOD


def _show_figures(facts: Facts) -> None:
    """The figures of a checkpoint that a report needs."""
    rows: dict[str, Any] = {
        "corpus": facts.config["training"]["corpus"],
        "vocabulary": len(facts.characters),
        "steps": facts.step,
    }
    if facts.val_loss is not None:
        rows["held-out loss"] = f"{facts.val_loss:.4f}"
        rows["perplexity"] = f"{math.exp(min(50.0, facts.val_loss)):.4f}"
    click.echo("\nFor the report:")
    for name, value in rows.items():
        click.echo(f"| {name} | {value} |")


def _content(template: Path) -> bytes:
    try:
        return template.read_bytes()
    except OSError as error:
        raise CourseError(
            f"The template {template} cannot be read ({error.strerror}). Take the course's own."
        ) from None
