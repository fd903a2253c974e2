"""A class of thirty on the notebook of module 01: right, wrong, broken and hostile hand-ins."""

from __future__ import annotations

import copy
import io
import json
import shutil
import zipfile

from tools.nbgrader.cells import points_id, solution_id

from .conftest import REFERENCE
from .handed_notebooks import (
    ALL,
    ERROR,
    NONE,
    Maker,
    Notebook,
    Places,
    cell_of,
    drop,
    insert,
    mark,
    number_of,
)

CHECK = """
def check(exercise, hidden=False):
    return {points}[exercise]
"""
HOSTILE = {
    # what stands in the cell of 01.1 in place of an answer, with nothing else written
    "claims_points": CHECK,
    "prints_the_score": "print(50)\nimport sys; sys.stdout.flush()\nimport os; os._exit(0)",
    "patches_numpy": (
        "import numpy\nnumpy.isclose = numpy.allclose = lambda *a, **k: numpy.bool_(True)\n"
        "numpy.array_equal = numpy.allclose\n"
        "import graders.notebook as n, graders.judge as j\n"
        "n.problem_of = j.problem_of = lambda *a, **k: None\n"
        "def raw_scores(query, key): return query"
    ),
    "writes_the_gradebook": """
import glob, os, sqlite3
def raw_scores(query, key):
    for path in ({book!r}, "../../../gradebook.db"):
        if os.path.exists(path):
            book = sqlite3.connect(path)
            book.execute("update grade set auto_score = 50, manual_score = 50")
            book.commit()
    return query
""",
    "reads_the_answers": """
import json, pathlib
def raw_scores(query, key):
    names = {{"torch": torch, "math": math}}
    cells = json.loads(pathlib.Path({source!r}).read_text())["cells"]
    text = next("".join(c["source"]) for c in cells if c["id"] == "solution-01-1")
    exec("from __future__ import annotations\\nfrom torch import Tensor\\n" + text, names)
    return names["raw_scores"](query, key)
""",
}


def make_class(places: Places) -> dict[str, str | int]:
    """Hand in for all; of each, what it deserves."""
    learners = Learners(places)
    for name in dir(learners):
        if name.startswith("hand_in_"):
            getattr(learners, name)(name.removeprefix("hand_in_"))
    for name, code in HOSTILE.items():
        learners.hostile(name, code)
    return learners.deserved


