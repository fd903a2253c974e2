"""Results of a class as ``course grade`` writes them, made from verdicts without any grading."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from graders.check import load_checks
from graders.judge import Verdict
from graders.manifest import load_course
from graders.outcomes import Outcome
from graders.report import Report, as_json
from tools.batch.names import stem_of
from tools.batch.store import Store
from tools.cli import cli

from .conftest import HOUSE

MODULE = load_course(HOUSE / "course.toml").module("01")
CHECKS = load_checks(MODULE)
SANDBOX = {"level": "A", "start": "fork", "layers": ["own process"], "open": []}


def course(*arguments: object) -> int:
    """Run ``course`` in this process; what ends it with exit code 2 is raised."""
    return cli.main([*map(str, arguments)], prog_name="course", standalone_mode=False) or 0


def report(name: str, wrong: Collection[str] = (), error: str = "") -> Report:
    """A report on module 01 with all points but those of the exercises ``wrong``."""
    verdicts = [
        Verdict(check, Outcome.FAILED, f"{check.exercise}: the values are wrong.")
        if check.exercise in wrong
        else Verdict(check, Outcome.PASSED)
        for check in CHECKS
    ]
    kept = [] if error else verdicts
    return Report(name, "d", MODULE, kept, SANDBOX, "release", "seed", 1.0, error)


def write_results(folder: Path, reports: Sequence[Report], finished: bool = True) -> Path:
    """The folder of a class's results."""
    store = Store(folder, MODULE, CHECKS)
    with store.held():
        store.begin("seed")
        for made in reports:
            store.keep(stem_of(made.submission), as_json(made))
        if finished:
            store.finish()
    return folder
