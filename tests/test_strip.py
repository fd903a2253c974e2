"""Stripping: what learners get is the reference without its solutions, and nothing else."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders.course import Course, Exercise
from graders.errors import CourseError
from release.build import build_copy
from release.regions import BEGIN, END, find_regions
from release.strip import strip
from release.stubcheck import check_stub, without_solutions

from .test_regions import source

STUB = 'raise NotImplementedError("todo")'


def exercise(symbol: str, number: int = 1) -> Exercise:
    return Exercise(f"01.{number}", symbol, "x.py", symbol, 1, ("a", "b", "c"))


def stripped(text: str, *symbols: str, stub: str = STUB) -> str:
    exercises = [exercise(symbol, n) for n, symbol in enumerate(symbols, start=1)]
    return strip(source(text), "x.py", exercises, lambda _: stub)


def test_regions_become_stubs_or_disappear_and_the_rest_stays_as_it_is_written() -> None:
    made = stripped(
        '''
        """Module."""

        import math
        import sys

        from a import used, unused  # why

        SIZE = { "odd" :  1 }  # public comment


        @used
        def f(x: int = 1, *, y: "Quoted" = None) -> int:
            """Docstring."""
            y = x  # public
            <
            return math.sqrt(unused(x))  # secret
            >


        <
        def _helper():
            return sys.path


        >
        class C:
            """Docstring."""

            <
            def _private(self):
                return 1

            >
            def g(self):
                def inner():
                    <
                    return 1
                    >

                return inner
        ''',
        "f",
        "C",
    )
    assert made == source(
        '''
        """Module."""

        from a import used  # why

        SIZE = { "odd" :  1 }  # public comment


        @used
        def f(x: int = 1, *, y: "Quoted" = None) -> int:
            """Docstring."""
            y = x  # public
            raise NotImplementedError("todo")


        class C:
            """Docstring."""

            def g(self):
                def inner():
                    raise NotImplementedError("todo")

                return inner
        '''
    )


def test_the_stub_is_asked_for_the_exercise_that_the_region_is_in() -> None:
    text = source("def f():\n    <\n    return 1\n    >\ndef g():\n    <\n    return 2\n    >")
    exercises = [exercise("g", 1), exercise("f", 2)]
    made = strip(text, "x.py", exercises, lambda e: f"raise NotImplementedError({e.id!r})")
    bodies = [node.body for node in ast.parse(made).body if isinstance(node, ast.FunctionDef)]
    assert [ast.unparse(body[0]) for body in bodies] == [
        "raise NotImplementedError('01.2')",
        "raise NotImplementedError('01.1')",
    ]


REFUSED = [
    ("def g():\n    <\n    return 1\n    >", ["f"], 1, "`f`, which is not defined here"),
    ("def f():\n    return 1", ["f"], 1, "`f` (01.1) has no solution region"),
    ("x = 1\nclass f:\n    a = 1\n    <\n    b = 1\n    >", ["f"], 2, "has no solution region"),
    ("def f():\n    <\n    pass\n    >\ndef g():\n    <\n    pass\n    >", ["f"], 6, "no exercise"),
    ("if x:\n    <\n    y = 1\n    >", [], 2, "nothing would be left"),
    ("class C:\n    <\n    y = 1\n    >", ["C"], 1, "no solution region in a function"),
    ("<\n_a = 1\n>\ndef g():\n    return _a", [], 5, "`_a` is made in a solution region"),
]


@pytest.mark.parametrize(("text", "symbols", "line", "words"), REFUSED)
def test_what_cannot_be_stripped_is_refused_with_its_line(
    text: str, symbols: Sequence[str], line: int, words: str
) -> None:
    with pytest.raises(CourseError) as refused:
        stripped(text, *symbols)
    assert str(refused.value).startswith(f"x.py, line {line}: ")
    assert words in str(refused.value)


@pytest.mark.parametrize("stub", ["pass", "raise A()\nraise B()", "return 1", "raise ("])
def test_a_stub_that_is_not_one_raise_is_refused(stub: str) -> None:
    with pytest.raises(CourseError, match="stub"):
        stripped("def f():\n    <\n    return 1\n    >", "f", stub=stub)


REFERENCE = source('''
import math
def before(x: int = 1) -> int:
    """Public."""
    return x  # public comment
@before
def f(x: int = 1, *, y: str = "") -> float:
    """Docstring."""
    <
    total = sum(math.sqrt(value) for value in range(x))
    return total
    >
''')
HONEST = strip(REFERENCE, "x.py", [exercise("f")], lambda _: STUB)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x: int = 1, *", "x: int = 2, *"),
        ("x: int = 1, *", "x: float = 1, *"),
        ("-> float", "-> int"),
        ("y: str", "z: str"),
        ("@before\n", ""),
        ("Docstring.", "Doc string."),
        ("return x ", "return 1 "),
        ("# public comment", ""),
        ("    raise", "    total = sum(math.sqrt(value) for value in range(x))\n    raise"),
        ('raise NotImplementedError("todo")', "pass"),
        ("def before", "import math\ndef before"),
        ('("todo")', '("todo")  # sum(math.sqrt(value) for value in range(x))'),
    ],
)
def test_the_check_by_syntax_tree_sees_every_fault_of_the_cutting(old: str, new: str) -> None:
    regions = find_regions(REFERENCE, "x.py")
    expected = without_solutions(REFERENCE, regions, [STUB], "x.py")
    check_stub(REFERENCE, HONEST, regions, expected, {"math", "sum", "range"}, "x.py")
    assert old in HONEST
    faulty = HONEST.replace(old, new, 1)
    with pytest.raises(CourseError):
        check_stub(REFERENCE, faulty, regions, expected, {"math", "sum", "range"}, "x.py")


def test_a_solution_that_also_stands_in_the_public_part_is_refused() -> None:
    line = "return sum(math.sqrt(value) for value in range(x)) + 1"
    with pytest.raises(CourseError, match=r"line 5: .*outside of it too, in line 5"):
        stripped(
            f"import math\ndef f(x):\n    <\n    y = 1\n    {line}\n    >\ndef g(x):\n    {line}",
            "f",
        )


def bodies(call: str) -> st.SearchStrategy[str]:
    """Function bodies, with ``call`` in them that tells solutions and public code apart."""
    names = st.sampled_from(["alpha", "beta", "gamma", "delta"])
    return st.lists(
        st.one_of(
            names.map(lambda name: f"{name} = {call}({name!r})"),
            names.map(lambda name: f'{name} = {call}("""\n{BEGIN}\n  {END}\n""")'),
            names.map(lambda name: f"if {call}({name}):\n    {name} = 1  # {name}"),
        ),
        min_size=1,
        max_size=3,
    ).map("\n".join)


def indented(text: str, by: int = 4) -> str:
    """As Python code is indented: strings over several lines stay as they are."""
    inside, lines = False, []
    for line in text.splitlines():
        lines.append(line if inside or not line else " " * by + line)
        inside ^= line.count('"""') % 2 == 1
    return "\n".join(lines)


