"""``course doctor``: what this machine has to keep learner code in."""

from __future__ import annotations

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def doctor(as_json: bool) -> int:
    """Show what keeps learner code in on this machine, layer by layer, what is missing, and the mend.

    A worker of the kind that runs submissions tries to break out; what holds decides the level.

    Exit code 0: level B or better, good for other people's work. 1: less. 2: it could not be found out.
    """
    from tools.doctoring import examine

    return examine(as_json)
