"""Write a student copy to disk: all of it or nothing, and never over what a learner wrote."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from graders.errors import CourseError
from graders.files import explained
from graders.released import MANIFEST
from graders.staging import content_of, is_blocked, is_inside, replace_files, staged

_ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest one that a zip can hold


@dataclass(frozen=True)
class Written:
    """What became of the files of a folder."""

    kept: tuple[str, ...]  # changed or added by the learner, or in the way of a file of the release
    written: tuple[str, ...]  # new, or other than before
    removed: tuple[str, ...]  # of the earlier release, and no longer in this one


def hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    """path -> SHA-256, in hexadecimal."""
    return {path: hashlib.sha256(files[path]).hexdigest() for path in sorted(files)}


def with_manifest(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """``files`` with a manifest of them, from which a later release knows what is a learner's."""
    rest = {path: content for path, content in files.items() if path != MANIFEST}
    text = json.dumps({"files": hashes(rest)}, indent=1, sort_keys=True) + "\n"
    return {**rest, MANIFEST: text.encode()}


def write_tree(
    files: Mapping[str, bytes],
    out: Path,
    force: bool,
    what: str = "student copy",
    whose: str = "the learner's",
) -> Written:
    """Write a student copy, or something else of which parts are changed, into the folder ``out``.

    Args:
        files: path -> content. One without a manifest gets one.
        out: a folder that does not exist, or is empty, or, with ``force``, holds an earlier copy:
            then its files are renewed, but for those that the learner changed or added.
        force: renew the copy in ``out``.
        what, whose: words for it, and for what was changed in it, in errors.

    Raises:
        CourseError: something else is there, or it cannot be written. Then ``out`` is as before.
    """
    files = files if MANIFEST in files else with_manifest(files)
    for path in files:
        if not is_inside(path):
            raise ValueError(f"{path!r} leads out of the copy")
    out = Path(os.path.realpath(out))
    try:
        if _is_free(out):
            return _write_new(files, out)
        return _renew(files, out, _earlier_release(out, force, what, whose))
    except OSError as error:
        raise CourseError(
            f"{out} cannot be written ({error.strerror}). Nothing was changed. "
            "Make room or give the permission, or choose another folder, and run again."
        ) from None


def require_room(out: Path, force: bool, archive: Path | None = None) -> None:
    """Refuse at once what ``write_tree`` and ``write_zip`` would refuse when a release is made.

    Raises:
        CourseError: a student copy cannot be written into ``out``, or a zip as ``archive``.
    """
    out = Path(os.path.realpath(out))
    with suppress(OSError):  # that is said when it is written
        if not _is_free(out):
            _earlier_release(out, force, "student copy", "the learner's")
    if archive:
        _require_new(archive, force)


def _is_free(out: Path) -> bool:
    return not os.path.lexists(out) or (out.is_dir() and not any(out.iterdir()))


def _require_new(path: Path, force: bool) -> None:
    if path.is_dir() or (path.exists() and not force):
        mend = "Choose another name." if path.is_dir() else "Use --force to replace it."
        raise CourseError(f"{path} exists already. Nothing was changed. {mend}")


def _earlier_release(out: Path, force: bool, what: str, whose: str) -> dict[str, str]:
    """The hashes of the copy that stands in ``out``; CourseError if it must be left alone."""
    if not out.is_dir():
        raise CourseError(f"{out} is a file, expected a folder. Choose another name for --out.")
    names = sorted(path.name for path in out.iterdir())
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    if not (out / MANIFEST).is_file() or is_blocked(out, MANIFEST):
        raise CourseError(
            f"{out} is not empty and holds no {what} (there is no {MANIFEST} in it, but "
            f"{shown}). Nothing was changed. Choose another folder."
        )
    if not force:
        raise CourseError(
            f"There is a {what} in {out} already ({shown}). Use --force to renew it: what is "
            f"{whose}, changed or added there, is kept. Or choose another folder."
        )
    try:
        before = json.loads((out / MANIFEST).read_text(encoding="utf-8"))["files"]
        if all(isinstance(digest, str) and is_inside(path) for path, digest in before.items()):
            return dict(before)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise CourseError(
        f"{out / MANIFEST} is damaged, so nobody can tell which files of this {what} are "
        f"{whose}. Nothing was changed. Choose another folder."
    )


