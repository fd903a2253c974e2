"""The ``course`` command. Exit codes: 0 good, 1 points missing or findings, 2 could not be done."""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import os
import sys
import traceback
from difflib import get_close_matches
from pathlib import Path

import click

from graders.errors import CourseError

# of the course repository, and of a student copy
DISTRIBUTIONS = ("tiny-transformer-course", "tiny-transformer-work")
COMMANDS = Path(__file__).parent / "commands"


class _Commands(click.Group):
    """The commands in ``tools/commands``, each imported when it is needed; ``a_b.py`` holds ``a-b``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(path.stem.replace("_", "-") for path in COMMANDS.glob("[a-z]*.py"))

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(ctx):
            return None
        stem = name.replace("-", "_")
        command = getattr(importlib.import_module(f"tools.commands.{stem}"), stem)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it; a command that does not exist is refused with the nearest one."""
        near = get_close_matches(args[0], self.list_commands(ctx), n=1)
        if near and near[0] != args[0]:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)


def _version(ctx: click.Context, option: click.Parameter, wanted: bool) -> None:
    if not wanted:
        return
    for name in DISTRIBUTIONS:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            click.echo(f"course {importlib.metadata.version(name)}")
            ctx.exit()
    click.echo("course, not installed")
    ctx.exit()


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_version,
    help="Show the version and exit.",
)
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Do the exercises of a course, or build and grade one.

    Run it inside the course repository or inside a student copy. Alone, it says where you are and
    what to do next.
    """
    if os.environ.get("NO_COLOR"):
        ctx.color = False
    if ctx.invoked_subcommand is None:
        from tools.start import show_place

        show_place()


def main() -> None:
    """Run the command line and end with its exit code; never with a traceback for bad input."""
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = 2
    except CourseError as error:
        click.echo(click.style("Error: ", fg="red", bold=True) + str(error), err=True)
        code = 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped. What was finished is kept.", err=True)
        code = 2
    except Exception:  # not "points missing", which is what Python's own exit code 1 would say
        traceback.print_exc()
        click.echo("This is a fault of the course tool, not yours. Please report it.", err=True)
        code = 2
    sys.exit(code)
