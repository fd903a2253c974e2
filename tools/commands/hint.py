"""``course hint``: help with one exercise, a little more each time."""

from __future__ import annotations

import click


@click.command()
@click.argument("exercise", required=False)
@click.option("--level", type=click.IntRange(1, 3), help="Show hints up to this level.")
def hint(exercise: str | None, level: int | None) -> None:
    """Show a hint for EXERCISE, such as 01.2. Ask again for a plainer one."""
    from graders.errors import CourseError
    from graders.manifest import find_course
    from graders.progress import changing, is_copy, read_state
    from tools.words import in_width

    course = find_course()
    if exercise is None:
        from tools.guide import which

        raise which(course, "hint")
    found = course.exercise(exercise)
    shown = read_state(course).hints.get(found.id, 0)
    level = level or min(shown + 1, len(found.hints))
    folder = course.module_of(found.id).handed_in
    place = (
        f"{folder}/{found.file}" if folder else f"{found.symbol} in {course.package}/{found.file}"
    )
    click.echo(in_width(f"{found.title}: {place}", f"{found.id} ") + "\n")
    for number, text in enumerate(found.hints[:level], start=1):
        click.echo(in_width(text, f"  {number}. "))
    if level < len(found.hints):
        click.echo(f"\nFor a plainer one: course hint {found.id}")
    if is_copy(course):
        try:
            with changing(course) as state:
                state.hints[found.id] = max(level, shown)
        except CourseError as error:
            click.echo(f"(The next hint starts over: {error})", err=True)
