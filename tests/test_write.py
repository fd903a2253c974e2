"""Writing a copy: all or nothing, and never over what a learner wrote."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders.errors import CourseError
from graders.released import MANIFEST
from release.write import hashes, with_manifest, write_tree, zip_tree

FIRST = {"README.md": b"one", "pkg/a.py": b"a", "pkg/sub/b.py": b"b", "gone/c.py": b"c"}
SECOND = {"README.md": b"two", "pkg/a.py": b"A", "pkg/sub/b.py": b"b", "new/d.py": b"d"}


def contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder, and the empty folders, as names with a slash."""
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file():
            found[name] = path.read_bytes()
        elif not any(path.iterdir()):
            found[f"{name}/"] = b""
    return found


def ours(folder: Path) -> dict[str, bytes]:
    return {path: content for path, content in contents(folder).items() if path != MANIFEST}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder with an earlier release in it."""
    write_tree(FIRST, tmp_path / "copy", force=False)
    return tmp_path / "copy"


@pytest.mark.parametrize("place", ["new", "empty", "deep/er/new"])
def test_a_new_copy_holds_its_files_and_a_manifest_of_them(tmp_path: Path, place: str) -> None:
    (tmp_path / "empty").mkdir()
    written = write_tree(FIRST, tmp_path / place, force=False)
    assert ours(tmp_path / place) == FIRST
    manifest = json.loads((tmp_path / place / MANIFEST).read_text())
    assert manifest["files"] == hashes(FIRST)
    assert (written.kept, {*written.written}, written.removed) == ((), {*FIRST, MANIFEST}, ())
    assert not list(tmp_path.rglob("*.part"))


def test_the_current_folder_may_be_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_tree(FIRST, Path(), force=False)
    assert {p.name for p in Path().iterdir()} == {"README.md", "pkg", "gone", ".course"}
    assert ours(tmp_path) == FIRST


def test_a_manifest_that_comes_along_is_written_as_it_is(tmp_path: Path) -> None:
    mine = json.dumps({"files": hashes(FIRST), "proof": "more"}).encode()
    write_tree({**FIRST, MANIFEST: mine}, tmp_path / "copy", force=False)
    assert (tmp_path / "copy" / MANIFEST).read_bytes() == mine


def test_without_force_an_earlier_copy_is_left_alone(out: Path) -> None:
    before = contents(out)
    with pytest.raises(CourseError, match=r"student copy in .*--force.*another folder"):
        write_tree(SECOND, out, force=False)
    assert contents(out) == before


@pytest.mark.parametrize("force", [True, False])
def test_a_folder_with_something_else_is_left_alone(tmp_path: Path, force: bool) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(CourseError, match=r"holds no student copy .*notes\.txt.*another folder"):
        write_tree(FIRST, tmp_path, force)
    assert contents(tmp_path) == {"notes.txt": b"mine"}
    with pytest.raises(CourseError, match="is a file"):
        write_tree(FIRST, tmp_path / "notes.txt", force)


@pytest.mark.parametrize(
    "manifest", [b"", b"[]", b'{"files": 1}', b'{"files": {"../a": "0"}}', b"\xff"]
)
def test_a_copy_whose_manifest_is_damaged_is_left_alone(out: Path, manifest: bytes) -> None:
    (out / MANIFEST).write_bytes(manifest)
    before = contents(out)
    with pytest.raises(CourseError, match="is damaged"):
        write_tree(SECOND, out, force=True)
    assert contents(out) == before


def test_force_renews_a_copy_that_nobody_changed(out: Path) -> None:
    written = write_tree(SECOND, out, force=True)
    assert ours(out) == SECOND
    assert written.kept == ()
    assert written.written == (MANIFEST, "README.md", "new/d.py", "pkg/a.py")
    assert written.removed == ("gone/c.py",)
    assert json.loads((out / MANIFEST).read_text())["files"] == hashes(SECOND)


def test_force_keeps_and_lists_what_the_learner_changed_or_added(out: Path) -> None:
    (out / "pkg/a.py").write_bytes(b"my work")
    (out / "gone/c.py").write_bytes(b"my work too")
    (out / "pkg/mine.py").write_bytes(b"and mine")
    (out / "new").mkdir()
    (out / "new/d.py").write_bytes(b"mine by chance")
    for made in (".venv/x", "pkg/__pycache__/a.pyc", ".git/config", "work.egg-info/x"):
        (out / made).parent.mkdir()
        (out / made).write_bytes(b"")
    written = write_tree(SECOND, out, force=True)
    assert written.kept == ("gone/c.py", "new/d.py", "pkg/a.py", "pkg/mine.py")
    assert (out / "pkg/a.py").read_bytes() == b"my work"
    assert (out / "gone/c.py").read_bytes() == b"my work too"
    assert (out / "pkg/mine.py").read_bytes() == b"and mine"
    assert (out / "new/d.py").read_bytes() == b"mine by chance"
    assert (out / "README.md").read_bytes() == b"two"
    assert (out / ".venv/x").exists()
    third = {**SECOND, "pkg/a.py": b"AA", "README.md": b"three"}
    assert "pkg/a.py" in write_tree(third, out, force=True).kept
    assert (out / "pkg/a.py").read_bytes() == b"my work"
    assert (out / "README.md").read_bytes() == b"three"


def test_a_learner_who_has_the_new_file_already_has_changed_nothing(out: Path) -> None:
    (out / "README.md").write_bytes(b"two")
    written = write_tree(SECOND, out, force=True)
    assert written.kept == ()
    assert "README.md" not in written.written


def test_a_copy_whose_manifest_lies_behind_a_link_is_left_alone(out: Path, tmp_path: Path) -> None:
    (out / ".course").rename(tmp_path / "elsewhere")
    (out / ".course").symlink_to(tmp_path / "elsewhere")
    before = contents(tmp_path)
    with pytest.raises(CourseError, match="holds no student copy"):
        write_tree(SECOND, out, force=True)
    assert contents(tmp_path) == before


def test_a_file_that_the_learner_lost_is_given_again(out: Path) -> None:
    (out / "README.md").unlink()
    assert "README.md" in write_tree(FIRST, out, force=True).written
    assert ours(out) == FIRST


def test_nothing_is_written_through_a_link_or_over_a_folder(out: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "b.py").write_bytes(b"b")
    (out / "pkg/sub/b.py").unlink()
    (out / "pkg/sub").rmdir()
    (out / "pkg/sub").symlink_to(elsewhere)
    (out / "README.md").unlink()
    (out / "README.md").mkdir()
    (out / "new").write_bytes(b"a file where a folder is to be")
    written = write_tree({**SECOND, "pkg/sub/b.py": b"B"}, out, force=True)
    assert {"pkg/sub/b.py", "README.md", "new/d.py"} <= {*written.kept}
    assert (elsewhere / "b.py").read_bytes() == b"b"
    assert (out / "new").read_bytes() == b"a file where a folder is to be"
    assert (out / "README.md").is_dir()


class Failing:
    """Makes the nth call of a method of Path fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, method: str, nth: int) -> None:
        self.calls, self.nth = 0, nth
        original = getattr(Path, method)

        def fail(path: Path, *arguments: object, **options: object) -> object:
            self.calls += 1
            if self.calls == nth:
                raise OSError(28, "No space left on device", str(path))
            return original(path, *arguments, **options)

        monkeypatch.setattr(Path, method, fail)


