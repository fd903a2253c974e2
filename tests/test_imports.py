"""Imports in stubs: those that only solutions used go, everything else stays."""

from __future__ import annotations

import pytest

from graders.errors import CourseError

from .test_strip import stripped

USE = "def f():\n    <\n    return {used}\n    >"


@pytest.mark.parametrize(
    ("imports", "rest", "left"),
    [
        ("import math", "", ""),
        ("import math as m", "", ""),
        ("import math, sys", "", "import sys"),
        ("import xml.dom", "", ""),
        ("from a import (\n    b,\n    math,\n)", "x = b", "from a import b"),
        ("from . import math, c as d", "x = d", "from . import c as d"),
        ("import math  # noqa", "", ""),
        ("from __future__ import annotations", "", "from __future__ import annotations"),
        ("import never_used", "", "import never_used"),
        ("from a import *", "", "from a import *"),
        ("import math", "x: math.T", "import math"),
        ("import math", "x: 'list[math.T]'", "import math"),
        ("import math", "def g(x) -> 'math.T':\n    pass", "import math"),
        ("import math", "__all__ = ['math']", "import math"),
        ("import math", 'def g():\n    """\n    >>> math.pi\n    """', "import math"),
        ("import math", 'def g():\n    """Uses math."""', ""),
    ],
)
def test_imports_that_only_solutions_used_are_lost_and_no_others(
    imports: str, rest: str, left: str
) -> None:
    used = "math.pi, m.pi, xml.dom, c"
    made = stripped(f"{imports}\n{rest}\n{USE.format(used=used)}", "f")
    assert made.partition("def f")[0].split() == f"{left}\n{rest}".split()


def test_a_long_import_that_loses_a_name_is_still_formatted() -> None:
    names = [f"name_number_{n}" for n in range(8)]
    text = f"from somewhere import ({', '.join([*names, 'math'])})\nx = [{', '.join(names)}]\n"
    made = stripped(text + USE.format(used="math"), "f")
    assert made.startswith("from somewhere import (\n    name_number_0,\n    name_number_1,\n")
    assert "math" not in made


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("import a; import b\n" + USE.format(used="b"), 1, "shares its line"),
        (
            "from a import (\n    b,  # why\n    c,\n)\nx = b\n" + USE.format(used="c"),
            1,
            "comments stand inside it",
        ),
        ("if x:\n    import b\n" + USE.format(used="b"), 2, "would be left empty"),
    ],
)
def test_an_import_that_cannot_be_taken_out_alone_is_refused(
    text: str, line: int, words: str
) -> None:
    with pytest.raises(CourseError) as refused:
        stripped(text, "f")
    assert str(refused.value).startswith(f"x.py, line {line}: ")
    assert words in str(refused.value)
