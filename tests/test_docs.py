"""The pages in docs/ for learners and authors: the plan adds up, and each step for authors works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from graders.course import Course
from release.build import DOCS, build_copy
from release.review import PAGE, THEORY, review

from .conftest import HOUSE
from .markdown import PARSER, Page, resolved
from .shell import course_command
from .tiny_house import make_tiny_house

PLAN = Page.of("docs/plan.md", (HOUSE / "docs/plan.md").read_text(encoding="utf-8"))
DAYS = [row for row in PLAN.rows() if re.fullmatch(r"\d", row[0])]
MODULES = {row[0][:2]: int(row[1]) for row in PLAN.rows() if re.match(r"\d\d ", row[0])}
STYLES = {  # correct solutions of both exercises, written in other ways
    "dot": ("torch.dot(numbers, weights) / len(numbers) ** 0.5", "numbers - torch.mean(numbers)"),
    "loop": (
        "sum(n * w for n, w in zip(numbers, weights)) / len(numbers) ** 0.5",
        "numbers - sum(numbers) / len(numbers)",
    ),
    "mean": ("(numbers * weights).mean() * len(numbers) ** 0.5", "numbers.sub(numbers.mean())"),
    "einsum": (
        "torch.einsum('n,n->', numbers, weights) / len(numbers) ** 0.5",
        "numbers + -numbers.sum() / numbers.numel()",
    ),
}
PARTS = re.compile(r"\b(\d+)(?: minutes)? (?:for the (?:theory|exercises|notebook)|to install)")


def test_the_plan_has_eight_days_of_three_to_four_hours() -> None:
    assert len(DAYS) == 8
    assert [day for day in DAYS if not 180 <= int(day[2]) <= 240] == []
    assert sum(int(day[2]) for day in DAYS) == sum(MODULES.values())


def test_the_plan_has_all_modules(course: Course) -> None:
    assert {module.id for module in course.modules} <= MODULES.keys()
    for module in MODULES:
        assert re.search(rf"\b{module}\b", " ".join(day[1] for day in DAYS)), module


@pytest.mark.parametrize(
    "path", sorted(HOUSE.glob("assignments/*/README.md")), ids=lambda p: p.parent.name
)
def test_a_module_takes_as_long_as_the_plan_says(path: Path) -> None:
    parts = PARTS.findall(path.read_text(encoding="utf-8"))
    assert len(parts) == 3, "a README says how long the theory, the exercises, the notebook take"
    assert sum(map(int, parts)) == MODULES[path.parent.name[:2]]


def test_the_review_questions_are_those_of_the_theories(course: Course) -> None:
    files = HOUSE.glob(THEORY.format(folder="*"))
    theories = {f.relative_to(HOUSE).as_posix(): f.read_text(encoding="utf-8") for f in files}
    page = review(course.modules, theories)
    assert (HOUSE / PAGE).read_text(encoding="utf-8") == page, "python -m release.review"
    with_theory = [m for m in course.modules if THEORY.format(folder=m.folder) in theories]
    assert len(re.findall(r"^\d\. ", page, re.MULTILINE)) == 5 * len(with_theory)


@pytest.mark.parametrize("module", ["01", "07"])
def test_a_copy_has_the_pages_for_learners(module: str, course: Course) -> None:
    copy = build_copy(course, [course.module(module)], {})
    assert {*DOCS, PAGE} == {path for path in copy if path.startswith("docs/")}
    for path in (*DOCS, PAGE):
        for target in Page.of(path, copy[path].decode()).links():
            place = resolved(path, target)
            assert place is None or place[0] in copy, f"{path} links to {target}"


@pytest.mark.proof
def test_each_step_for_authors_works(tmp_path: Path) -> None:
    house = make_tiny_house(tmp_path)
    page = (HOUSE / "docs" / "authors.md").read_text(encoding="utf-8")
    fences = [token for token in PARSER.parse(page) if token.type == "fence"]
    steps = {words[1]: f.content for f in fences if len(words := f.info.split()) == 2}
    assert len(steps) == 6
    for path, text in steps.items():
        kept = "" if path.endswith(".j2") else (house / path).read_text(encoding="utf-8") + "\n\n"
        (house / path).write_text(kept + text, encoding="utf-8")
    for name, (weighted, centred) in STYLES.items():
        file = house / f"tests/solutions/01_adding/{name}/adding.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        code = f"def weighted_sum(numbers, weights):\n    return {weighted}\n\n"
        code += f"def centred(numbers):\n    return {centred}\n"
        file.write_text(f"import torch\n\n{code}", encoding="utf-8")
    audit = course_command("audit", "01", "--runs", "1", folder=house)
    assert audit.code == 0, audit.out + audit.err
    release = course_command("release", "--out", house / "copy", folder=house)
    assert release.code == 0, release.out + release.err
    stub = (house / "copy/sums/adding.py").read_text(encoding="utf-8")
    assert 'raise NotImplementedError("01.2, for 2 points: Around zero")' in stub
    assert "mean()" not in stub
