"""Archives made to harm: refused at once, without unpacking, and nothing of them is written."""

from __future__ import annotations

import gzip
import io
import resource
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from graders import bounds
from graders.grade import Grader
from graders.submission import read_submission
from graders.tar import Tar

from .archives import (
    ARCHIVES,
    as_tar,
    as_zip,
    entry_of,
    pax_record,
    tar_of,
    tar_with_header,
    zip_of_empty_entries,
    zip_that_states,
    zip_with_link,
)
from .test_bad_paths import FILES, PACKAGE, refusal

OUTSIDE = (
    "../evil.py",
    f"{PACKAGE}/../../evil.py",
    "/etc/evil.py",
    f"/{PACKAGE}/evil.py",
    "..\\evil.py",
    f"{PACKAGE}\\..\\..\\evil.py",
    "C:\\evil.py",
    "\\\\host\\share\\evil.py",
)


@pytest.mark.parametrize("kind", ARCHIVES)
@pytest.mark.parametrize("name", OUTSIDE)
def test_entry_that_leads_out_of_the_archive_is_refused(
    name: str, kind: str, tmp_path: Path
) -> None:
    """All of the archive is, also where the rest of it is in order."""
    before = {*tmp_path.parent.rglob("*")}
    path = ARCHIVES[kind](tmp_path / "work", {**FILES, name: b"evil"})
    said = refusal(path)
    assert "leads out of the archive" in said
    assert "none of it was read" in said
    assert {*tmp_path.parent.rglob("*")} - before == {path}


@pytest.mark.parametrize("to", ["/etc/passwd", "attention.py"])
def test_link_in_a_zip_is_refused(to: str, tmp_path: Path) -> None:
    name = f"{PACKAGE}/other.py"
    said = refusal(zip_with_link(tmp_path / "work.zip", name, to))
    assert f"{name} is a link" in said


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_link_in_a_tar_is_refused(kind: bytes, tmp_path: Path) -> None:
    name = f"{PACKAGE}/other.py"
    assert f"{name} is a link" in refusal(tar_of(tmp_path / "a.tgz", [entry_of(name, 0, kind)]))


def test_devices_and_pipes_in_a_tar_are_passed_over(tmp_path: Path) -> None:
    kinds = (tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)
    entries = [entry_of(f"{PACKAGE}/{n}", 0, kind) for n, kind in enumerate(kinds)]
    path = tar_of(tmp_path / "work.tgz", [*entries, entry_of(f"{PACKAGE}/a.py")])
    assert {**read_submission(path, PACKAGE).files} == {"a.py": b""}


