"""What a learner's files were before a command changed them, kept in the copy, and put back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from graders.errors import CourseError
from graders.files import write_whole
from graders.staging import content_of, replace_files

FOLDER = ".course/backups"
LIST = "backup.json"
FILES = "files"


def keep(root: Path, command: str, paths: Iterable[str]) -> Path:
    """Keep the files at ``paths`` as they are now, and which of them are not there.

    Returns:
        the folder that they are kept in: ``.course/backups/0003-update``, the highest number last.

    Raises:
        CourseError: it cannot be written. Then nothing was kept.
    """
    paths = sorted(paths)
    number = max((number for number, _, _ in _kept(root)), default=0) + 1
    folder = root / FOLDER / f"{number:04}-{command}"
    there = content_of(root, paths)
    try:
        (folder / FILES).mkdir(parents=True)
        for path, content in there.items():
            (folder / FILES / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / FILES / path).write_bytes(content)
    except OSError as error:
        raise CourseError(
            f"No backup can be written to {folder} ({error.strerror}), so nothing was changed. Make "
            "room or give the permission, and run again."
        ) from None
    write_whole(folder / LIST, json.dumps({"paths": paths}, indent=1).encode())
    return folder


def undo(root: Path, command: str) -> tuple[Path, list[str]]:
    """Put back what the last ``command`` changed. What is there now is kept as well, so that
    a second undo takes the first one back.

    Returns:
        where the present files are kept, and the paths that were put back.

    Raises:
        CourseError: there is nothing to put back, or it cannot be written. Then all is as before.
    """
    kept = [folder for _, name, folder in _kept(root) if name == command]
    if not kept:
        raise CourseError(f"There is no backup of a `course {command}` in {root / FOLDER}.")
    folder = kept[-1]
    try:
        paths = [str(path) for path in json.loads((folder / LIST).read_bytes())["paths"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CourseError(
            f"{folder / LIST} is damaged ({error}). The files as they were are in "
            f"{folder / FILES}: copy back what you need. Nothing was changed."
        ) from None
    before = content_of(folder / FILES, paths)
    now = keep(root, command, paths)
    replace_files(root, {path: before.get(path) for path in paths})
    return now, paths


def _kept(root: Path) -> list[tuple[int, str, Path]]:
    """Number, command and folder of each backup, the latest last."""
    folders = (root / FOLDER).glob("*-*") if (root / FOLDER).is_dir() else ()
    found = [(re.fullmatch(r"(\d+)-(\w+)", folder.name), folder) for folder in folders]
    complete = [(m, folder) for m, folder in found if m and (folder / LIST).is_file()]
    return sorted((int(m[1]), m[2], folder) for m, folder in complete)
