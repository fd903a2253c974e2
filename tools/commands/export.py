"""``course export``: what ``course grade`` found, for other systems."""

from __future__ import annotations

import importlib
from pathlib import Path

import click

FORMATS = ("canvas", "csv", "github-classroom", "gradescope")
FOLDER = Path(__file__).parents[1] / "export"


class _Formats(click.Group):
    """The formats in ``tools/export``, each imported when it is needed; a student copy has one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name in FORMATS if (FOLDER / f"{_stem(name)}.py").is_file()]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(ctx):
            return None
        command = importlib.import_module(f"tools.export.{_stem(name)}").command
        assert isinstance(command, click.Command)
        return command


def _stem(name: str) -> str:
    return name.replace("-", "_")


@click.group(cls=_Formats)
def export() -> None:
    """Give what `course grade` found to Canvas, Gradescope, GitHub Classroom or a spreadsheet."""
