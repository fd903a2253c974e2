"""The part of this repository that every student copy carries along: graders and tools."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from graders.course import Course, Module
from graders.errors import CourseError
from graders.fingerprint import course_files

from .regions import parse
from .texts import COMPILED

# what needs the reference, looks at a whole class, or sets up this repository
HOUSE_ONLY = (
    "tools/audit/",
    "tools/auditing.py",
    "tools/batch/",
    "tools/commands/audit.py",
    "tools/commands/nbgrader.py",
    "tools/cores.py",
    "tools/commands/new.py",
    "tools/commands/release.py",
    "tools/commands/validate.py",
    "tools/demo.py",
    "tools/export/canvas.py",
    "tools/export/canvas_file.py",
    "tools/export/canvas_match.py",
    "tools/export/csv.py",
    "tools/export/gradescope.py",
    "tools/export/gradescope_run.py",
    "tools/export/templates/",
    "tools/newcourse.py",
    "tools/processes.py",
    "tools/hidden_checks.py",
    "tools/nbgrader/",
    "tools/releasing.py",
    "tools/validating.py",
    "tools/reports/heatmap.py",
    "tools/reports/html.py",
    "tools/reports/summary.py",
    "tools/reports/table.py",
    "tools/reports/templates/",
    "tools/reports/write.py",
    "tools/setup.sh",
)
SCENARIOS = "graders/scenarios"
_TEST = re.compile(r"graders/test_(\d\d)_\w+\.py")
_INPUTS = re.compile(r"graders/\w+_inputs\.py")  # for the checks of some module
_ALWAYS = re.compile(r"graders/scenarios/(_\w*|tools)\.py")  # __init__.py begins with _ too


def frame_files(course: Course, modules: Sequence[Module]) -> dict[str, Path]:
    """The files of graders and tools that a copy with these modules needs.

    Of checks and scenarios only those of the modules; nothing compiled, nothing of the house.
    """
    chosen = {module.id for module in modules}
    files = {
        path: file
        for folder in ("graders", "tools")
        for path, file in folder_files(course.root, folder).items()
        if not path.startswith(HOUSE_ONLY)
    }
    tests = {path: match[1] for path in files if (match := _TEST.fullmatch(path))}
    wanted = _scenarios(files, [path for path, number in tests.items() if number in chosen])

    def belongs(path: str) -> bool:
        if path in tests:
            return tests[path] in chosen
        of_a_module = path.startswith(f"{SCENARIOS}/") or _INPUTS.fullmatch(path)
        return not of_a_module or path in wanted or bool(_ALWAYS.match(path))

    return {path: file for path, file in files.items() if belongs(path)}


def folder_files(root: Path, folder: str) -> dict[str, Path]:
    """The files below a folder, by their path from ``root``; nothing compiled, nothing hidden."""
    return {
        file.relative_to(root).as_posix(): file
        for file in course_files(root / folder)
        if file.suffix not in COMPILED
    }


def grader_modules(files: Collection[str], module: Module) -> list[str]:
    """Names of the modules in ``graders`` that hold the checks of ``module``."""
    return sorted(
        Path(path).stem for path in files if (m := _TEST.fullmatch(path)) and m[1] == module.id
    )


def check_names(files: dict[str, Path], module: Module) -> None:
    """CourseError where two checks of a module share a name: pytest would run only one of them."""
    seen: dict[str, str] = {}
    for name in grader_modules(files, module):
        path = f"graders/{name}.py"
        for node in parse(files[path].read_text(encoding="utf-8"), path).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                if node.name in seen:
                    raise CourseError(
                        f"{path}, line {node.lineno}: `{node.name}` is also in {seen[node.name]}, "
                        f"and a student copy runs the checks of module {module.id} from one file. "
                        "Rename one of the two."
                    )
                seen[node.name] = path


def _scenarios(files: dict[str, Path], tests: Sequence[str]) -> set[str]:
    """The scenarios and inputs that these tests import, and what those import in turn."""
    wanted: set[str] = set()
    waiting = [*tests]
    while waiting:
        for path in _imported(files, waiting.pop()):
            if path in files and path not in wanted:
                wanted.add(path)
                waiting.append(path)
    return wanted


def _imported(files: dict[str, Path], path: str) -> Iterator[str]:
    """Paths of the scenarios and inputs that a file in graders may import."""
    package = path.split("/")[:-1]
    for node in ast.walk(parse(files[path].read_text(encoding="utf-8"), path)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            around = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*around, *filter(None, [node.module])])
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        else:
            continue
        paths = (f"{name.replace('.', '/')}.py" for name in names)
        yield from (path for path in paths if path.startswith(SCENARIOS) or _INPUTS.fullmatch(path))
