"""``course verify``: whether this machine has what the course needs."""

from __future__ import annotations

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def verify(as_json: bool) -> int:
    """Show whether this machine has what the course needs: Python, torch, devices, packages, space.

    Each problem comes with its cause and a command that mends it. What keeps other people's code in
    is another question: `course doctor`.

    Exit code 0: no problem. 1: there are some. 2: it could not be found out.
    """
    try:
        from tools.verifying import verify_machine
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"The package {error.name} is missing, so nothing can be looked at. Type, in the folder "
            "of the course: pip install -e ."
        ) from None
    return verify_machine(as_json)
