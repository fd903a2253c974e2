"""A broken ``course.toml`` is refused with the file, the line and the mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from graders.errors import CourseError
from graders.manifest import find_course, load_course

GOOD = """\
[course]
title = "A course"
package = "tiny"

[limits]
check_seconds = 5
submission_seconds = 60
memory_mb = 2048

[[module]]
id = "01"
name = "first"
title = "First"

[[module.exercise]]
id = "01.1"
title = "One"
file = "a.py"
symbol = "f"
points = 2
hints = ["a", "b", "c"]

[[module.exercise]]
id = "01.2"
title = "Two"
file = "a.py"
symbol = "g"
points = 3
hints = ["a", "b", "c"]
builds_on = ["01.1"]

[[module]]
id = "02"
name = "second"
title = "Second"
builds_on = ["01"]

[[module.exercise]]
id = "02.1"
title = "Three"
file = "b/c.py"
symbol = "h"
points = 1
hints = ["a", "b", "c"]
"""

PROJECT = """
[[project]]
id = "03"
name = "third"
title = "Third"
builds_on = ["02"]
handed_in = "work"

[[project.exercise]]
id = "03.1"
title = "Four"
file = "report.md"
points = 4
hints = ["a", "b", "c"]
"""

# what is replaced, by what, the line that is named, and words of what is wrong and of the mend
BROKEN = {
    "bad TOML": ('id = "02.1"', 'id = "02.1', 39, "not valid TOML", "mend this line"),
    "bad TOML at the end": ('symbol = "h"', 'symbol = """h"', 44, "not valid TOML", "mend"),
    "key given twice": ("points = 1", "points = 1\npoints = 1", 44, "not valid TOML", "mend"),
    "unknown key": ("points = 3", "pionts = 3", 28, "unknown key 'pionts'", "write points"),
    "strange key": ("points = 3", "points = 3\nweight = 1", 29, "'weight'", "remove it; known"),
    "unknown table": ("[limits]", "[x]\n[limits]", 5, "unknown key 'x'", "remove it; known"),
    "missing key": ("points = 3\n", "", 23, "no 'points'", "add `points = …`"),
    "missing limit": ("memory_mb = 2048\n", "", 5, "no 'memory_mb'", "add `memory_mb"),
    "missing table": (
        GOOD[: GOOD.index("[limits]")],
        "",
        1,
        "there is no [course]",
        "add a table [course]",
    ),
    "no module": (GOOD[GOOD.index("[[module]]") :], "", 1, "no [[module]]", "add a table"),
    "wrong type": ("points = 3", 'points = "3"', 28, "points is '3', a str", "give an integer"),
    "yes for a number": ("points = 3", "points = true", 28, "True, a bool", "give an integer"),
    "number for text": ('title = "Two"', "title = 2", 25, "title is 2, a int", "give a text"),
    "text for a list": (
        'builds_on = ["01.1"]',
        'builds_on = "01.1"',
        30,
        "builds_on is '01.1', a str",
        "give a list",
    ),
    "no table for a table": (
        GOOD[GOOD.index("[course]") : GOOD.index("[limits]")],
        "course = 3\n",
        1,
        "course is 3",
        "give a table",
    ),
    "numbers for modules": (
        GOOD[GOOD.index("[[module]]") :],
        "[extra]\n",
        10,
        "unknown key 'extra'",
        "remove it",
    ),
    "list in a list": ('["01.1"]', '[["01.1"]]', 30, "exercise ['01.1']", "list it first"),
    "table in builds_on": ('["01"]', "[{a = 1}]", 36, "module {'a': 1}", "list it first"),
    "duplicate exercise": ('"01.2"', '"01.1"', 24, "01.1 is listed twice", "its own id"),
    "duplicate module": ('id = "02"', 'id = "01"', 33, "01 is listed twice", "its own id"),
    "duplicate module name": ('"second"', '"first"', 34, "two modules first", "its own name"),
    "duplicate symbol": (
        'symbol = "g"',
        'symbol = "f"',
        27,
        "01.1 has this symbol",
        "one exercise",
    ),
    "exercise of another module": ('"02.1"', '"01.3"', 39, "exercise id '01.3'", "02.1"),
    "odd module id": ('id = "02"', 'id = "2"', 33, "module id '2'", "two digits"),
    "odd name": ('"second"', '"Second part"', 34, "'Second part'", "lower-case"),
    "odd package": ('"tiny"', '"../tiny"', 3, "package '../tiny'", "lower-case"),
    "file outside": ('"b/c.py"', '"../c.py"', 41, "file '../c.py'", "practice/x.py"),
    "absolute file": ('"b/c.py"', '"/etc/c.py"', 41, "file '/etc/c.py'", "practice/x.py"),
    "odd symbol": ('"h"', '"h()"', 42, "symbol 'h()'", "function or class"),
    "no points": ("points = 1", "points = 0", 43, "points is 0", "1 or more"),
    "no seconds": ("check_seconds = 5", "check_seconds = 0", 6, "check_seconds is 0", "1 or more"),
    "two hints": ('"c"]\nbuilds', '"c"][:2]\nbuilds', 29, "not valid TOML", "mend"),
    "too few hints": (
        'points = 1\nhints = ["a", "b", "c"]',
        'points = 1\nhints = ["a"]',
        44,
        "hints: 1 of 1 hold text",
        "give 3",
    ),
    "empty hint": (
        'points = 1\nhints = ["a", "b", "c"]',
        'points = 1\nhints = ["a", " ", "c"]',
        44,
        "hints: 2 of 3 hold text",
        "give 3",
    ),
    "numbers for hints": (
        'points = 1\nhints = ["a", "b", "c"]',
        "points = 1\nhints = [1, 2, 3]",
        44,
        "hints: 0 of 3 hold text",
        "give 3",
    ),
    "later exercise": ('["01.1"]', '["02.1"]', 30, "'02.1' is not listed above", "list it first"),
    "later module": ('["01"]', '["02"]', 36, "'02' is not listed above", "list it first"),
}


