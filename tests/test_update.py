"""`course update`: a new release meets work in progress, and nothing is lost."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graders.course import Course
from graders.errors import CourseError
from graders.released import ARCHIVE, MANIFEST, pack
from release.build import build_copy
from release.write import hashes, write_tree, zip_tree
from tools import backups
from tools.newrelease import NewRelease, read_release
from tools.updating import carry_out, plan_update

from .shell import course_command

FILE = "tiny_transformer/practice/attention.py"
STUB = re.compile(r"^ +raise NotImplementedError\((?:\n.*\n +)?.*\)\n", re.MULTILINE)
OLD, NEW = "0" * 12, "1" * 12
Files = dict[str, bytes]


def released(files: Mapping[str, bytes], name: str, *modules: str) -> NewRelease:
    """A release of these files, whole and with a manifest, but not proved."""
    plain = {p: c for p, c in files.items() if p not in (MANIFEST, ARCHIVE)}
    plain[ARCHIVE] = pack(plain)
    told = {"release": name, "modules": modules or ("01",), "files": hashes(plain)}
    return NewRelease(
        name, (*(modules or ("01",)),), {**plain, MANIFEST: json.dumps(told).encode()}
    )


@pytest.fixture(scope="module")
def first(course: Course) -> NewRelease:
    """A release of module 01, without recorded answers."""
    return released(build_copy(course, [course.module("01")], {}), OLD)


@pytest.fixture
def copy(first: NewRelease, tmp_path: Path) -> Path:
    """A student copy of that release."""
    write_tree(first.files, tmp_path / "copy", force=False)
    return tmp_path / "copy"


def changed(release: NewRelease, path: str, was: str, becomes: str) -> NewRelease:
    text = release.files[path].decode()
    assert was in text
    return released({**release.files, path: text.replace(was, becomes).encode()}, NEW)


def contents(root: Path) -> Files:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and "backups" not in path.parts and "__pycache__" not in path.parts
    }


def given_out(release: NewRelease, folder: Path) -> Path:
    """The release as a .zip."""
    zip_tree(release.files, folder / "new.zip", force=True)
    return folder / "new.zip"


CODE = st.lists(
    st.sampled_from(["    x = 1", "", "    # why", "    return query", '    """Doc."""']),
    min_size=1,
    max_size=4,
).map(lambda lines: "".join(f"{line}\n" for line in [*lines, "    return x"]))


STUBS = 10  # in the file
WRITTEN = st.lists(st.none() | CODE, min_size=STUBS, max_size=STUBS)
# which part between two stubs, where in it, how many lines make room for a new one
ELSEWHERE = st.lists(
    st.tuples(st.integers(0, STUBS), st.integers(0, 200), st.integers(0, 2)), max_size=4
)


@settings(max_examples=40)
@given(WRITTEN, ELSEWHERE)
def test_work_in_solution_places_and_a_release_changed_elsewhere_both_survive(
    first: NewRelease,
    tmp_path_factory: pytest.TempPathFactory,
    written: list[str | None],
    edits: list[tuple[int, int, int]],
) -> None:
    """The result is the new release, with the learner's code where its stubs stood."""
    text = first.files[FILE].decode()
    stubs = [match[0] for match in STUB.finditer(text)]
    elsewhere = STUB.split(text)
    for number, (part, place, removed) in enumerate(edits):
        lines = elsewhere[part].splitlines(keepends=True)
        at = place % (len(lines) + 1)
        lines[at : at + removed] = [f"# release {number}\n"]
        elsewhere[part] = "".join(lines)

    def joined(parts: list[str], places: list[str]) -> str:
        made = [piece for pair in zip(parts, [*places, ""], strict=True) for piece in pair]
        return "".join(made)

    mine = [code or stub for code, stub in zip(written, stubs, strict=True)]
    few = {FILE: text.encode(), "course.toml": first.files["course.toml"]}
    old = released(few, OLD)
    new = released({**few, FILE: joined(elsewhere, stubs).encode()}, NEW)
    copy = tmp_path_factory.mktemp("merged") / "copy"
    write_tree(old.files, copy, force=False)
    (copy / FILE).write_text(joined(STUB.split(text), mine), encoding="utf-8", newline="")
    plan = plan_update(copy, new)
    kept = carry_out(copy, plan) if plan.changes else None
    assert not plan.merged_badly
    assert (copy / FILE).read_text(encoding="utf-8") == joined(elsewhere, mine)
    if kept and FILE in plan.changes:
        was = (kept / backups.FILES / FILE).read_text(encoding="utf-8")
        assert was == joined(STUB.split(text), mine)


