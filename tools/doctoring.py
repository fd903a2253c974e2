"""What ``course doctor`` does: have a worker try to break out, and say what holds and what does not."""

from __future__ import annotations

import json
import os
import platform
import sys
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from graders.course import Limits
from graders.report import versions
from graders.worker.canaries import ATTEMPTS
from graders.worker.launch import Launcher, launcher
from graders.worker.protection import ENOUGH, LEVELS, NOT_COVERED, Protection
from graders.worker.selftest import protect

GOOD, LESS = 0, 1
LIMITS = Limits(check_seconds=5, submission_seconds=60, memory_mb=2048)


def examine(as_json: bool) -> int:
    """Test this machine and print what was found. Returns the exit code."""
    workers = launcher(LIMITS, [])
    try:
        held = protect(workers)
        found = _found(workers, held)
    finally:
        workers.close()
    if as_json:
        print(json.dumps(found, indent=1))
    else:
        _show(found, Console())
    return GOOD if held.level <= ENOUGH else LESS


def _found(workers: Launcher, held: Protection) -> dict[str, Any]:
    return {
        "schema": "course/doctor/1",
        "level": held.level,
        "enough": held.level <= ENOUGH,
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "user": "root" if sys.platform != "win32" and os.geteuid() == 0 else "ordinary",
        "start": workers.name,
        "versions": versions(),
        "layers": [*workers.outer, *held.layers],
        "missing": dict(held.off),
        "attempts": {name: name in held.open for name in ATTEMPTS if held.tried},
        "broken": dict(held.broken),
    }


def _show(found: dict[str, Any], console: Console) -> None:
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    console.print(Text(f"{found['system']}, user: {found['user']}, {versions}", style="dim"))
    table = Table(box=None, pad_edge=False, show_header=False)
    for layer in found["layers"]:
        table.add_row("[green]on[/]", escape(layer))
    for layer, why in found["missing"].items():
        table.add_row("[red]off[/]", f"{escape(layer)}: {escape(why)}")
    console.print(table)
    console.print(Text("\nWhat a worker tried:" if found["attempts"] else "\nNothing was tried."))
    table = Table(box=None, pad_edge=False, show_header=False)
    for attempt, reached in found["attempts"].items():
        table.add_row("[red]could[/]" if reached else "[green]could not[/]", escape(attempt))
    for work, why in found["broken"].items():
        table.add_row("[red]must, and could not[/]", f"{escape(work)} ({escape(why)})")
    console.print(table)
    console.print(Text(f"\nlevel {found['level']}: {LEVELS[found['level']]}", style="bold"))
    console.print(Text(f"not covered at any level: {NOT_COVERED}", style="dim"))
    if not found["enough"]:
        console.print(
            Text(
                f"Other people's work needs level {ENOUGH}: mend what is off, use another machine, "
                f"or say --require-sandbox {found['level']} and trust them."
            )
        )
