"""Change files of a folder: all that are asked for, or none of them."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

STAGE = ".course/.part"
ASIDE = ".aside"  # in the stage


@contextmanager
def staged(files: Mapping[str, bytes], stage: Path) -> Iterator[Path]:
    """A folder with these files in it, gone afterwards unless it was moved."""
    try:
        stage.mkdir(parents=True)
        for path, content in files.items():
            file = stage / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def replace_files(root: Path, changes: Mapping[str, bytes | None], last: str = "") -> None:
    """Write and remove files below ``root``; if anything fails, put all back.

    Args:
        changes: path -> content, None for a file that is to go.
        last: the path that is written after all others.

    Raises:
        OSError: a file cannot be changed. Then ``root`` is as before.
    """
    new = {path: content for path, content in changes.items() if content is not None}
    old = {path for path in changes if (root / path).exists()}
    done: list[str] = []
    try:
        with staged(new, root / STAGE / secrets.token_hex(4)) as stage:
            try:
                for path in sorted(changes, key=lambda path: (path == last, path)):
                    done.append(path)
                    _move(stage, root, path, path in old, path in new)
            except BaseException:
                for path in reversed(done):
                    _move_back(stage, root, path, path in old)
                raise
    except BaseException:
        _remove_empty_folders(root, [*done, f"{STAGE}/x"])
        raise
    gone = [path for path in done if path not in new]
    _remove_empty_folders(root, [*gone, f"{STAGE}/x"])


def _move(stage: Path, root: Path, path: str, old: bool, new: bool) -> None:
    """Put a file of the stage in its place, and what stood there into the stage."""
    aside = stage / ASIDE / path
    aside.parent.mkdir(parents=True, exist_ok=True)
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    if old:
        (root / path).replace(aside)
    if new:
        (stage / path).replace(root / path)


def _move_back(stage: Path, root: Path, path: str, old: bool) -> None:
    aside = stage / ASIDE / path
    with suppress(OSError):
        if aside.exists():
            aside.replace(root / path)
        elif not old:
            (root / path).unlink()


def _remove_empty_folders(root: Path, paths: Sequence[str]) -> None:
    for path in paths:
        for folder in PurePosixPath(path).parents[:-1]:
            with suppress(OSError):
                (root / folder).rmdir()


def content_of(out: Path, paths: Iterable[str]) -> dict[str, bytes]:
    """What stands in these files now, where they are plain files of the copy."""
    there = (path for path in sorted(paths) if not is_blocked(out, path))
    return {path: (out / path).read_bytes() for path in there if (out / path).exists()}


def is_blocked(out: Path, path: str) -> bool:
    """Whether something that is no plain file of the copy stands at ``path``, or on the way."""
    *folders, name = PurePosixPath(path).parts
    place = out
    for folder in folders:
        place /= folder
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            return True
    place /= name
    return place.is_symlink() or (place.exists() and not place.is_file())


def is_inside(path: str) -> bool:
    """Whether a path with forward slashes stays below the folder that it is taken from."""
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and "\\" not in path
