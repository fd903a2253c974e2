"""Hand-ins on the notebook of module 01 that mean harm to those who grade them, or to others."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tools.nbgrader.cells import points_id, solution_id
from tools.nbgrader.statements import LONGEST

from .handed_notebooks import ALL, NONE, Maker, Notebook

REFUSED = "refused"  # nbgrader grades nothing of it, and says so
PAGE = "<script>document.title = 'mine'</script><img src=x onerror=\"document.title = 'mine'\">"


class HostileMaker(Maker):
    """Hands in what means harm; ``deserved`` also has what is ``REFUSED``."""

    def more(self, name: str, deserves: str | int, *cells: dict[str, Any]) -> Path:
        """The answers, if they are deserved, and more cells."""

        def add(notebook: Notebook) -> None:
            notebook["cells"] += [_cell(str(n)) | cell for n, cell in enumerate(cells)]

        return self.write(name, deserves, {} if deserves == NONE else self.answers, add)

    def all(self) -> None:
        """Hand in all of it; the last one is right, and comes after the others."""
        self.more("empty_cells", ALL, {}, {"source": "# nothing"}, {"source": "\n \n"})
        chain = [
            {"source": "\n".join(f"def f{n}_{k}(): return f{n}_{k + 1}()" for k in range(1900))}
            for n in range(10)
        ]
        self.more("chain", ALL, *chain, {"source": "def f0_1900(): return raw_scores(1, 2)"})
        self.write("blanks", 48, {**self.answers, "01.2": " " * (LONGEST - 9) + "x ("})
        self.more("many_cells", NONE, *[{}] * 3000)
        self.more(
            "shows_a_page", ALL, *({"cell_type": k, "source": PAGE} for k in ("markdown", "raw"))
        )
        self.more("more_points", NONE, *(_worth(f"test-01-{n}") for n in ("1", "8", "99")))
        self.more("parts_of_odd_kinds", ALL, *_odd())
        self.write("moves_points", NONE, {}, _move_points)
        (self.more("no_date", REFUSED).parent / "timestamp.txt").write_text("never\n")
        folder = self.more("fetches_answers", REFUSED).parent
        (folder / "x[y]").mkdir()
        (folder / "x[y]" / "notes.txt").symlink_to(self.places.source)
        os.mkfifo(self.more("pipe", REFUSED).parent / "notes.txt")
        pipe = self.more("pipe_for_a_notebook", REFUSED)
        pipe.unlink()
        os.mkfifo(pipe)
        self.more("zoe", ALL)


def _cell(name: str) -> dict[str, Any]:
    added = {"cell_type": "code", "id": f"more-{name}", "source": "", "metadata": {}}
    return added | {"outputs": [], "execution_count": None}


def _worth(grade_id: str) -> dict[str, Any]:
    """Tests of the learner's own, which came to a thousand points."""
    marks: dict[str, Any] = {
        "grade": True,
        "solution": False,
        "locked": True,
        "task": False,
        "schema_version": 3,
    }
    marks |= {"grade_id": grade_id, "points": 1000, "cell_type": "code"}
    score: dict[str, Any] = {"data": {"text/plain": "1000"}, "execution_count": 1, "metadata": {}}
    shown = [{"output_type": "execute_result", **score}]
    return {"source": "1000", "metadata": {"nbgrader": marks}, "outputs": shown}


def _odd() -> list[dict[str, Any]]:
    parts: list[Any] = [None, 5, "x", [1], {"a": {"b": [None]}}, float("nan"), "\ud800"]
    keys = ("metadata", "outputs", "attachments", "id", "execution_count")
    made = [{key: part} for key in keys for part in parts]
    return [*made, *({"cell_type": "markdown", "attachments": {"a": part}} for part in parts)]


def _move_points(notebook: Notebook) -> None:
    """All cells say that they are the solution of 01.1, or its tests, or both."""
    for number, cell in enumerate(notebook["cells"]):
        grade_id = (solution_id("01.1"), points_id("01.1"))[number % 2]
        cell["metadata"]["nbgrader"] |= {"grade_id": grade_id, "points": 50, "grade": True}