def test_million_entries_in_a_zip_are_refused_before_they_are_listed(tmp_path: Path) -> None:
    path = zip_of_empty_entries(tmp_path / "work.zip", 1_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "more than 20,000 entries" in refusal(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10  # KiB


def test_few_too_many_entries_in_a_zip_are_refused(tmp_path: Path) -> None:
    path = zip_of_empty_entries(tmp_path / "work.zip", bounds.MAX_ENTRIES + 1)
    assert "more than 20,000 entries" in refusal(path)


def test_million_entries_in_a_tar_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read no further than the limit: what comes after is damaged, and nobody notices."""
    monkeypatch.setattr(bounds, "MAX_ENTRIES", 1_000)
    path = tar_of(tmp_path / "work.tgz", (entry_of(f"d/{n}") for n in range(1_200)))
    path.write_bytes(path.read_bytes()[:-100])
    assert "more than 1,000 entries" in refusal(path)


@pytest.mark.parametrize("size", [10 << 30, 17 << 20])
@pytest.mark.parametrize("kind", ARCHIVES)
def test_huge_member_is_refused_by_the_size_it_states(size: int, kind: str, tmp_path: Path) -> None:
    name = f"{PACKAGE}/weights.bin"
    if kind == "zip":
        path = zip_that_states(tmp_path / "work.zip", name, size)
    else:
        path = tar_of(tmp_path / "work.tgz", [entry_of(name, size)])
    said = refusal(path)
    assert f"with {name.partition('/')[2]}" in said.replace(f"{PACKAGE}/weights", "weights")
    assert f"{size >> 20} MiB, expected at most 16" in said


def test_huge_member_beside_the_package_is_refused_in_a_tar(tmp_path: Path) -> None:
    """One would have to unpack it to get past it. In a zip it is simply not read."""
    entries = [entry_of("data.bin", 10 << 30), entry_of(f"{PACKAGE}/a.py")]
    assert "512 MiB" in refusal(tar_of(tmp_path / "work.tgz", entries))
    path = zip_that_states(tmp_path / "work.zip", "data.bin", 10 << 30)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(f"{PACKAGE}/a.py", b"x = 1")
    assert {**read_submission(path, PACKAGE).files} == {"a.py": b"x = 1"}


@pytest.mark.parametrize(
    "kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK]
)
def test_huge_name_in_a_tar_is_refused_before_it_is_read(kind: bytes, tmp_path: Path) -> None:
    """A header may announce a name of gigabytes, all of it zeros, which pack to nothing."""
    path = tar_of(tmp_path / "work.tgz", [entry_of("name", 10 << 30, kind)])
    assert "512 MiB" in refusal(path)


HOLES = b"".join(
    pax_record(b"GNU.sparse." + key, value)
    for key, value in ((b"major", b"1"), (b"minor", b"0"), (b"name", b"x"), (b"realsize", b"0"))
)
COSTLY = {  # kind and content of a header, and what is said of it
    "digits": (tarfile.XHDTYPE, b"1" * 500_000, "attributes that no file needs"),
    "records without an end": (tarfile.XHDTYPE, b"3 \n" * 170_000 + b"=", "damaged"),
    "records of nothing": (tarfile.XHDTYPE, b"0 a=b\n", "damaged"),
    "holes": (tarfile.XHDTYPE, HOLES, "attributes that no file needs"),
    "for all entries": (tarfile.XGLTYPE, pax_record(b"comment", b"x" * 5000), "512 MiB"),
    "a long name": (
        tarfile.XHDTYPE,
        pax_record(b"path", b"a/" * 4000),
        "a name of 7,999 characters",
    ),
    "old holes": (tarfile.GNUTYPE_SPARSE, b"", "a file with holes"),
}


@pytest.mark.parametrize("name", COSTLY)
def test_header_that_costs_more_than_it_is_long_is_refused(name: str, tmp_path: Path) -> None:
    """Some took hours, or gigabytes, of a kilobyte that was handed in."""
    kind, content, said = COSTLY[name]
    assert said in refusal(tar_with_header(tmp_path / "work.tgz", kind, content))


def test_many_long_names_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tar, "left", 1 << 18)
    content = pax_record(b"path", b"a" * 4000 + b".py")
    path = tar_with_header(tmp_path / "work.tgz", tarfile.XHDTYPE, content, 70)
    assert "512 MiB" in refusal(path)


def test_attributes_that_systems_write_do_no_harm(tmp_path: Path) -> None:
    """Of macOS, of git and of tar itself: long names, times in fractions of a second, a commit."""
    name = f"{PACKAGE}/{'folder/' * 40}naïve.py"
    path = tmp_path / "work.tar.gz"
    attributes = {"mtime": "1700000000.123456789", "SCHILY.xattr.com.apple.provenance": "\1\2"}
    with tarfile.open(
        path,
        "w:gz",
        format=tarfile.PAX_FORMAT,
        pax_headers={"comment": "0123456789" * 3 + "abcdef"},
    ) as archive:
        for number in range(3):
            entry = tarfile.TarInfo(name.replace("naïve", f"naïve{number}"))
            entry.size, entry.pax_headers = 5, attributes
            archive.addfile(entry, io.BytesIO(b"x = 1"))
    files = read_submission(path, PACKAGE).files
    assert [*files.values()] == [b"x = 1"] * 3


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_entry_of_which_reading_a_little_unpacks_all_is_refused(
    method: int, tmp_path: Path
) -> None:
    """Whatever size it states."""
    with zipfile.ZipFile(tmp_path / "work.zip", "w", method) as archive:
        archive.writestr(f"{PACKAGE}/a.py", bytes(64 << 20))
        archive.infolist()[0].file_size = 5
    tracemalloc.start()
    try:
        assert "not packed by the common method, deflate" in refusal(tmp_path / "work.zip")
        assert tracemalloc.get_traced_memory()[1] < 24 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size", [3, 4, 6, 100])
def test_size_that_is_not_what_is_there_is_noticed(size: int, tmp_path: Path) -> None:
    said = refusal(zip_that_states(tmp_path / "work.zip", f"{PACKAGE}/a.py", size))
    assert "a.py is not of the size" in said if size > 5 else "cannot be unpacked" in said


@pytest.mark.parametrize("kind", ARCHIVES)
@pytest.mark.parametrize("harm", ["cut", "flipped"])
def test_damaged_archive_is_to_be_made_again(kind: str, harm: str, tmp_path: Path) -> None:
    content = bytes(range(256)) * 64
    path = ARCHIVES[kind](tmp_path / "work", {**FILES, f"{PACKAGE}/b.py": content})
    damaged = bytearray(path.read_bytes())
    if harm == "cut":
        del damaged[len(damaged) // 2 :]
    else:
        damaged[len(damaged) // 2] ^= 0xFF
    path.write_bytes(damaged)
    said = refusal(path)
    assert "cannot be unpacked" in said or "is not a folder, a .zip or a .tar.gz" in said


def test_gzip_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "work.tar.gz"
    path.write_bytes(gzip.compress(b"not a tar" * 100))
    assert "cannot be unpacked" in refusal(path)


@pytest.mark.parametrize("content", [b"", b"x", b"\x1f\x8b", b"PK\5\6", b"some text\n" * 99])
def test_file_that_is_no_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "work.zip"
    path.write_bytes(content)
    said = refusal(path)
    assert "is not a folder, a .zip or a .tar.gz" in said or "cannot be unpacked" in said


def test_encrypted_zip_is_refused(tmp_path: Path) -> None:
    path = as_zip(tmp_path / "work", FILES)
    content = bytearray(path.read_bytes())
    for magic, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(magic) + offset] |= 1
    path.write_bytes(content)
    assert "encrypted" in refusal(path)


def test_archive_of_too_many_packed_bytes_is_refused_unseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MAX_ARCHIVE", 1 << 20)
    path = tmp_path / "work.zip"
    with path.open("wb") as file:
        file.truncate(3 << 20)  # sparse
    assert "has 3 MiB, expected at most 1" in refusal(path)


@pytest.mark.usefixtures("leaves_nothing")
def test_hostile_archive_leaves_the_next_submission_alone(grader: Grader, tmp_path: Path) -> None:
    bad = grader.grade(as_tar(tmp_path / "work", {**FILES, "../x": b""}))
    assert (bad.outcome, bad.score, bad.submission) == ("error", 0, "work")
    good = grader.grade(as_zip(tmp_path / "stubs", FILES))
    assert (good.outcome, good.submission, good.score) == ("graded", "stubs", 0)
