"""Notebooks as pages: run against the reference, several at once, and written down as Markdown."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from traitlets.config import Config

from graders.course import Course
from graders.errors import CourseError
from release.notebooks import notebook
from tools.cores import usable_cores

CELL_SECONDS = 120
SET_UP = '%config InlineBackend.figure_formats = ["svg"]'  # run first, shown to nobody
WORDS = (
    "*Here with the outputs of a finished package. They are worth more with those of your own: this "
    "notebook is in your copy.*"
)


def run_notebooks(course: Course, scripts: Mapping[str, str]) -> dict[str, Any]:
    """The notebooks with their outputs, run against the reference.

    Args:
        scripts: the path of each script -> its text, in jupytext's percent format.

    Raises:
        CourseError: a cell raises, takes longer than ``CELL_SECONDS``, or warns.
    """

    async def all_of_them() -> list[Any]:
        gate = asyncio.Semaphore(usable_cores())
        return await asyncio.gather(*(_run(course, *item, gate) for item in scripts.items()))

    return dict(zip(scripts, asyncio.run(all_of_them()), strict=True))


async def _run(course: Course, path: str, script: str, gate: asyncio.Semaphore) -> Any:
    made = nbformat.reads(notebook(script, path).decode(), as_version=4)
    made.cells.insert(0, nbformat.v4.new_code_cell(SET_UP))
    reference = course.root / "reference"
    variables = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(reference), str(course.root)]),
        "OMP_NUM_THREADS": "1",  # as many notebooks run as there are cores
    }
    async with gate:
        with tempfile.TemporaryDirectory() as folder:  # some cells write files
            client = NotebookClient(
                made,
                config=Config({"KernelManager": {"transport": "ipc", "ip": f"{folder}/kernel"}}),
                timeout=CELL_SECONDS,
                resources={"metadata": {"path": folder}},
            )
            try:
                await client.async_execute(env=variables)
            except CellTimeoutError as error:
                raise CourseError(
                    f"{path}: a cell still runs after {CELL_SECONDS} seconds. Make it shorter. {error}"
                ) from error
            except CellExecutionError as error:
                raise CourseError(
                    f"{path}: a cell raises {error.ename} with the reference: {error.evalue}"
                ) from error
    del made.cells[0]
    for cell in made.cells:
        for output in cell.get("outputs", ()):
            if output.get("name") == "stderr":  # a warning quotes the line that it comes from
                raise CourseError(f"{path}: a cell warns. Mend what it warns of: {output.text}")
    return made


def as_markdown(made: Any, page: str) -> tuple[str, dict[str, bytes]]:
    """A notebook that has run as Markdown, and its plots: path -> picture.

    Args:
        page: path of the page that it becomes; plots are put into a folder beside it.
    """
    pieces: list[str] = []
    plots: dict[str, bytes] = {}
    heading = ""
    for cell in made.cells:
        if cell.cell_type == "markdown":
            pieces.append(cell.source)
            lines = [line for line in cell.source.splitlines() if line.startswith("#")]
            heading = lines[-1].lstrip("# ") if lines else heading
            continue
        pieces.append(_fenced("python", cell.source))
        for output in cell.outputs:
            data = output.get("data", {"text/plain": output.get("text", "")})
            if "image/svg+xml" in data:
                plot = PurePosixPath(page).parent / "plots" / f"{len(plots) + 1}.svg"
                plots[str(plot)] = data["image/svg+xml"].encode()
                pieces.append(f"![Plot that the code above draws: {heading}](plots/{plot.name})")
            else:
                text = _fenced("text", data["text/plain"].rstrip("\n"))
                pieces.append(f'<div class="output">\n\n{text}\n\n</div>')
    return "\n\n".join([pieces[0], WORDS, *pieces[1:]]) + "\n", plots


def _fenced(language: str, text: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"
