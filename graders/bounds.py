"""What a submission may hold, and the words in which one is refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from .errors import CourseError

MAX_FILES = 1_000  # of the package
MAX_ENTRIES = 20_000  # looked at, of all that lies around it
MAX_BYTES = 16 << 20  # of the package
MAX_ARCHIVE = 64 << 20  # packed
MAX_LISTING = 8 << 20  # what an archive says of its entries, before any is read
MAX_UNPACKED = 512 << 20  # all that lies around the package, which is passed over
DEPTH = 3  # how far below the top the package may lie
SKIPPED = ("__pycache__", ".git", ".venv", "venv", "node_modules", ".ipynb_checkpoints")


def passed_over(parts: Iterable[str]) -> bool:
    """Whether a path holds nothing that a learner wrote: caches, environments, compiled files."""
    return any(part in SKIPPED or part.endswith(".pyc") for part in parts)


def check_size(path: Path, package: str, count: int, total: int, name: str) -> None:
    """Refuse more files or bytes than a package may hold; ``name`` is the latest of them."""
    if count > MAX_FILES:
        raise CourseError(
            f"{path}: {package}/ holds more than {MAX_FILES} files. Hand in only the Python files."
        )
    if total > MAX_BYTES:
        raise too_large(path, package, name, total)


def shortened(names: Sequence[str]) -> str:
    """The first eight names, for a message."""
    return ", ".join(names[:8]) + (", …" if len(names) > 8 else "")


def wrong_layout(path: Path, package: str, found: list[str]) -> CourseError:
    mend = f"Hand in the folder that holds {package}/."
    if package == path.name or any(name.endswith(".py") for name in found):
        mend = f"It looks like the inside of {package}/: hand in the folder above it."
    return CourseError(
        f"{path}: there is no folder {package}/ with files in it. "
        f"Found: {shortened(found) or 'nothing, it is empty'}. {mend}"
    )


def ambiguous(path: Path, package: str, found: list[str]) -> CourseError:
    return CourseError(
        f"{path}: there are {len(found)} folders {package}/: {', '.join(found[:5])}. Name the one to "
        "grade, or hand in only one."
    )


def link(path: Path, name: str) -> CourseError:
    return CourseError(
        f"{path}: {name} is a link, and links are not followed. Put the file itself in its place."
    )


def too_large(path: Path, package: str, name: str, size: int) -> CourseError:
    return CourseError(
        f"{path}: with {name} it comes to {size >> 20} MiB, expected at most {MAX_BYTES >> 20} in "
        f"{package}/. Take checkpoints and data out of the folder."
    )


def archive_too_large(path: Path, package: str, size: int) -> CourseError:
    return CourseError(
        f"{path} has {size >> 20} MiB, expected at most {MAX_ARCHIVE >> 20}. Hand in only "
        f"{package}/, without checkpoints, data or a virtual environment."
    )


def too_many_entries(path: Path, package: str) -> CourseError:
    return CourseError(
        f"{path} holds more than {MAX_ENTRIES:,} entries or {MAX_UNPACKED >> 20} MiB. Hand in "
        f"only {package}/, without a virtual environment or data."
    )