@st.composite
def files(draw: st.DrawFn) -> tuple[str, str, list[Exercise]]:
    """A reference file, what learners must get of it, and its exercises."""
    reference, stub, exercises = ['"""Module."""'], ['"""Module."""'], []
    for number in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(["public", "helper", "function", "method"]))
        name, body, head = f"f{number}", draw(bodies("len")), draw(bodies("repr"))
        marked = f"{BEGIN}\n{body}\n{END}"
        if kind == "helper":
            reference.append(f"{BEGIN}\ndef _{name}():\n{indented(body)}\n\n\n{END}")
            continue
        if kind == "public":
            reference.append(f"def {name}():\n{indented(head)}")
            stub.append(reference[-1])
            continue
        for texts, inner in ((reference, marked), (stub, STUB)):
            function = f'def {name}(x=1):\n    """Doc {END}"""\n{indented(head)}\n{indented(inner)}'
            method = f"class {name}:\n{indented(function)}"
            texts.append(method if kind == "method" else function)
        exercises.append(exercise(name, number + 1))
    return "\n\n\n".join(reference) + "\n", "\n\n\n".join(stub) + "\n", exercises


@given(files())
def test_whatever_the_solutions_the_public_part_comes_out_as_it_went_in(
    made: tuple[str, str, list[Exercise]],
) -> None:
    reference, stub, exercises = made
    assert strip(reference, "x.py", exercises, lambda _: STUB) == stub


def test_the_stubs_of_this_course_are_formatted_and_name_their_exercises(
    course: Course, tmp_path: Path
) -> None:
    copy = build_copy(course, course.modules, {})
    for module in course.modules:
        for number, file in enumerate(module.files):
            text = copy[f"{course.package}/{file}"].decode()
            (tmp_path / f"m{module.id}_{number}.py").write_text(text, encoding="utf-8")
            defined = {getattr(node, "name", ""): node for node in ast.parse(text).body}
            for made in (e for e in module.exercises if e.file == file):
                raised = [n for n in ast.walk(defined[made.symbol]) if isinstance(n, ast.Raise)]
                assert raised
                for node in raised:
                    said = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant)]
                    assert str(said[0]).startswith(f"{made.id} {made.title}: ")
    ruff = [sys.executable, "-m", "ruff", "format", "--check", "--line-length=100", str(tmp_path)]
    subprocess.run(ruff, check=True, capture_output=True)