def work_in(out: Path, folder: str, force: bool) -> list[str]:
    """The files below ``folder`` of an earlier copy in ``out`` that somebody changed or added.

    Raises:
        CourseError: ``write_tree`` would refuse this place, too; this says so before the work.
    """
    out = Path(os.path.realpath(out))
    with explained(out):
        if not os.path.lexists(out) or (out.is_dir() and not any(out.iterdir())):
            return []
        before = _earlier_release(out, force, "student copy", "the learner's")
        old = content_of(out, before)
    changed = {p for p in old if hashlib.sha256(old[p]).hexdigest() != before[p]}
    return sorted(
        path for path in changed | _added(out, {*before}) if path.startswith(f"{folder}/")
    )


def _write_new(files: Mapping[str, bytes], out: Path) -> Written:
    if out.is_dir() and (os.path.ismount(out) or out.samefile(Path.cwd())):
        return _renew(files, out, {})  # a folder that must not be replaced by another
    above = [folder for folder in out.parents if not folder.exists()]
    try:
        with staged(files, out.with_name(f".{out.name}.{secrets.token_hex(4)}.part")) as stage:
            if os.name == "nt" and out.is_dir():  # there, an empty folder is not replaced
                out.rmdir()
            stage.replace(out)
    except BaseException:
        for folder in above:
            with suppress(OSError):
                folder.rmdir()
        raise
    return Written((), (*sorted(files),), ())


def _renew(files: Mapping[str, bytes], out: Path, before: Mapping[str, str]) -> Written:
    """Replace what is still as ``before``; put all back if anything fails."""
    old = content_of(out, {*files, *before})
    blocked = {path for path in {*files, *before} if is_blocked(out, path)}
    changed = {
        path
        for path, content in old.items()
        if path != MANIFEST
        and content != files.get(path)
        and hashlib.sha256(content).hexdigest() != before.get(path)
    }
    kept = (changed | blocked) & {*files, *before}
    new = {p: c for p, c in files.items() if p not in kept and old.get(p) != c}
    gone = [path for path in old if path not in files and path not in kept]
    replace_files(out, {**new, **dict.fromkeys(gone)}, last=MANIFEST)
    kept |= _added(out, {*files, *before})
    return Written((*sorted(kept),), (*sorted(new),), (*sorted(gone),))


def _added(out: Path, ours: set[str]) -> set[str]:
    """Files that the learner added, but for what Python, git and virtual environments make."""
    found = set()
    for folder, folders, names in os.walk(out):
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".")
            and name != "__pycache__"
            and not name.endswith(".egg-info")
            and not (Path(folder) / name / "pyvenv.cfg").exists()
        ]
        found |= {(Path(folder) / name).relative_to(out).as_posix() for name in names}
    return found - ours


def zip_tree(files: Mapping[str, bytes], path: Path, force: bool = False) -> None:
    """Write ``files`` into a zip, in one folder named like it, as ``write_zip`` does."""
    write_zip({f"{path.stem}/{name}": content for name, content in files.items()}, path, force)


def write_zip(files: Mapping[str, bytes], path: Path, force: bool = False) -> None:
    """Write ``files`` into a zip; scripts can be run. Equal files give equal bytes.

    Raises:
        CourseError: something is there already and ``force`` is not given, or it cannot be written.
    """
    _require_new(path, force)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with zipfile.ZipFile(part, "w") as archive:
            for name in sorted(files):
                info = zipfile.ZipInfo(name, _ZIP_DATE)
                info.create_system = 3  # Unix, wherever it is made
                mode = 0o100755 if files[name].startswith(b"#!") else 0o100644
                info.external_attr = mode << 16
                archive.writestr(info, files[name], zipfile.ZIP_DEFLATED, 9)
        part.replace(path)
    except OSError as error:
        raise CourseError(
            f"{path} cannot be written ({error.strerror}). Nothing was changed. Make room or give "
            "the permission, or choose another place, and run again."
        ) from None
    finally:
        with suppress(OSError):
            part.unlink()
