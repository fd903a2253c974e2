"""What ``course audit`` does: run the trials, show a table and the findings, write JSON."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from graders.report import versions

from .audit.run import KINDS, MUTANTS, Audited, audit
from .cores import usable_cores
from .grading import write_json_lines
from .place import own_house

SCHEMA = "course/audit/1"
NOTHING_FOUND, FINDINGS = 0, 1


def audit_modules(
    module_ids: Sequence[str], json_file: str | None, runs: int, sample: int, jobs: int | None
) -> int:
    """Audit the named modules, or all. Returns the exit code."""
    course = own_house("audit")
    jobs = jobs or usable_cores()
    modules = [course.module(name) for name in module_ids] or [*course.modules]
    started = time.monotonic()
    console = Console(stderr=json_file == "-")
    with Progress(
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        audited = audit(course, modules, runs, sample, jobs, progress)
    seconds = time.monotonic() - started
    if json_file:
        write_json_lines([_as_json(audited, runs, seconds)], json_file)
    _show(audited, seconds, jobs, console)
    return FINDINGS if any(made.findings for made in audited) else NOTHING_FOUND


def _show(audited: Sequence[Audited], seconds: float, jobs: int, console: Console) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("module", no_wrap=True)
    for name in ("checks", "mistakes", "mutants", "equivalent", "styles", "runs", "findings"):
        table.add_column(name, justify="right", no_wrap=True)
    for made in audited:
        right, of = made.right, {**made.made, MUTANTS: made.made[MUTANTS] - made.equivalent}
        known, mutants, styles, runs = (f"{right[kind]}/{of[kind]}" for kind in KINDS)
        findings = Text(str(len(made.findings)), style="red" if made.findings else "green")
        table.add_row(
            made.module.id,
            str(made.checks),
            known,
            mutants,
            str(made.equivalent),
            styles,
            runs,
            findings,
        )
    console.print(table)
    for made in audited:
        for finding in made.findings:
            console.print(Text(f"{made.module.id}  {finding}"), soft_wrap=True)
    count = sum(len(made.findings) for made in audited)
    console.print(
        f"{count or 'no'} finding{'' if count == 1 else 's'}, {seconds:.0f} s, {jobs} processes"
    )


def _of_kind(made: Audited, kind: str) -> dict[str, float]:
    seconds = round(made.seconds[kind], 1)
    return {"made": made.made[kind], "right": made.right[kind], "seconds": seconds}


def _as_json(audited: Sequence[Audited], runs: int, seconds: float) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "runs": runs,
        "seconds": round(seconds, 1),
        "versions": versions(),
        "modules": [
            {
                "module": made.module.id,
                "exercises": len(made.module.exercises),
                "checks": made.checks,
                **{k: _of_kind(made, k) for k in KINDS},
                "equivalent mutants": made.equivalent,
                "findings": made.findings,
            }
            for made in audited
        ],
    }
