"""``course audit``: prove that the graders are right."""

from __future__ import annotations

import click


@click.command()
@click.argument("modules", nargs=-1, metavar="[MODULE]...")
@click.option("--json", "json_file", metavar="FILE", help="Write the result as JSON.")
@click.option(
    "--runs",
    type=click.IntRange(min=1),
    default=200,
    show_default=True,
    metavar="N",
    help="How often to grade the reference.",
)
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    default=1,
    metavar="N",
    help="Make one of N mutants and known mistakes of an exercise; all by default.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Number of processes; all cores by default.",
)
def audit(
    modules: tuple[str, ...], json_file: str | None, runs: int, sample: int, jobs: int | None
) -> int:
    """Prove that the graders of MODULES (all, if none is named) are right.

    Known mistakes: each loses points and is called by its name. Mutants: the reference with one
    small thing changed; each is killed, or listed as equivalent with a reason. Solutions: each
    correct one, written another way, has all points. Reference: passes with inputs from other seeds,
    with 1 and 2 threads, in float64 and float32. FILE may be - for standard output.

    Exit code 0: nothing was found. 1: there are findings. 2: it could not be done.
    """
    from tools.auditing import audit_modules

    return audit_modules(modules, json_file, runs, sample, jobs)
