"""A student copy: what is in it, what is not, and that it works with nothing around it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders.check import load_checks
from graders.course import Course, Exercise, Limits, Module
from graders.errors import CourseError
from graders.manifest import load_course
from graders.toml import tomllib
from release.build import DOCS, build_copy, course_text, solutions_of, with_prerequisites
from release.frame import HOUSE_ONLY
from release.review import PAGE

from .conftest import HOUSE

GOLDENS = {".course/goldens/01_attention.safetensors": b"recorded"}


@pytest.fixture(scope="module")
def copy(course: Course) -> dict[str, bytes]:
    """A copy of module 01 of this course."""
    return build_copy(course, [course.module("01")], GOLDENS)


def written(files: Mapping[str, bytes], root: Path) -> Path:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


def run(copy: Path, *command: str) -> str:
    """Run Python in a copy, with nothing of this repository in reach; its output."""
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    result = subprocess.run(
        [sys.executable, *command], cwd=copy, env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_the_copy_has_what_a_learner_needs_and_nothing_of_the_house(copy: dict[str, bytes]) -> None:
    needed = {
        *("README.md", "pyproject.toml"),
        "course.toml",
        "LICENSE",
        ".gitignore",
        ".course/release.zip",
        ".github/workflows/course.yml",
        "tests/test_01_attention.py",
        "tiny_transformer/__init__.py",
        "tiny_transformer/attention.py",
        "tiny_transformer/practice/__init__.py",
        "tiny_transformer/practice/attention.py",
        "graders/test_01_attention.py",
        "graders/scenarios/attention.py",
        "graders/scenarios/tools.py",
        "tools/cli.py",
        "tools/commands/grade.py",
        *GOLDENS,
    }
    assert needed <= copy.keys()
    allowed = {*needed, *DOCS, PAGE, "graders", "tools", "assignments"}
    assert [p for p in copy if p not in allowed and p.split("/")[0] not in allowed] == []
    assert [path for path in copy if path.startswith(HOUSE_ONLY)] == []
    assert not [p for p in copy if "__pycache__" in p or p.endswith((".pyc", ".so"))]
    assert copy["graders/judge.py"] == (HOUSE / "graders/judge.py").read_bytes()
    assert all((HOUSE / path).exists() for path in HOUSE_ONLY)


def test_nothing_in_the_copy_needs_what_is_not_in_it(copy: dict[str, bytes]) -> None:
    for path, content in copy.items():
        for node in ast.walk(ast.parse(content)) if path.endswith(".py") else ():
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names.append(node.module or "")
            assert not {n.split(".")[0] for n in names} & {"release", "reference"}, path
            if isinstance(node, ast.ImportFrom) and node.level:
                package = Path(path).parents[node.level - 1] / (node.module or "").replace(".", "/")
                there = (package.with_suffix(".py"), package / "__init__.py")
                assert any(p.as_posix() in copy for p in there), (path, node.lineno)


def test_the_same_course_gives_the_same_bytes(course: Course, copy: dict[str, bytes]) -> None:
    again = build_copy(course, [course.module("01")], GOLDENS)
    assert [*again.items()] == [*copy.items()]
    assert [*copy] == sorted(copy)


def test_the_copys_course_is_this_course_with_fewer_modules(
    copy: dict[str, bytes], course: Course, tmp_path: Path
) -> None:
    loaded = load_course(written(copy, tmp_path) / "course.toml")
    first = (course.module("01"),)
    assert loaded == replace(course, path=loaded.path, modules=first, projects=())


def test_a_copy_of_all_modules_has_the_projects(course: Course, tmp_path: Path) -> None:
    files = build_copy(course, course.modules, {})
    loaded = load_course(written(files, tmp_path) / "course.toml")
    assert loaded == replace(course, path=loaded.path)
    assert "assignments/09_capstone/report.md" in files
    assert "graders/test_09_checkpoint.py" in files
    assert "`course grade 09`" in files["README.md"].decode()


def test_the_copy_depends_on_what_the_house_depends_on(copy: dict[str, bytes]) -> None:
    house = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
    made = tomllib.loads(copy["pyproject.toml"].decode())
    assert made["project"]["name"] == "tiny-transformer-work"
    assert made["project"]["dependencies"] == house["project"]["dependencies"]
    assert "optional-dependencies" not in made["project"]
    assert made["project"]["scripts"] == {"course": "tools.cli:main"}
    assert made["tool"]["pytest"]["ini_options"] == {
        "testpaths": ["tests"],
        "addopts": "-p graders.pytest_plugin",
    }


def test_the_readme_fits_on_a_page_and_lists_every_exercise(
    copy: dict[str, bytes], course: Course
) -> None:
    readme = copy["README.md"].decode()
    for exercise in course.module("01").exercises:
        row = f"| {exercise.id} | {exercise.title} | `{exercise.symbol}` | "
        assert f"{row}`{exercise.file}` | {exercise.points} |\n" in readme
    for command in ("pip install -e .", "course grade 01", "course hint 01.2", "pytest tests/"):
        assert command in readme
    assert len(readme.splitlines()) < 70
    assert "\n\n\n" not in readme
    assert readme.startswith("# ")


def test_the_stubs_import_and_say_which_exercise_they_are(
    copy: dict[str, bytes], tmp_path: Path
) -> None:
    code = (
        "from tiny_transformer.attention import create_causal_mask\n"
        "try:\n    create_causal_mask(3)\n"
        "except NotImplementedError as error:\n    print(error)\n"
    )
    said = run(written(copy, tmp_path), "-c", code)
    assert said == "01.3 Causal mask: write this, then run `course grade 01`\n"


def test_pytest_in_the_copy_collects_every_check_of_the_module(
    copy: dict[str, bytes], course: Course, tmp_path: Path
) -> None:
    said = run(
        written(copy, tmp_path), "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"
    )
    names = [line.partition("::")[2] for line in said.splitlines() if "::" in line]
    checks = load_checks(course.module("01"))
    assert sorted(names) == sorted(f"test_{check.name}" for check in checks)


def test_the_command_works_in_the_copy(copy: dict[str, bytes], tmp_path: Path) -> None:
    said = run(written(copy, tmp_path), "-c", "from tools.cli import main; main()", "hint", "01.2")
    assert "01.2 Scaling the scores" in said
    assert "  1. " in said


STUBBED = '"""One."""\n\n\ndef {}():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION\n'


def exercise(number: str, file: str, symbol: str, *builds_on: str) -> Exercise:
    return Exercise(number, f'The "{symbol}"', file, symbol, 1, ("a", "b'", 'c"\\'), builds_on)


@pytest.fixture
def house(tmp_path: Path) -> Course:
    """A small course of four modules: 02 builds on 01, an exercise of 03 on one of 02."""
    root = tmp_path / "house"
    modules = (
        Module("01", "one", "One", (exercise("01.1", "one.py", "one"),)),
        Module("02", "two", "Two", (exercise("02.1", "sub/two.py", "two"),), ("01",)),
        Module("03", "three", "Three", (exercise("03.1", "three.py", "three", "02.1"),)),
        Module("04", "four", "Four", (exercise("04.1", "four.py", "four"),)),
    )
    made = Course(root / "course.toml", "A course", "pkg", Limits(1, 2, 3), modules)
    files = {"course.toml": course_text(made, modules), "tools/cli.py": "x = 1\n"}
    files["pyproject.toml"] = (HOUSE / "pyproject.toml").read_text(encoding="utf-8")
    for template in (HOUSE / "student_template").iterdir():
        files[f"student_template/{template.name}"] = template.read_text(encoding="utf-8")
    for module in modules:
        [only] = module.exercises
        files[f"reference/pkg/{only.file}"] = STUBBED.format(only.symbol)
        files[f"assignments/{module.folder}/README.md"] = "Read me.\n"
        files[f"graders/test_{module.id}_checks.py"] = (
            f"from .scenarios import {module.name} as scenarios\n\n\ndef test_{module.name}(): ...\n"
        )
        files[f"graders/scenarios/{module.name}.py"] = "from .shared import x\n"
    for name in ("__init__", "_lazy", "tools", "shared", "unused"):
        files[f"graders/scenarios/{name}.py"] = ""
    files["graders/scenarios/three.py"] = "from graders.scenarios.more import x\n"
    files["graders/scenarios/more.py"] = ""
    files["reference/pkg/__init__.py"] = files["reference/pkg/sub/__init__.py"] = '"""Doc."""\n'
    files["reference/pkg/notes.py"] = "secret = 1\n"
    written({path: text.encode() for path, text in files.items()}, root)
    (root / "graders/__pycache__").mkdir()
    (root / "graders/__pycache__/x.cpython-311.pyc").write_bytes(b"\0")
    (root / "graders/fast.so").write_bytes(b"\0")
    return load_course(root / "course.toml")


@pytest.mark.parametrize(
    ("chosen", "complete"),
    [("01", ["01"]), ("02", ["01", "02"]), ("03", ["01", "02", "03"]), ("04", ["04"])],
)
def test_a_copy_holds_the_chosen_modules_and_what_they_build_on(
    house: Course, chosen: str, complete: list[str]
) -> None:
    modules = with_prerequisites(house, [house.module(chosen)])
    assert [module.id for module in modules] == complete
    copy = build_copy(house, [house.module(chosen)], {})
    assert sorted(p for p in copy if p.startswith("graders/test_")) == [
        f"graders/test_{number}_checks.py" for number in complete
    ]
    assert sorted(p for p in copy if p.startswith("tests/")) == [
        f"tests/test_{module.folder}.py" for module in modules
    ]
    packages = {"pkg/__init__.py"} | ({"pkg/sub/__init__.py"} if "02" in complete else set())
    assert {p for p in copy if p.startswith("pkg/")} == packages | {
        f"pkg/{file}" for module in modules for file in module.files
    }
    assert {p for p in copy if p.startswith("assignments/")} == {
        f"assignments/{module.folder}/README.md" for module in modules
    }
    assert not [path for path in copy if path.endswith((".pyc", ".so"))]
    assert len(solutions_of(house, modules)) == len(complete)


def test_of_the_scenarios_only_those_come_along_that_the_checks_use(house: Course) -> None:
    def scenarios(number: str) -> set[str]:
        copy = build_copy(house, [house.module(number)], {})
        return {Path(p).stem for p in copy if p.startswith("graders/scenarios/")}

    always = {"__init__", "_lazy", "tools"}
    assert scenarios("01") == always | {"one", "shared"}
    assert scenarios("03") == always | {"one", "two", "three", "shared", "more"}


def test_a_title_with_quotes_is_said_as_it_stands(house: Course) -> None:
    copy = build_copy(house, [house.module("01")], {})
    said = """raise NotImplementedError('01.1 The "one": write this, then run `course grade 01`')"""
    assert said in copy["pkg/one.py"].decode()


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("student_template/README.md.j2", "{{ nothing }}", "README.md.j2.*'nothing' is undefined"),
        ("student_template/gitignore.j2", "a\n{% if %}", "gitignore.j2, line 2.*Mend the template"),
        ("student_template/stub_body.py.j2", "pass", "not one raise statement"),
        ("reference/pkg/one.py", "def one(): ...\n", r"one\.py, line 1: .*no solution region"),
        ("reference/pkg/one.py", None, r"one\.py cannot be read"),
        (
            "graders/test_01_b.py",
            "def test_one(): ...\n",
            "`test_one` is also in graders/test_01_b",
        ),
        ("pyproject.toml", "[project]\n", r"pyproject\.toml: KeyError"),
    ],
)
def test_what_is_broken_in_the_house_is_named(
    house: Course, file: str, text: str | None, words: str
) -> None:
    if text is None:
        (house.root / file).unlink()
    else:
        (house.root / file).write_text(text, encoding="utf-8")
    with pytest.raises(CourseError, match=words):
        build_copy(house, house.modules, {})


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
HINTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)


@given(TEXTS, TEXTS, st.tuples(HINTS, HINTS, HINTS), st.integers(1, 10**9))
def test_any_course_is_read_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    title: str,
    name: str,
    hints: tuple[str, str, str],
    number: int,
) -> None:
    path = tmp_path_factory.getbasetemp() / "written_course.toml"
    first = Exercise("01.1", name, "a/b.py", "f", number, hints)
    modules = (
        Module(
            "01", "one", title, (first, replace(first, id="01.2", symbol="g", builds_on=("01.1",)))
        ),
        Module("07", "two_2", title, (replace(first, id="07.10", file="c.py"),), ("01",)),
    )
    made = Course(path, title, "pkg", Limits(number, 1, number), modules)
    path.write_bytes(course_text(made, modules).encode())
    assert load_course(path) == made