def test_each_kind_of_file_becomes_what_it_should(first: NewRelease, copy: Path) -> None:
    (copy / "README.md").write_text("mine\n")
    (copy / "graders/judge.py").write_text("# cheat\n")
    (copy / "LICENSE").unlink()
    (copy / "notes.txt").write_text("notes\n")
    (copy / FILE).write_text("# my work\n" + (copy / FILE).read_text())
    new_page = "assignments/01_attention/new.md"
    files = {p: c for p, c in first.files.items() if p != "tests/test_01_attention.py"}
    new = changed(released(files, NEW), ".gitignore", ".venv/", ".venv/\n*.log")
    new = released({**new.files, new_page: b"new\n"}, NEW)
    plan = plan_update(copy, new)
    carry_out(copy, plan)
    after = contents(copy)
    assert after["README.md"] == b"mine\n"  # the release did not change it
    assert after["notes.txt"] == b"notes\n"
    assert after["graders/judge.py"] == new.files["graders/judge.py"]
    assert after["LICENSE"] == new.files["LICENSE"]
    assert after[".gitignore"] == new.files[".gitignore"]
    assert after[new_page] == b"new\n"
    assert "tests/test_01_attention.py" not in after
    assert after[FILE].startswith(b"# my work\n")
    assert json.loads(after[MANIFEST])["release"] == NEW
    assert {(kind, path) for kind, path, _ in plan.notes} == {
        ("renewed", ".gitignore"),
        ("new", new_page),
        ("put back", "LICENSE"),
        ("removed", "tests/test_01_attention.py"),
        ("replaced", "graders/judge.py"),
    }


def test_a_reworded_stub_does_not_stand_against_the_work_in_its_place(
    first: NewRelease, copy: Path
) -> None:
    stub = '    raise NotImplementedError("01.2 Scaling the scores'
    text = first.files[FILE].decode()
    start = text.index(stub)
    line = text[start : text.index("\n", start)]
    (copy / FILE).write_text(text.replace(line, "    return scores / d_k"))
    new = changed(first, FILE, "01.2 Scaling the scores", "01.2 Scaling")
    new = changed(new, FILE, "01.4 Applying", "01.4 Adding")
    plan = plan_update(copy, new)
    carry_out(copy, plan)
    after = (copy / FILE).read_text()
    assert not plan.merged_badly
    assert "    return scores / d_k\n" in after
    assert 'NotImplementedError("01.2' not in after
    assert '"01.4 Adding' in after


def test_a_conflict_keeps_both_and_says_where(
    first: NewRelease, copy: Path, tmp_path: Path
) -> None:
    title = first.files["README.md"].decode().splitlines()[0]
    readme = copy / "README.md"
    readme.write_text(readme.read_text().replace(title, "# My title"))
    new = changed(first, "README.md", title, "# Their title")
    done = course_command("update", copy, "--from", given_out(new, tmp_path))
    assert done.code == 1, done.err
    assert "CONFLICT: README.md (choose between yours and the release's at line 1)" in done.out
    after = readme.read_text().splitlines()
    assert after[0].startswith("<<<<<<<")
    assert after[1:4:2] == ["# My title", "# Their title"]


def test_what_cannot_be_merged_by_lines_is_kept_beside(first: NewRelease, copy: Path) -> None:
    page = "assignments/01_attention/01_attention.ipynb"
    old = released({**first.files, page: b'{"cells": [1]}'}, OLD)
    write_tree(old.files, copy, force=True)
    (copy / page).write_text('{"cells": [1, "mine"]}')
    plan = plan_update(copy, released({**old.files, page: b'{"cells": [2]}'}, NEW))
    carry_out(copy, plan)
    assert (copy / page).read_text() == '{"cells": [1, "mine"]}'
    beside = copy / page.replace(".ipynb", ".new_release.ipynb")
    assert beside.read_text() == '{"cells": [2]}'
    assert plan.merged_badly


