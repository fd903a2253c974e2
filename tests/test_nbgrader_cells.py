"""Cells of a notebook and files of the package: one is made of the other, and nothing is lost."""

from __future__ import annotations

import ast

import pytest

from graders.course import Course, Module
from graders.errors import CourseError
from tools.nbgrader.assemble import Cells, assembled
from tools.nbgrader.cells import STUB, cleared, pieces_of
from tools.nbgrader.notebook import Cell, cells_of, solving
from tools.nbgrader.statements import Unreadable, needed, statements_of

from .conftest import REFERENCE

PRACTICE = "practice/attention.py"


def answers(course: Course, module: Module) -> dict[str, str]:
    """The answers of a module, by exercise."""
    pieces = [piece for file in module.files for piece in pieces_of(course, module, file)]
    return {piece.exercise.id: piece.text for piece in pieces if piece.exercise}


def statements(text: str) -> list[str]:
    return sorted(ast.unparse(node) for node in ast.parse(text).body)


def text_of(course: Course, solutions: dict[str, str], *others: str) -> str:
    """The practice file of module 01 with these cells."""
    made = assembled(course, course.module("01"), Cells(solutions, others))
    return made[PRACTICE][0].decode()


@pytest.mark.parametrize("number", [f"{n:02}" for n in range(1, 8)])
def test_cells_with_the_answers_give_the_reference(course: Course, number: str) -> None:
    module = course.module(number)
    made = assembled(course, module, Cells(answers(course, module), ()))
    assert [*made] == [*module.files]
    for file, (content, written) in made.items():
        assert statements(content.decode()) == statements((REFERENCE / file).read_text())
        assert written


@pytest.mark.parametrize("number", [f"{n:02}" for n in range(1, 8)])
def test_stubs_stand_in_functions_only_and_name_their_exercise(course: Course, number: str) -> None:
    module = course.module(number)
    stubs = {name: cleared(text) for name, text in answers(course, module).items()}
    for content, written in assembled(course, module, Cells(stubs, ())).values():
        assert not written
        text = content.decode()
        assert STUB not in text
        compile(text, "stub", "exec")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Module | ast.ClassDef):
                assert not any(isinstance(inside, ast.Raise) for inside in node.body)
    for exercise, stub in stubs.items():
        made = assembled(course, module, Cells({exercise: stub}, ()))
        assert any(f'"{exercise} ' in content.decode() for content, _ in made.values())


def test_what_is_deleted_or_no_python_costs_its_own_exercise(course: Course) -> None:
    solutions = answers(course, course.module("01"))
    del solutions["01.1"]
    text = text_of(course, solutions | {"01.2": "def scale_scores(:"})
    compile(text, "practice", "exec")
    assert "01.1 Scores: every query meets every key: write the cell solution-01-1" in text
    assert "raise SyntaxError(" in text
    assert '"solution-01-2", 1' in text
    assert "def attention_weights" in text


def test_only_what_work_needs_is_taken_over(course: Course) -> None:
    solutions = {
        "01.2": (
            "%%time\n!ls\nROOTS = {}\nROOTS[4] = 2.0\nlosses = train()\n"
            "def scale_scores(scores, d_k):\n    return scores / root(ROOTS, d_k)\n"
            "print(scale_scores(1, 4))\nwhile True: pass\nassert scale_scores(4, 4) == 2"
        )
    }
    helper = (
        "import statistics\ndef root(known, d_k):\n    return statistics.mean([known[d_k]] * 2)"
    )
    others = (helper, "input('?')\nx = 1", "def unused(): pass", "import antigravity", "not python")
    text = text_of(course, solutions, *others)
    names: dict[str, object] = {}
    exec(text, names)
    assert names["scale_scores"](8.0, 4) == 4.0  # type: ignore[operator]
    for word in ("input(", "unused", "antigravity", "print(", "while True", "train()", "%%"):
        assert word not in text
    assert "x = 1" not in text


def test_what_is_given_comes_from_the_course(course: Course) -> None:
    others = ("def buggy_attention(query, key, value):\n    return 'mine'", "math = None")
    solutions = {"01.2": "def scale_scores(s, d_k):\n    return buggy_attention(s, math.pi, s)"}
    text = text_of(course, solutions, *others)
    assert "mine" not in text
    assert "math = None" not in text
    assert "energy = torch.einsum" in text


def test_methods_that_are_added_to_a_class_stay() -> None:
    own = statements_of(
        "class A: pass\ndef f(self): return 1\nA.f = f\nA().f()\nsetattr(A, 'g', f)"
    )
    kept, _ = needed(own, [], ())
    assert [s.text for s in kept] == [
        *("class A: pass", "def f(self): return 1", "A.f = f", "setattr(A, 'g', f)")
    ]


def test_statements_on_one_line_are_told_apart() -> None:
    text = "a = 'ä'; b = 2\n@staticmethod\ndef f(): pass"
    assert [s.text for s in statements_of(text)] == [
        *("a = 'ä'", "b = 2", "@staticmethod\ndef f(): pass")
    ]


@pytest.mark.parametrize("text", ["def f(:", "x" * 300_000, "-" * 50_000 + "1", "a\0b", "(" * 500])
def test_what_is_no_python_is_said_so(text: str) -> None:
    with pytest.raises(Unreadable):
        statements_of(text)


def test_of_cells_with_one_id_the_last_counts(course: Course) -> None:
    cells = [Cell("code", "a", "solution-01-1"), Cell("code", "b", "solution-01-1")]
    cells.append(Cell("code", "def raw_scores(): pass"))
    assert solving(course.module("01"), cells) == {"solution-01-1": 1}
    made = cells_of(course, course.module("01"), "n", cells)
    assert made.solutions == {"01.1": "b"}
    assert made.others == ("def raw_scores(): pass",)


def test_a_notebook_of_something_else_is_an_error(course: Course) -> None:
    with pytest.raises(CourseError, match=r"my\.ipynb is not the notebook of module 01"):
        cells_of(course, course.module("01"), "my.ipynb", [Cell("code", "x = 1")])


def test_a_region_that_would_leave_a_stub_in_a_class_is_refused() -> None:
    from tools.nbgrader.cells import _merged

    text = "class A:\n    ### BEGIN SOLUTION\n    x = 1\n    ### END SOLUTION\n"
    with pytest.raises(CourseError, match="stands alone"):
        _merged(text, "a.py")
