"""``course validate``: run everything that shows whether the course is right."""

from __future__ import annotations

import click


@click.command()
@click.option("--quick", is_flag=True, help="The first module, and a few tests: some minutes less.")
def validate(quick: bool) -> int:
    """Run all tests, all graders on stubs and reference, and all Python in texts and notebooks.

    For the course repository. A step that ran nothing counts as failed. What the graders would
    accept is another question: `course audit`.

    Exit code 0: all is well. 1: a step failed. 2: it could not be run.
    """
    from tools.validating import validate_course

    return validate_course(quick)