def test_dry_run_changes_nothing_and_undo_puts_all_back(
    first: NewRelease, copy: Path, tmp_path: Path
) -> None:
    (copy / FILE).write_text("# my work\n" + (copy / FILE).read_text())
    new = changed(first, FILE, "def scale_scores", "# new\ndef scale_scores")
    new = released({**new.files, "new/page.md": b"new\n"}, NEW)
    source = given_out(new, tmp_path)
    before = contents(copy)
    shown = course_command("update", "--from", source, "--dry-run", folder=copy)
    assert (shown.code, contents(copy)) == (0, before), shown.err
    assert f"Would update from release {OLD} to {NEW}" in shown.out
    assert f"merged: {FILE}" in shown.out
    done = course_command("update", "--from", source, folder=copy)
    assert (done.code, "course update --undo" in done.out) == (0, True), done.err
    updated = contents(copy)
    assert updated["new/page.md"] == b"new\n"
    assert course_command("update", "--undo", folder=copy).code == 0
    assert contents(copy) == before
    assert not (copy / "new").exists()
    assert course_command("update", copy, "--undo").code == 0
    assert contents(copy) == updated


def test_the_same_release_again_changes_nothing(first: NewRelease, copy: Path) -> None:
    assert plan_update(copy, first).changes == {}


def test_a_failure_in_the_middle_leaves_all_as_it_was(
    first: NewRelease, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = changed(first, FILE, "def scale_scores", "# new\ndef scale_scores")
    plan = plan_update(copy, new)
    before = contents(copy)
    rename = Path.replace

    def full(self: Path, target: Path) -> Path:
        if target == copy / MANIFEST and ".aside" not in self.parts:
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(CourseError, match="No space left on device"):
        carry_out(copy, plan)
    assert contents(copy) == before


@pytest.mark.parametrize("damage", ["manifest", "no manifest", "archive", "other archive"])
def test_a_copy_of_an_unknown_release_is_refused_with_the_way_out(
    first: NewRelease, copy: Path, damage: str
) -> None:
    if damage == "manifest":
        (copy / MANIFEST).write_text('{"release": 3')
    elif damage == "no manifest":
        (copy / MANIFEST).unlink()
    elif damage == "archive":
        (copy / ARCHIVE).write_bytes(b"PK")
    else:
        (copy / ARCHIVE).write_bytes(pack({"README.md": b"another release\n"}))
    before = contents(copy)
    with pytest.raises(CourseError, match="Get a new student copy and move your own files into it"):
        plan_update(copy, first)
    assert contents(copy) == before


def test_a_release_of_another_course_or_with_fewer_modules_is_refused(
    first: NewRelease, copy: Path
) -> None:
    other = first.files["course.toml"].decode().replace('"tiny_transformer"', '"sums"')
    with pytest.raises(CourseError, match="of another course: learners write sums/"):
        plan_update(copy, released({**first.files, "course.toml": other.encode()}, NEW))
    more = released(first.files, OLD, "01", "02")
    write_tree(more.files, copy, force=True)
    with pytest.raises(CourseError, match="and this copy also 02, which would go"):
        plan_update(copy, first)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "There is no"),
        (lambda path: path.write_bytes(b"no zip"), "cannot be read as a release"),
        (lambda path: path.mkdir(), "is no release: there is no whole"),
        (lambda path: zipfile.ZipFile(path, "w").close(), "is no release: there is no whole"),
    ],
    ids=["missing", "not a zip", "empty folder", "empty zip"],
)
def test_what_is_no_release_is_named(tmp_path: Path, make: object, words: str) -> None:
    assert callable(make)
    make(tmp_path / "new.zip")
    with pytest.raises(CourseError, match=words):
        read_release(tmp_path / "new.zip")


def test_a_release_in_which_somebody_worked_is_refused(first: NewRelease, tmp_path: Path) -> None:
    write_tree(first.files, tmp_path / "new", force=False)
    assert read_release(tmp_path / "new") == first
    (tmp_path / "new" / FILE).write_text("answers\n")
    with pytest.raises(CourseError, match="is not as it was released"):
        read_release(tmp_path / "new")


def test_a_link_in_the_way_is_refused(first: NewRelease, copy: Path, tmp_path: Path) -> None:
    (copy / "README.md").unlink()
    (copy / "README.md").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CourseError, match=r"README.md is a link"):
        plan_update(copy, first)


def test_a_learner_without_a_release_is_told_what_to_type(copy: Path) -> None:
    done = course_command("update", folder=copy)
    assert (done.code, "course update --from NEW.zip" in done.err) == (2, True)