class Learners(Maker):
    """Each hands in as the method ``hand_in_NAME`` says."""

    # ---- right

    def hand_in_right(self, name: str) -> None:
        self.write(name, ALL, self.answers)

    def hand_in_einsum(self, name: str) -> None:
        solutions, others = self.style("einsum")
        self.write(name, ALL, solutions, lambda notebook: insert(notebook, 3, others))

    def hand_in_by_hand(self, name: str) -> None:
        solutions, others = self.style("by_hand")
        self.write(name, ALL, solutions, lambda notebook: insert(notebook, 3, others))

    def hand_in_folded(self, name: str) -> None:
        """Helpers and imports stand in cells of their own, below where they are used."""
        solutions, others = self.style("folded")
        self.write(name, ALL, solutions, lambda notebook: insert(notebook, 40, others))

    def hand_in_package(self, name: str) -> None:
        """The notebook is untouched, and the package lies beside it."""
        self.write(name, ALL, {})
        compiled = shutil.ignore_patterns("__pycache__")
        shutil.copytree(REFERENCE, self.places.folder(name) / REFERENCE.name, ignore=compiled)

    def hand_in_packed(self, name: str) -> None:
        """The same, packed."""
        self.write(name, ALL, {})
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for path in sorted(REFERENCE.rglob("*.py")):
                archive.write(path, path.relative_to(REFERENCE.parent))
        (self.places.folder(name) / "work.zip").write_bytes(packed.getvalue())

    def hand_in_both(self, name: str) -> None:
        """The practice in the notebook, the rest in the package, whose practice is not written."""
        of_notebook = {
            exercise.id: self.answers[exercise.id]
            for exercise in self.places.module.exercises
            if exercise.file.startswith("practice/")
        }
        self.write(name, ALL, of_notebook)
        package = self.places.folder(name) / REFERENCE.name
        (package / "practice").mkdir(parents=True)
        shutil.copy(REFERENCE / "attention.py", package)
        (package / "practice" / "attention.py").write_text("raise ValueError('an old attempt')\n")

    def hand_in_plays(self, name: str) -> None:
        """Cells print, plot, ask, warn and never end; some of it stands in the cells of solutions."""
        noise = (
            "%%time\n{}\nprint(raw_scores(torch.ones(2, 3), torch.ones(2, 3)))\n"
            "answer = input('which?')\nwhile True:\n    pass\nraise SystemExit"
        )
        solutions = {**self.answers, "01.1": noise.format(self.answers["01.1"])}
        loud = "    import sys, warnings; warnings.warn('careful'); print('!', file=sys.stderr)\n"
        head, _, rest = solutions["01.2"].partition("    ### BEGIN")
        solutions["01.2"] = f"{head}{loud}    ### BEGIN{rest}"
        extra = "!pip list\nimport time\nwhile True:\n    time.sleep(1)"
        self.write(name, ALL, solutions, lambda notebook: insert(notebook, 6, extra))

    def hand_in_reuses(self, name: str) -> None:
        """01.8 calls what was written in other cells, which are of another file."""
        text = self.answers["01.8"].replace("_mask_scores(scores, mask)", "apply(scores, mask)")
        helper = (
            "SEEN = {}\nSEEN['mask'] = True\ndef apply(scores, mask):\n    assert SEEN['mask']\n"
            "    if mask.dim() > scores.dim(): raise ValueError('too many axes')\n"
            "    try:\n        mask.expand_as(scores)\n"
            "    except RuntimeError: raise ValueError('does not fit') from None\n"
            "    return apply_mask(scores, mask)"
        )
        head, _, _ = text.partition("\n\n\ndef _mask_scores")
        solutions = {**self.answers, "01.8": f"{head}\n    ### END SOLUTION"}
        self.write(name, ALL, solutions, lambda notebook: insert(notebook, 30, helper))

    # ---- wrong

    def hand_in_untouched(self, name: str) -> None:
        self.write(name, NONE, {})

    def hand_in_not_scaled(self, name: str) -> None:
        self.write(name, 30, self.mistaken("a1"))

    def hand_in_half(self, name: str) -> None:
        self.write(name, 11, {e: self.answers[e] for e in ("01.1", "01.2", "01.3", "01.5")})

    def hand_in_not_python(self, name: str) -> None:
        """A cell that is not Python costs its own exercise only."""
        self.write(name, 48, {**self.answers, "01.2": "def scale_scores(scores, d_k:\n    return"})

    def hand_in_doubled(self, name: str) -> None:
        """A cell is there twice, and the last one, which is wrong, counts."""

        def double(notebook: Notebook) -> None:
            number = number_of(notebook, solution_id("01.2"))
            again = copy.deepcopy(notebook["cells"][number])
            again |= {"id": "again", "source": "def scale_scores(scores, d_k):\n    return scores"}
            notebook["cells"].insert(number + 2, again)

        self.write(name, 48, self.answers, double)

    def hand_in_nothing_at_all(self, name: str) -> None:
        self.write(name, ERROR, {}).write_bytes(b"")

    # ---- changed

    def hand_in_deleted(self, name: str) -> None:
        """A solution is gone, and the tests of another one."""
        gone = (solution_id("01.2"), points_id("01.3"), "text-01-4")
        self.write(name, 48, self.answers, lambda notebook: drop(notebook, *gone))

    def hand_in_other_tests(self, name: str) -> None:
        """All tests say that all is right, with more points; nothing is written."""

        def cheat(notebook: Notebook) -> None:
            for exercise in self.places.module.exercises:
                cell = cell_of(notebook, points_id(exercise.id))
                cell["source"] = str(exercise.points)
                cell["metadata"]["nbgrader"] |= {"points": 100, "locked": False}

        self.write(name, NONE, {}, cheat)

    def hand_in_other_kernel(self, name: str) -> None:
        kernel = {"name": "ir", "display_name": "R", "language": "R"}

        def change(notebook: Notebook) -> None:
            notebook["metadata"] = {"kernelspec": kernel}

        self.write(name, ALL, self.answers, change)

    def hand_in_no_metadata(self, name: str) -> None:
        """As some editors save it: what solves an exercise is found by what it defines."""

        def strip(notebook: Notebook) -> None:
            for cell in notebook["cells"]:
                cell["metadata"] = {}

        self.write(name, ALL, self.answers, strip)

    def hand_in_old_schema(self, name: str) -> None:
        self.write(name, ALL, self.answers, lambda n: mark(n, schema_version=1))

    def hand_in_new_schema(self, name: str) -> None:
        self.write(name, ALL, self.answers, lambda n: mark(n, schema_version=9, more="of it"))

    def hand_in_other_ids(self, name: str) -> None:
        self.write(name, ALL, self.answers, lambda n: mark(n, grade_id="mine"))

    def hand_in_large(self, name: str) -> None:
        """50 MB of outputs."""
        output = {"output_type": "stream", "name": "stdout", "text": "x" * 50_000_000}

        def grow(notebook: Notebook) -> None:
            cell_of(notebook, solution_id("01.1"))["outputs"] = [output]

        self.write(name, ALL, self.answers, grow)

    # ---- broken

    def hand_in_broken(self, name: str) -> None:
        path = self.write(name, ERROR, self.answers)
        path.write_bytes(path.read_bytes()[:-100])

    def hand_in_not_utf8(self, name: str) -> None:
        path = self.write(name, ERROR, self.answers)
        path.write_bytes(path.read_bytes().replace(b"import math", b"import\xff math"))

    def hand_in_foreign(self, name: str) -> None:
        cell = {"cell_type": "code", "source": "x = 1", "metadata": {}, "outputs": []}
        path = self.write(name, ERROR, {})
        path.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4}))

    def hand_in_renamed(self, name: str) -> None:
        path = self.write(name, ERROR, self.answers)
        path.rename(path.with_name("my answers.ipynb"))

    # ---- hostile

    def hostile(self, name: str, code: str) -> None:
        points = {exercise.id: exercise.points for exercise in self.places.module.exercises}
        book, source = str(self.places.root / "gradebook.db"), str(self.places.source)
        text = code.format(points=points, book=book, source=source) if "{" in code else code
        self.write(name, NONE, {"01.1": text})
