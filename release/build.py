"""Put a student copy together: stubs, rendered templates, checks, recorded answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from graders.course import Course, Exercise, Limits, Module
from graders.errors import CourseError
from graders.manifest import MANIFEST
from graders.released import ARCHIVE, pack
from graders.toml import project_in

from .frame import check_names, folder_files, frame_files, grader_modules
from .leaks import Solution, solutions_in
from .notebooks import NOTEBOOK, SCRIPT, notebook
from .review import PAGE, review
from .strip import strip

TEMPLATES = "student_template"
STUB_BODY = "stub_body.py.j2"
RENDERED = {  # path in the copy -> template; the tests come on top, one file a module
    "README.md": "README.md.j2",
    "pyproject.toml": "pyproject.toml.j2",
    ".gitignore": "gitignore.j2",
    ".github/workflows/course.yml": "workflow.yml.j2",
}
TESTS = "test_module.py.j2"
CONFIGS = "configs"  # for what is given: settings of runs
DOCS = ("docs/plan.md", "docs/resources.md", "docs/troubleshooting.md")  # that learners read
SETUP = "00_setup"  # in assignments: what is read before the first module, whichever that is
Render = Callable[[str, Mapping[str, Any]], str]


def with_prerequisites(course: Course, modules: Iterable[Module]) -> list[Module]:
    """These modules and all that they build on, in the order of the course."""
    chosen = [*modules]
    wanted = {m.id for module in chosen for m in (module, *course.before(module))}
    return [module for module in course.modules if module.id in wanted]


def build_copy(
    course: Course, modules: Sequence[Module], goldens: Mapping[str, bytes]
) -> dict[str, bytes]:
    """A whole student copy, path -> content. The same course gives the same bytes.

    Args:
        course: the course in this repository.
        modules: what learners get; what these build on comes along.
        goldens: recorded answers, by their path in the copy.

    Raises:
        CourseError: a reference file, a template or a check is not as it should be.
    """
    modules = with_prerequisites(course, modules)
    projects = course.projects_after(modules)
    frame = frame_files(course, [*modules, *projects])
    files = {path: file.read_bytes() for path, file in frame.items()}
    for folder in (SETUP, *(module.folder for module in (*modules, *projects))):
        files.update(_assignment(course, folder))
    if any(module.given for module in modules):
        for path, file in folder_files(course.root, CONFIGS).items():
            files[path] = file.read_bytes()
    files.update({p: (course.root / p).read_bytes() for p in DOCS if (course.root / p).is_file()})
    theories = {p: text.decode() for p, text in files.items() if p.endswith("/theory.md")}
    if theories:
        files[PAGE] = review(modules, theories).encode()
    render = _renderer(course)
    facts = {
        "course": course,
        "modules": modules,
        "projects": projects,
        "project": _project(course),
        "files": {*files},
    }
    for path, template in RENDERED.items():
        files[path] = render(template, facts).encode()
    for module in modules:
        check_names(frame, module)
        tests = render(TESTS, {"module": module, "graders": grader_modules(frame, module)})
        files[f"tests/test_{module.folder}.py"] = tests.encode()
    for path, source in _package_sources(course, modules).items():
        files[f"{course.package}/{path}"] = _stub(course, path, source, render).encode()
    files[MANIFEST] = course_text(course, modules, projects).encode()
    licence = course.root / "LICENSE"
    if licence.is_file():
        files["LICENSE"] = licence.read_bytes()
    files.update(goldens)
    files[ARCHIVE] = pack(files)
    return dict(sorted(files.items()))


def _assignment(course: Course, folder: str) -> dict[str, bytes]:
    """What learners read of one folder of assignments; its script of a notebook as a notebook."""
    files = {}
    for path, file in folder_files(course.root, f"assignments/{folder}").items():
        if file.name == SCRIPT:
            place = PurePosixPath(path).with_name(NOTEBOOK)
            files[str(place)] = notebook(file.read_text(encoding="utf-8"), path)
        elif file.suffix == ".md":
            files[path] = file.read_bytes().replace(SCRIPT.encode(), NOTEBOOK.encode())
        else:
            files[path] = file.read_bytes()
    return files


def solutions_of(course: Course, modules: Sequence[Module]) -> list[Solution]:
    """What must stand nowhere in a copy with these modules."""
    modules = with_prerequisites(course, modules)
    found: list[Solution] = []
    for path, source in _package_sources(course, modules).items():
        found += solutions_in(source, f"reference/{course.package}/{path}")
    return found


def _package_sources(course: Course, modules: Sequence[Module]) -> dict[str, str]:
    """The reference files that these modules need: where learners write, what is given, and
    the packages around."""
    package = course.root / "reference" / course.package
    paths = {PurePosixPath(file) for module in modules for file in (*module.files, *module.given)}
    around = {parent / "__init__.py" for path in paths for parent in path.parents}
    sources = {}
    for path in sorted(paths | {path for path in around if (package / path).is_file()}):
        try:
            sources[str(path)] = (package / path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CourseError(
                f"{package / path} cannot be read as UTF-8 text ({error}). {MANIFEST} lists "
                "exercises in it, or hands it out: write it, or mend `file` or `given` there."
            ) from None
    return sources


def _stub(course: Course, path: str, source: str, render: Render) -> str:
    exercises = [e for module in course.modules for e in module.exercises if e.file == path]

    def body(exercise: Exercise) -> str:
        module = course.module_of(exercise.id)
        return render(STUB_BODY, {"exercise": exercise, "module": module})

    return strip(source, f"reference/{course.package}/{path}", exercises, body)


def _renderer(course: Course) -> Render:
    templates = Environment(
        loader=FileSystemLoader(course.root / TEMPLATES),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # nothing here is HTML
    )
    templates.filters["quoted"] = _quoted

    def render(name: str, facts: Mapping[str, Any]) -> str:
        try:
            return templates.get_template(name).render(facts)
        except TemplateError as error:
            line = getattr(error, "lineno", None)
            where = f"{TEMPLATES}/{name}" + (f", line {line}" if line else "")
            raise CourseError(
                f"{where} cannot be rendered: {type(error).__name__}: {error}. Mend the template."
            ) from None

    return render


def _quoted(text: str) -> str:
    """A string as it stands in Python or TOML, in double quotes where that needs no escapes."""
    plain = json.dumps(text, ensure_ascii=False)
    return repr(text) if "\\" in plain and "'" not in text else plain


def _project(course: Course) -> dict[str, Any]:
    """The ``[project]`` table of this repository: a copy depends on the same things."""
    return project_in(
        course.root,
        ("version", "requires-python", "dependencies"),
        "A student copy takes version, requires-python and dependencies from its [project] table: "
        "mend it.",
    )


def course_text(course: Course, modules: Sequence[Module], projects: Sequence[Module] = ()) -> str:
    """A manifest of these modules, as ``graders.manifest`` reads it."""
    tables = [
        "# What this copy of the course holds. Leave it as it is.",
        _table("[course]", {"title": course.title, "package": course.package}),
        _table("[limits]", {name: getattr(course.limits, name) for name in _fields(Limits)}),
    ]
    for module in (*modules, *projects):
        kind = "project" if module.handed_in else "module"
        left_out = {"exercises", "given" if module.handed_in else "handed_in"}
        plain = {n: getattr(module, n) for n in _fields(Module) if n not in left_out}
        tables.append(_table(f"[[{kind}]]", plain))
        for exercise in module.exercises:
            values = {name: getattr(exercise, name) for name in _fields(Exercise)}
            if not exercise.symbol:
                del values["symbol"]
            tables.append(_table(f"[[{kind}.exercise]]", values))
    return "\n\n".join(tables) + "\n"


def _fields(kind: type) -> list[str]:
    return [*kind.__dataclass_fields__]  # type: ignore[attr-defined]


def _table(header: str, values: Mapping[str, Any]) -> str:
    return "\n".join([header, *(f"{key} = {_value(value)}" for key, value in values.items())])


def _value(value: str | int | tuple[str, ...]) -> str:
    """A value in TOML, whose strings, numbers and lists are those of JSON, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
