"""What learners read is true: links, tables of exercises, figures, mistakes, quoted numbers."""

from __future__ import annotations

import re
from functools import cache

import pytest

from figures.draw import figures_of, folders
from figures.drawing import same
from graders.course import Course
from graders.manifest import load_course
from graders.mistakes import load_variants
from release.build import SETUP, build_copy, with_prerequisites

from .conftest import HOUSE
from .markdown import Page, resolved
from .run_texts import PRINTED, blocks

COURSE = load_course(HOUSE / "course.toml")
MODULES = {module.folder: module for module in COURSE.modules}
PROJECTS = {project.folder: project for project in COURSE.projects}
GRADED = MODULES | PROJECTS
FOLDERS = folders(COURSE)
PAGES = sorted(
    path.relative_to(HOUSE).as_posix()
    for pattern in ("*.md", "docs/**/*.md", "assignments/*/*.md")
    for path in HOUSE.glob(pattern)
)
NO_RESULT = re.compile(r"(?:Python|torch|sections?)(?:(?:,| and| to)? \d+\.\d+(?:\.\d+)*)+")
EXERCISE = re.compile(r"\d\d\.[1-9]\d?")


@cache
def page(path: str) -> Page:
    return Page.of(path, (HOUSE / path).read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", PAGES)
def test_links_in_the_repository_lead_somewhere(path: str) -> None:
    for target in page(path).links():
        place = resolved(path, target)
        if place:
            assert (HOUSE / place[0]).exists(), f"{path} links to {target}"
            if place[1]:
                assert place[1] in page(place[0]).anchors(), f"{path} links to {target}"


@pytest.mark.parametrize("path", [path for path in PAGES if path.startswith("assignments/")])
def test_markdown_leaves_the_mathematics_alone(path: str) -> None:
    """Some renderers read Markdown before mathematics: no formula may depend on which comes first."""
    assert page(path).torn_mathematics() == []


def test_a_formula_that_markdown_would_tear_is_found() -> None:
    text = r"Whole: $x_t + y_{t}$. Torn: $E_{\text{a}_t} + P_{t}$, $a\,b$ and $c * d * e$."
    torn = Page.of("a.md", text.replace("* d *", "*d*")).torn_mathematics()
    assert torn == [r"$E_{\text{a}_t} + P_{t}$", r"$a\,b$", "$c *d* e$"]


@pytest.fixture(scope="module")
def copy(course: Course) -> dict[str, bytes]:
    """A copy of all modules."""
    return build_copy(course, course.modules, {})


@pytest.mark.parametrize("folder", FOLDERS)
def test_links_in_a_copy_lead_somewhere_in_the_copy(folder: str, copy: dict[str, bytes]) -> None:
    """Also in a copy that ends with this module."""
    module = GRADED.get(folder)
    along = with_prerequisites(COURSE, [module]) if module else []
    names = (SETUP, folder, *(m.folder for m in along))
    there = ("README.md", *(f"assignments/{name}/" for name in names))
    texts = [p for p in copy if p.startswith(f"assignments/{folder}/") and p.endswith(".md")]
    assert texts
    for path in texts:
        for target in Page.of(path, copy[path].decode()).links():
            place = resolved(path, target)
            if place:
                assert place[0] in copy, f"{path} links to {target}"
                assert place[0].startswith(there), f"{path} links to {target}, a later module"


def test_links_on_the_first_page_of_a_copy_lead_somewhere(copy: dict[str, bytes]) -> None:
    targets = [*Page.of("README.md", copy["README.md"].decode()).links()]
    places = [place[0] for target in targets if (place := resolved("README.md", target))]
    assert len(places) > len(COURSE.modules)
    assert [place for place in places if place not in copy] == []


@pytest.mark.parametrize("folder", MODULES)
def test_code_for_a_module_needs_no_later_one(folder: str) -> None:
    along = with_prerequisites(COURSE, [MODULES[folder]])
    files = {file for module in along for file in module.files}
    for path in (HOUSE / "assignments" / folder).glob("*.*"):
        text = path.read_text(encoding="utf-8")
        for name in re.findall(rf"(?:from|import) {COURSE.package}\.([\w.]+)", text):
            stem = name.replace(".", "/")
            assert any(file.startswith((f"{stem}.py", f"{stem}/")) for file in files), (path, name)


@pytest.mark.parametrize("folder", GRADED)
def test_the_table_of_exercises_is_that_of_the_course(folder: str) -> None:
    module = GRADED[folder]
    wanted = [[e.id, e.title, str(e.points)] for e in module.exercises]
    readme = page(f"assignments/{folder}/README.md")
    assert [row[:3] for row in readme.rows() if EXERCISE.fullmatch(row[0])] == wanted
    assert re.search(rf"\b{module.points} points|Points:\s+{module.points}\b", readme.prose())


@pytest.mark.parametrize("folder", FOLDERS)
def test_exercises_tests_and_modules_that_are_named_exist(folder: str) -> None:
    exercises = {e.id for module in GRADED.values() for e in module.exercises}
    for path in (HOUSE / "assignments" / folder).glob("*.*"):
        text = path.read_text(encoding="utf-8")
        for wanted in re.findall(r"(?:course \w+|-k) (\d\d\.\d+)", text):
            assert wanted in exercises, f"{path}: {wanted}"
        for wanted in re.findall(r"tests/test_(\d\d_\w+)\.py", text):
            assert wanted in MODULES, f"{path}: {wanted}"
        if path.suffix == ".md":
            prose = page(path.relative_to(HOUSE).as_posix()).prose()
            for wanted in re.findall(r"[Ee]xercises? (\d\d\.\d+)", prose):
                assert wanted in exercises, f"{path}: {wanted}"


def test_there_is_a_folder_to_read_for_each_module() -> None:
    assert {SETUP, *GRADED} <= {*FOLDERS}


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_theory_has_its_parts(folder: str) -> None:
    path = f"assignments/{folder}/theory.md"
    text = (HOUSE / path).read_text(encoding="utf-8")
    assert {"What goes wrong", "Questions", "Sources"} <= {*page(path).headings()}
    questions = text[text.index("## Questions") :]
    assert questions.count("<details><summary>Answer</summary>") == 5
    assert questions.count("</details>") == 5
    assert len([*blocks(text)]) >= 2
    assert len([*page(path).images()]) >= 2
    assert (HOUSE / "assignments" / folder / "notebook.py").is_file()


@pytest.mark.parametrize("folder", MODULES)
def test_what_goes_wrong_is_what_the_checks_call_by_name(folder: str) -> None:
    titles = {v.mistake.title for v in load_variants(COURSE, MODULES[folder])}
    rows = page(f"assignments/{folder}/theory.md").rows("What goes wrong")
    assert len(rows) >= 5
    assert [row[0] for row in rows if row[0] not in titles] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_figures_are_what_their_scripts_draw(folder: str) -> None:
    drawn = figures_of(COURSE, folder)
    there = {
        path.relative_to(HOUSE).as_posix()
        for path in (HOUSE / "assignments" / folder).glob("figures/*")
    }
    assert there == drawn.keys()
    for path, content in drawn.items():
        kept = (HOUSE / path).read_bytes()
        assert same(kept, content), f"{path} is not what its script draws: python -m figures"
    pages = [path for path in PAGES if path.startswith(f"assignments/{folder}/")]
    shown = {}
    for path in pages:
        for target, words in page(path).images():
            place = resolved(path, target)
            shown[place[0] if place else target] = words
    assert shown.keys() == drawn.keys(), "each figure is shown, and nothing else"
    assert [path for path, words in shown.items() if len(words.split()) < 8] == []


def test_a_figure_that_shows_something_else_is_another_one() -> None:
    content = (HOUSE / "assignments/01_attention/figures/shapes.svg").read_bytes()
    assert same(content, content)
    assert same(content, re.sub(rb"(\d+\.\d\d)", rb"\g<1>01", content, count=1))
    assert not same(content, content.replace(b'width="', b'width="1', 1))
    assert not same(content, content.replace(b"#0072b2", b"#0072b3", 1))


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_number_in_the_prose_is_one_that_the_code_prints(folder: str) -> None:
    """Decimals, that is, and powers of e; years, sections, versions and exercises are no results."""
    for path in (HOUSE / "assignments" / folder).glob("*.md"):
        text = path.read_text(encoding="utf-8")
        code = "\n".join(source for _, source in blocks(text))
        known = {*re.findall(r"\d+\.\d+", code)}
        prose = page(path.relative_to(HOUSE).as_posix()).prose()
        prose = NO_RESULT.sub("", prose)
        for number in re.findall(r"(?<![\d.])\d+\.\d+(?![\d.]*\d)", prose):
            if not EXERCISE.fullmatch(number):
                assert number in known, f"{path}: {number} is in no output. {PRINTED} shows some"