@pytest.mark.parametrize("method", ["write_bytes", "replace", "unlink", "mkdir"])
@pytest.mark.parametrize("nth", range(1, 8))
def test_a_failed_renewal_leaves_all_as_it_was(
    out: Path, method: str, nth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (out / "gone/c.py").write_bytes(b"c")
    before = contents(out)
    with monkeypatch.context() as patched:
        failing = Failing(patched, method, nth)
        try:
            write_tree(SECOND, out, force=True)
        except CourseError:
            assert contents(out) == before
        else:
            assert failing.calls < nth


@pytest.mark.parametrize("method", ["write_bytes", "replace", "mkdir"])
@pytest.mark.parametrize("nth", range(1, 5))
@pytest.mark.parametrize("place", ["new", "empty", "deep/er/new"])
def test_a_failed_new_copy_leaves_nothing(
    tmp_path: Path, place: str, method: str, nth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    with monkeypatch.context() as patched:
        failing = Failing(patched, method, nth)
        try:
            write_tree(FIRST, tmp_path / place, force=False)
        except CourseError:
            assert contents(tmp_path) == {"empty/": b""}
        else:
            assert failing.calls < nth


def test_a_path_that_leads_out_is_refused(tmp_path: Path) -> None:
    for path in ("../a", "/a", "a/../../b", ""):
        with pytest.raises(ValueError, match="leads out"):
            write_tree({path: b""}, tmp_path / "copy", force=False)
    assert contents(tmp_path) == {}


PATHS = st.sampled_from(["a", "b", "d/a", "d/b", "d/e/a", "f/g/h"])
TREES = st.dictionaries(PATHS, st.sampled_from([b"1", b"2", b"3"]), min_size=1)


@given(first=TREES, learner=st.dictionaries(PATHS, st.none() | st.just(b"4")), second=TREES)
def test_a_renewal_gives_the_release_plus_what_the_learner_changed(
    first: Mapping[str, bytes], learner: Mapping[str, bytes | None], second: Mapping[str, bytes]
) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "copy"
        write_tree(first, out, force=False)
        for path, content in learner.items():
            if content is None:
                (out / path).unlink(missing_ok=True)
            else:
                (out / path).parent.mkdir(parents=True, exist_ok=True)
                (out / path).write_bytes(content)
        mine = {path: content for path, content in learner.items() if content is not None}
        written = write_tree(second, out, force=True)
        assert {k: v for k, v in ours(out).items() if not k.endswith("/")} == {**second, **mine}
        assert {*written.kept} == {*mine}
        assert write_tree(second, out, force=True).written == ()


def test_a_zip_is_the_same_bytes_whenever_and_in_whatever_order_it_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder, files in (("a", FIRST), ("b", dict(reversed(FIRST.items())))):
        (tmp_path / folder).mkdir()
        zip_tree(files, tmp_path / folder / "course.zip")
        monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert (tmp_path / "a/course.zip").read_bytes() == (tmp_path / "b/course.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a/course.zip") as archive:
        assert archive.testzip() is None
        assert {n: archive.read(n) for n in archive.namelist()} == {
            f"course/{path}": content for path, content in FIRST.items()
        }
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_zip_is_not_replaced_without_force_and_not_left_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "course.zip"
    path.write_bytes(b"mine")
    with pytest.raises(CourseError, match="--force"):
        zip_tree(FIRST, path)
    with monkeypatch.context() as patched:
        Failing(patched, "replace", 1)
        with pytest.raises(CourseError, match="No space left"):
            zip_tree(FIRST, path, force=True)
    assert contents(tmp_path) == {"course.zip": b"mine"}
    zip_tree(FIRST, path, force=True)
    assert zipfile.is_zipfile(path)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    for write in (lambda path: write_tree(FIRST, path, force=True), lambda p: zip_tree(FIRST, p)):
        with pytest.raises(CourseError, match=r"file/copy.*cannot be written \(Not a directory\)"):
            write(tmp_path / "file" / "copy")
    assert contents(tmp_path) == {"file": b"mine"}


def test_the_manifest_names_every_file_but_itself() -> None:
    made = with_manifest(with_manifest(FIRST))
    assert json.loads(made[MANIFEST])["files"] == hashes(FIRST)
