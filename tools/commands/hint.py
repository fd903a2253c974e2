"""``course hint``: help with one exercise, a little more each time."""

from __future__ import annotations

import json
from pathlib import Path

import click

STATE = Path(".course") / "hints.json"


@click.command()
@click.argument("exercise")
@click.option("--level", type=click.IntRange(1, 3), help="Show hints up to this level.")
def hint(exercise: str, level: int | None) -> None:
    """Show a hint for EXERCISE, such as 01.2. Ask again for a plainer one."""
    from graders.manifest import find_course

    course = find_course()
    module = course.module_of(exercise)
    found = module.exercise(exercise)
    state = course.root / STATE
    shown = _shown(state)
    level = level or min(shown.get(found.id, 0) + 1, len(found.hints))
    click.echo(f"{found.id} {found.title}: {found.symbol} in {course.package}/{found.file}\n")
    for number, text in enumerate(found.hints[:level], start=1):
        click.echo(f"  {number}. {text}")
    if level < len(found.hints):
        click.echo(f"\nFor a plainer one: course hint {found.id}")
    if state.parent.is_dir():  # a student copy
        shown[found.id] = max(level, shown.get(found.id, 0))
        _remember(state, shown)


def _shown(state: Path) -> dict[str, int]:
    """How many hints of each exercise were shown; a missing or damaged file counts as none."""
    try:
        stored = json.loads(state.read_text(encoding="utf-8"))
        return {str(key): int(value) for key, value in stored.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _remember(state: Path, shown: dict[str, int]) -> None:
    try:
        state.write_text(json.dumps(shown, sort_keys=True) + "\n", encoding="utf-8")
    except OSError:
        click.echo("(This folder cannot be written to, so the next hint starts over.)", err=True)
