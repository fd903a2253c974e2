"""Archives of a class that are damaged or made to harm: nothing leaves them, and the others go on."""

from __future__ import annotations

import errno
import io
import shutil
import tarfile
import tempfile
import tracemalloc
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from weakref import WeakSet

import pytest

from graders import bounds
from graders.errors import CourseError
from graders.tar import TarEntry
from tools.batch import unpack
from tools.batch.collect import collected

from .archives import (
    ARCHIVES,
    Files,
    as_folder,
    as_tar,
    as_zip,
    entry_of,
    zip_of_empty_entries,
    zip_that_states,
    zip_with_link,
)
from .classes import PACKAGE, all_right, find, work, zipped
from .test_bad_archives import OUTSIDE

CLASS: Files = {
    **work("alice", "alice/"),
    "bob.zip": zipped(work("bob")),
    **work("carol", "carol/repo/"),
}
GOOD = ["alice", "bob", "carol"]


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def tar_with(path: Path, files: Files, entries: Mapping[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        for entry, content in entries.items():
            archive.addfile(entry, io.BytesIO(content))
    return path


@pytest.mark.parametrize("kind", ARCHIVES)
@pytest.mark.parametrize("name", OUTSIDE)
def test_entry_that_leads_outside_spoils_the_archive(
    kind: str, name: str, tmp_path: Path, scratch: Path
) -> None:
    before = {*tmp_path.parent.rglob("*")}
    path = ARCHIVES[kind](tmp_path / "class", {**CLASS, name: b"evil"})
    found = find(path)
    assert found.students == ["class"]
    assert "leads out of the archive, so none of it was read" in found.read["class"]
    assert {*tmp_path.parent.rglob("*")} - before == {path}
    assert [*scratch.iterdir()] == []


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
@pytest.mark.parametrize("name", [f"mallory/{PACKAGE}/b.py", "mallory.zip"])
def test_link_costs_only_its_own_submission(kind: bytes, name: str, tmp_path: Path) -> None:
    files = {**CLASS, **(work("x", "mallory/") if "b.py" in name else {})}
    found = find(tar_with(tmp_path / "class.tgz", files, {entry_of(name, 0, kind): b""}))
    assert found.students == [*GOOD, "mallory"]
    assert f"{name.removeprefix('mallory/')} is a link, and links" in found.read["mallory"]
    assert [found.read[name] for name in GOOD] == GOOD


def test_link_in_a_zip_costs_only_its_own_submission(tmp_path: Path) -> None:
    path = zip_with_link(tmp_path / "class.zip", f"mallory/{PACKAGE}/a.py", "/etc/passwd")
    with zipfile.ZipFile(path, "a") as archive:
        for name, content in CLASS.items():
            archive.writestr(name, content)
    found = find(path)
    assert f"{PACKAGE}/a.py is a link" in found.read["mallory"]
    assert [found.read[name] for name in GOOD] == GOOD


def test_file_below_a_link_is_not_written_through_it(tmp_path: Path) -> None:
    outside = as_folder(tmp_path / "outside", {"kept": b""})
    link = entry_of("mallory", 0, tarfile.SYMTYPE)
    link.linkname = str(outside)
    inside = entry_of(f"mallory/{PACKAGE}/a.py", 1)
    found = find(tar_with(tmp_path / "class.tgz", CLASS, {link: b"", inside: b"x"}))
    assert [found.read[name] for name in GOOD] == GOOD
    assert [p.name for p in outside.iterdir()] == ["kept"]


def test_devices_and_pipes_are_passed_over(tmp_path: Path) -> None:
    kinds = (tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)
    odd = {entry_of(f"alice/{PACKAGE}/{n}.py", 0, kind): b"" for n, kind in enumerate(kinds)}
    assert all_right(find(tar_with(tmp_path / "class.tgz", CLASS, odd)), GOOD)


@pytest.mark.parametrize("kind", ARCHIVES)
def test_submission_that_is_too_large_costs_only_itself(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scratch: Path
) -> None:
    """None of it is written; what lies around a package is not counted, and not written either."""
    monkeypatch.setattr(bounds, "MAX_ARCHIVE", 4 << 20)
    monkeypatch.setattr(bounds, "MAX_BYTES", 2 << 20)
    big = bytes(5 << 20)
    files = {
        **CLASS,
        "big.zip": big,
        **work("x", "heavy/"),
        f"heavy/{PACKAGE}/weights.bin": big,
        "alice/data.bin": big,
        f"carol/old/{PACKAGE}/data.bin": big,
        f"carol/{PACKAGE}/deeper/{PACKAGE}/.venv/data.bin": big,
    }
    path = ARCHIVES[kind](tmp_path / "class", {**files, **work("carol", "carol/")})
    with collected([path], PACKAGE):
        sizes = [file.stat().st_size for file in scratch.rglob("*") if file.is_file()]
        assert sum(sizes) < 1 << 20
    found = find(path)
    assert found.students == ["alice", "big", "bob", "carol", "heavy"]
    assert found.read["big"].startswith("big.zip has 5 MiB, expected at most 4")
    assert "weights.bin it comes to 5 MiB, expected at most 2" in found.read["heavy"]
    assert [found.read[name] for name in GOOD] == GOOD


def test_submission_that_states_gigabytes_costs_only_itself(tmp_path: Path) -> None:
    path = zip_that_states(tmp_path / "class.zip", "big.zip", 30 << 30)
    with zipfile.ZipFile(path, "a") as archive:
        for name, content in CLASS.items():
            archive.writestr(name, content)
    found = find(path)
    assert "big.zip has 30720 MiB, expected at most 64" in found.read["big"]
    assert [found.read[name] for name in GOOD] == GOOD


@pytest.mark.parametrize("kind", ARCHIVES)
def test_bomb_is_refused_before_it_is_unpacked(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scratch: Path
) -> None:
    """More than a class hands in, or than an honest archive of that size can hold."""
    monkeypatch.setattr(bounds, "MAX_UNPACKED", 1 << 20)
    files = {**CLASS, **{f"{n}.zip": bytes(1 << 20) for n in range(20)}}
    path = ARCHIVES[kind](tmp_path / "class", files)
    found = find(path)
    assert found.students == ["class"]
    assert "holds more than 500,000 entries or" in found.read["class"]
    monkeypatch.setattr(unpack, "MAX_RATIO", 10_000)
    assert len(find(path).students) == 23
    monkeypatch.setattr(unpack, "MAX_BYTES", 19 << 20)
    assert "entries or 19 MiB" in find(path).read["class"]
    assert [*scratch.iterdir()] == []


@pytest.mark.parametrize("kind", ARCHIVES)
def test_one_submission_has_its_own_bounds(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpack, "MAX_ENTRIES", 1)
    assert all_right(find(ARCHIVES[kind](tmp_path / "a", {**work("a"), "x": b"", "y": b""})), ["a"])


def test_too_many_entries_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "MAX_ENTRIES", 4)
    assert len(find(as_tar(tmp_path / "four", {**CLASS, "x.csv": b""})).students) == 3
    found = find(as_tar(tmp_path / "five", {**CLASS, "x.csv": b"", "y.csv": b""}))
    assert "more than 4 entries" in found.read["five"]


def test_huge_table_of_contents_is_never_parsed(tmp_path: Path) -> None:
    path = zip_of_empty_entries(tmp_path / "class.zip", 3_000_000)
    tracemalloc.start()
    try:
        assert "more than 500,000 entries" in find(path).read["class"]
        assert tracemalloc.get_traced_memory()[1] < 400 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", ARCHIVES)
def test_large_archive_is_streamed(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpack, "MAX_RATIO", 10_000)
    files = {f"{n}.zip": bytes(16 << 20) for n in range(3)}
    path = ARCHIVES[kind](tmp_path / "class", {**CLASS, **files})
    tracemalloc.start()
    try:
        with collected([path], PACKAGE) as handed:
            assert len(handed) == 6
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_entries_of_a_tar_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alive: WeakSet[tarfile.TarInfo] = WeakSet()
    counts = []

    class Counted(TarEntry):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            alive.add(self)
            counts.append(len(alive))

    entries = {entry_of(f"alice/.git/{number}"): b"" for number in range(200)}
    path = tar_with(tmp_path / "class.tgz", CLASS, entries)
    monkeypatch.setattr(unpack.ClassTar, "tarinfo", Counted)
    assert all_right(find(path), GOOD)
    assert len(counts) >= 2 * 200  # they are listed, then unpacked
    assert max(counts) < 20


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_entry_that_unpacks_beyond_bounds_in_one_piece_is_refused(
    method: int, tmp_path: Path
) -> None:
    """Of such entries, Python reads more than it was asked for."""
    path = as_zip(tmp_path / "class", CLASS)
    with zipfile.ZipFile(path, "a", method) as archive:
        archive.writestr("mallory.zip", bytes(48 << 20))
        archive.writestr("submission_metadata.yml", bytes(48 << 20))
        archive.writestr("submission_1/a.py", b"")
    tracemalloc.start()
    try:
        found = find(path)
        assert tracemalloc.get_traced_memory()[1] < 24 << 20
    finally:
        tracemalloc.stop()
    assert found.students == [*GOOD, "mallory", "submission_1"]
    assert "mallory.zip is not packed by the common method" in found.read["mallory"]
    assert [found.read[name] for name in GOOD] == GOOD


def test_damaged_entry_of_a_zip_costs_only_its_own_submission(tmp_path: Path) -> None:
    """A file that is cut off is not graded as if it were whole."""
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for name, content in {**CLASS, f"carol/repo/{PACKAGE}/b.py": b"precious"}.items():
            archive.writestr(name, content)
    content = (tmp_path / "class.zip").read_bytes()
    (tmp_path / "class.zip").write_bytes(content.replace(b"precious", b"preciouz", 1))
    found = find(tmp_path / "class.zip")
    assert found.students == GOOD
    assert (
        f"class.zip: carol/repo/{PACKAGE}/b.py cannot be unpacked (Bad CRC" in found.read["carol"]
    )
    assert [found.read[name] for name in GOOD[:2]] == GOOD[:2]


@pytest.mark.parametrize("kind", ARCHIVES)
@pytest.mark.parametrize("size", ["small", "large"])
def test_archive_that_is_cut_off_says_so(
    kind: str, size: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is too large for a submission does not say that it is."""
    path = ARCHIVES[kind](tmp_path / "class", CLASS)
    path.write_bytes(path.read_bytes()[:-60])
    if size == "large":
        monkeypatch.setattr(bounds, "MAX_ARCHIVE", 10)
    said = find(path).read["class"]
    assert "cannot be unpacked" in said or (size == "small" and "not a folder, a .zip" in said)


def test_checksum_at_the_end_is_read(tmp_path: Path) -> None:
    path = as_tar(tmp_path / "class", CLASS)
    content = bytearray(path.read_bytes())
    content[-8] ^= 1
    path.write_bytes(content)
    assert "cannot be unpacked (CRC check failed" in find(path).read["class"]


def test_package_without_files_is_none(tmp_path: Path) -> None:
    found = find(as_zip(tmp_path / "class", {**CLASS, f"nan/{PACKAGE}/": b""}))
    assert f"there is no folder {PACKAGE}/ with files in it" in found.read["nan"]


def test_encrypted_archive_says_so(tmp_path: Path) -> None:
    path = as_zip(tmp_path / "class", CLASS)
    content = bytearray(path.read_bytes())
    for magic, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(magic) + offset] |= 1
    path.write_bytes(content)
    assert "class.zip is encrypted. Unpack it" in find(path).read["class"]


@pytest.mark.parametrize("kind", ARCHIVES)
def test_names_that_no_folder_can_hold_cost_only_their_own(kind: str, tmp_path: Path) -> None:
    files = {**CLASS, **work("x", "mallory/"), f"mallory/{PACKAGE}/{'x' * 300}.py": b""}
    files |= {f"nan/{PACKAGE}/a": b"", f"nan/{PACKAGE}/a/b.py": b""}
    found = find(ARCHIVES[kind](tmp_path / "class", files))
    assert found.students == [*GOOD, "mallory", "nan"]
    assert "cannot be unpacked" in found.read["mallory"]
    assert "cannot be unpacked" in found.read["nan"]
    assert [found.read[name] for name in GOOD] == GOOD


def test_disk_that_is_full_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scratch: Path
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(CourseError, match=r"no room to unpack .*class\.zip .*Set TMPDIR"):
        find(as_zip(tmp_path / "class", CLASS))
    assert [*scratch.iterdir()] == []
