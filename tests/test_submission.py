"""Equal work is one submission, however it is packed; and no archive breaks the reading of it."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import warnings
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graders import bounds
from graders.errors import CourseError
from graders.submission import Submission, read_submission

from .archives import ARCHIVES, PACKERS, as_folder, as_tar, as_zip

PACKAGE = "tiny_transformer"
FILES = {
    "__init__.py": b"",
    "attention.py": b"import torch\r\n",
    "practice/attention.py": "# h\N{LATIN SMALL LETTER E WITH ACUTE}ros".encode(),
    "data/table.bin": bytes(range(256)),
}
PLACES = ("", "alice", "course-copy/src")
AROUND = {
    "README.md": b"# mine",
    "tests/test_mine.py": b"assert True",
    f"{PACKAGE}/__pycache__/attention.cpython-311.pyc": b"compiled",
    f"{PACKAGE}/attention.pyc": b"compiled",
    f"{PACKAGE}/.ipynb_checkpoints/attention-checkpoint.py": b"old",
    f"{PACKAGE}/.git/config": b"[core]",
    f".venv/lib/{PACKAGE}/attention.py": b"another",
    f"__MACOSX/{PACKAGE}/._attention.py": b"a Mac was here",
}


def placed(place: str, around: dict[str, bytes] | None = None) -> dict[str, bytes]:
    """The files of the package, and others, in a folder of what is handed in."""
    files = {f"{PACKAGE}/{name}": content for name, content in FILES.items()} | (around or {})
    return {str(PurePosixPath(place, name)): content for name, content in files.items()}


@pytest.mark.parametrize("place", PLACES, ids=["top", "one_down", "two_down"])
@pytest.mark.parametrize("kind", PACKERS)
def test_same_work_is_the_same_submission(kind: str, place: str, tmp_path: Path) -> None:
    """A folder, a .zip, a .tar.gz; the package at the top or up to two folders down."""
    made = read_submission(PACKERS[kind](tmp_path / "alice", placed(place)), PACKAGE)
    assert {**made.files} == FILES
    assert (made.name, made.digest) == ("alice", Submission("", FILES).digest)


@pytest.mark.parametrize("kind", PACKERS)
def test_what_lies_around_is_passed_over(kind: str, tmp_path: Path) -> None:
    """Caches, environments, version control, compiled files: they change nothing."""
    made = read_submission(PACKERS[kind](tmp_path / "alice", placed("", AROUND)), PACKAGE)
    assert {**made.files} == FILES


@pytest.mark.parametrize("kind", PACKERS)
def test_what_is_passed_over_may_be_large(kind: str, tmp_path: Path) -> None:
    """A cache does not count as part of the work."""
    cache = {f"{PACKAGE}/__pycache__/x.bin": bytes(bounds.MAX_BYTES + 1)}
    made = read_submission(PACKERS[kind](tmp_path / "alice", placed("", cache)), PACKAGE)
    assert {**made.files} == FILES


@pytest.mark.parametrize("kind", PACKERS)
def test_nearest_package_is_taken(kind: str, tmp_path: Path) -> None:
    """One further down, such as an example or a backup, is not in its way."""
    around = {f"old/{PACKAGE}/attention.py": b"old"}
    made = read_submission(PACKERS[kind](tmp_path / "alice", placed("", around)), PACKAGE)
    assert {**made.files} == FILES


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("a.zip", "a"),
        ("a.tar.gz", "a"),
        ("a.TGZ", "a"),
        ("a.b.zip", "a.b"),
        ("alice.smith", "alice.smith"),
    ],
)
def test_submission_is_called_as_its_file(file: str, name: str, tmp_path: Path) -> None:
    """Without the ending of an archive; two that differ elsewhere have different names."""
    packed = as_zip(tmp_path / "x", placed("")).rename(tmp_path / file)
    assert read_submission(packed, PACKAGE).name == name


def test_archive_is_known_by_its_content_and_not_by_its_name(tmp_path: Path) -> None:
    for number, pack in enumerate(ARCHIVES.values()):
        packed = pack(tmp_path / "x", placed("")).rename(tmp_path / f"{number}.bin")
        assert {**read_submission(packed, PACKAGE).files} == FILES


def test_current_folder_is_called_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(as_folder(tmp_path / "alice", placed("")))
    assert read_submission(Path(), PACKAGE).name == "alice"


def test_digest_tells_names_and_bytes_apart() -> None:
    """Neither a byte moved from a name into a file, nor from one file to the next, is lost."""
    made = [
        {"a": b"bc"},
        {"ab": b"c"},
        {"a": b"b", "c": b""},
        {"a": b"", "b": b"c"},
        {"a": b"b", "b": b"c"},
        {"a": b"b", "ca": b"d"},
        {"a": b"bca\0d"},
        {},
    ]
    assert len({Submission("", files).digest for files in made}) == len(made)
    assert (
        Submission("x", {"a": b"", "b": b""}).digest == Submission("", {"b": b"", "a": b""}).digest
    )


def test_name_that_is_not_utf8_is_read_and_written(tmp_path: Path) -> None:
    """A file named on an old system costs nothing."""
    name = os.fsdecode(b"caf\xe9.txt")
    folder = as_folder(tmp_path / "alice", placed("", {f"{PACKAGE}/{name}": b"x"}))
    made = read_submission(folder, PACKAGE)
    assert made.files[name] == b"x"
    assert len(made.digest) == 16
    made.write(tmp_path / "out")
    assert (tmp_path / "out" / name).read_bytes() == b"x"


def test_written_files_are_those_that_were_read(tmp_path: Path) -> None:
    read_submission(as_tar(tmp_path / "alice", placed("")), PACKAGE).write(tmp_path / "out")
    written = {
        path.relative_to(tmp_path / "out").as_posix(): path.read_bytes()
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    }
    assert written == FILES


parts = st.sampled_from([PACKAGE, "..", ".", "", "a", "a.py", "/", "\\", "C:", "__pycache__", "é"])
names = st.lists(parts | st.text(max_size=3), min_size=1, max_size=5).map("/".join)


def hostile_tar(entries: list[tuple[str, bytes, bytes]], form: int) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz", format=form, compresslevel=1) as archive:
        for name, kind, content in entries:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "../../etc/passwd"
            entry.size = len(content) if kind == tarfile.REGTYPE else 0
            archive.addfile(entry, io.BytesIO(content))
    return target.getvalue()


def hostile_zip(entries: list[tuple[str, int, bytes]]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of duplicate names
        for name, mode, content in entries:
            entry = zipfile.ZipInfo("x")
            entry.filename, entry.create_system = name, 3
            entry.external_attr = mode << 16
            archive.writestr(entry, content)
    return target.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


def check_reading(content: bytes, folder: Path) -> None:
    """Reading gives files that can be written below a folder, or a CourseError; all else stays."""
    path, out = folder / "work", folder / "deep" / "er" / "out"
    path.write_bytes(content)
    said = ""
    try:
        made = read_submission(path, PACKAGE)
        assert made.files
        assert len(made.digest) == 16
        out.mkdir(parents=True, exist_ok=True)
        made.write(out)
    except CourseError as error:
        said = str(error)
    assert said.isprintable()
    assert {p.name for p in folder.iterdir()} <= {"work", "deep"}
    assert {p.name for p in (folder / "deep").rglob("*") if out not in p.parents} <= {"er", "out"}


contents = st.binary(max_size=20)
tar_kinds = st.sampled_from(
    [tarfile.REGTYPE] * 4
    + [tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, b"V"]
)
zip_modes = st.sampled_from([0o100644] * 4 + [0, 0o040755, 0o120777, 0o010644])
SLOW = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@given(
    st.lists(st.tuples(names, tar_kinds, contents), max_size=4),
    st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]),
)
@SLOW
def test_tar_of_any_entries_is_read_or_refused(
    folder: Path, entries: list[tuple[str, bytes, bytes]], form: int
) -> None:
    try:
        content = hostile_tar(entries, form)
    except (ValueError, UnicodeError):
        return
    check_reading(content, folder)


@given(st.lists(st.tuples(names, zip_modes, contents), max_size=4))
@SLOW
def test_zip_of_any_entries_is_read_or_refused(
    folder: Path, entries: list[tuple[str, int, bytes]]
) -> None:
    try:
        content = hostile_zip(entries)
    except (ValueError, UnicodeError):
        return
    check_reading(content, folder)


@given(st.data(), st.sampled_from(["zip", "tar.gz", "tar"]))
@SLOW
def test_damaged_archive_is_read_or_refused(folder: Path, data: st.DataObject, kind: str) -> None:
    """Bytes changed, cut out or put in, anywhere, in a packed or a plain one."""
    entries = [(f"{PACKAGE}/a.py", 0o100644, b"x = 1"), ("../b", 0o100644, b"y")]
    if kind == "zip":
        content = bytearray(hostile_zip(entries))
    else:
        content = bytearray(
            hostile_tar([(n, tarfile.REGTYPE, c) for n, _, c in entries], tarfile.PAX_FORMAT)
        )
    if kind == "tar":
        content = bytearray(gzip.decompress(content)[:2048])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
        if not content:
            break
    check_reading(bytes(content), folder)