def write(folder: Path, text: str) -> Path:
    path = folder / "course.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(CourseError) as caught:
        load_course(path)
    said = str(caught.value)
    assert len(said.splitlines()) == 1
    return said


def test_good_manifest_is_read(tmp_path: Path) -> None:
    course = load_course(write(tmp_path, GOOD))
    assert [module.folder for module in course.modules] == ["01_first", "02_second"]
    assert [module.points for module in course.modules] == [5, 1]
    assert course.module_of("01.2").exercise("01.2").builds_on == ("01.1",)


@pytest.mark.parametrize("broken", BROKEN, ids=lambda name: name.replace(" ", "_"))
def test_manifest_with(broken: str, tmp_path: Path) -> None:
    old, new, line, wrong, mend = BROKEN[broken]
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new, 1))
    said = refusal(path)
    assert said.startswith(f"{path}, line {line}: "), said
    problem, _, mending = said.partition(" To mend it: ")
    assert wrong in problem
    assert mend in mending


@pytest.mark.parametrize("text", ["module = [1]", "module = 3", 'module = ["x"]'])
def test_modules_that_are_no_tables_are_refused(text: str, tmp_path: Path) -> None:
    head = GOOD[: GOOD.index("[[module]]")]
    said = refusal(write(tmp_path, f"{text}\n{head}"))
    assert "line 1: " in said
    assert "a table [[module]]" in said or "give a list" in said


@pytest.mark.parametrize("text", ["exercise = [1]", "exercise = [[]]", 'exercise = "x"'])
def test_exercises_that_are_no_tables_are_refused(text: str, tmp_path: Path) -> None:
    head = GOOD[: GOOD.index("[[module.exercise]]")]
    assert "line 14: " in refusal(write(tmp_path, f"{head.rstrip()}\n{text}\n"))


def test_manifest_that_is_not_there_or_not_utf8_is_named(tmp_path: Path) -> None:
    assert "course.toml: cannot be read" in refusal(tmp_path / "course.toml")
    (tmp_path / "course.toml").write_bytes(GOOD.replace("First", "Fi\xe9st").encode("latin-1"))
    assert "UTF-8" in refusal(tmp_path / "course.toml")


def test_course_is_found_from_a_folder_below_it(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert find_course(tmp_path / "a" / "b").root == tmp_path


def test_folder_outside_any_course_is_told_where_to_go(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"There is no course.toml in .*`cd` there first"):
        find_course(tmp_path)


def test_a_project_is_found_where_something_is_graded_and_nowhere_else(tmp_path: Path) -> None:
    path = tmp_path / "course.toml"
    path.write_text(GOOD + PROJECT, encoding="utf-8")
    course = load_course(path)
    assert [module.id for module in course.modules] == ["01", "02"]
    assert course.graded("3") == course.graded("third") == course.projects[0]
    assert course.graded("02") == course.module("02")
    assert course.exercise("03.1").file == "report.md"
    with pytest.raises(CourseError, match=r"03 is a project: .* course grade 03"):
        course.module("03")
    assert course.projects_after(course.modules) == [course.projects[0]]
    assert course.projects_after(course.modules[:1]) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('handed_in = "work"', 'handed_in = "../work"', "handed_in '../work'"),
        ('handed_in = "work"', 'handed_in = ""', "handed_in ''"),
        ('handed_in = "work"', "given = []", "unknown key 'given'"),
        ('file = "report.md"', 'file = "a/../report.md"', "file 'a/../report.md'"),
        ('id = "03"', 'id = "02"  # again', "module 02 is listed twice"),
        ('title = "Four"', 'symbol = "f4"', "unknown key 'symbol'"),
    ],
)
def test_a_project_that_is_broken(old: str, new: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "course.toml"
    text = GOOD + PROJECT.replace(old, new)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CourseError) as refused:
        load_course(path)
    assert words in str(refused.value)
    line = text[: text.index(new)].count("\n") + 1
    assert f"line {line}:" in str(refused.value)
