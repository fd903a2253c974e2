"""Where the notebook of a submission lies, and which files of the package lie beside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from graders import bounds
from graders.archive import read_archive, read_files
from graders.errors import CourseError
from graders.submission import ARCHIVE_ENDING, find_packages, read_submission

from ..batch.tree import NOTEBOOK
from .notebook import LARGEST, Cell, parse_notebook, read_notebook, too_large

Beside = tuple[dict[str, bytes], str]  # files of the package; and what is wrong with it


@dataclass(frozen=True)
class Found:
    """What a submission holds, as far as notebooks go."""

    notebooks: Sequence[str]  # where each lies, the nearest ones first
    cells: Callable[[], list[Cell]] | None  # of the one that counts; None: there is none
    beside: Callable[[], Beside]


def look_into(path: Path, package: str, name: str) -> Found:
    """Look for the notebook ``name`` in a folder or an archive.

    It counts where no package lies nearer to the top: a student copy has pages beside its package
    that are notebooks, too.

    Raises:
        CourseError: several lie equally near, or it is an archive that cannot be read.
        OSError: it cannot be read.
    """
    is_file = os.path.isfile(path)  # noqa: PTH113 -- pathlib's raises of names that are too long
    return (_in_archive if is_file else _in_folder)(path, package, name)


def _nearest(
    path: Path, name: str, notebooks: Sequence[PurePath], packages: Sequence[PurePath]
) -> PurePath | None:
    """The notebook of that name that counts, if any. All of these lie below ``path``."""
    named = [notebook for notebook in notebooks if notebook.name == name]
    depth = min((len(found.parts) for found in (*named, *packages)), default=0)
    near = [notebook for notebook in named if len(notebook.parts) == depth]
    if len(near) > 1:
        raise CourseError(
            f"{path}: there are {len(near)} notebooks {name}: {', '.join(map(str, near[:5]))}. Hand "
            "in only one."
        )
    return near[0] if near else None


def _in_folder(path: Path, package: str, name: str) -> Found:
    notebooks = [notebook.relative_to(path) for notebook in _notebooks(path)]
    packages: list[Path] = []
    with suppress(CourseError):  # where it matters, whoever reads the package says so
        packages = [found.relative_to(path) for found in find_packages(path, package)]
    nearest = _nearest(path, name, notebooks, packages)
    names = [*map(str, notebooks)]
    if nearest is None:
        return Found(names, None, lambda: ({}, ""))
    place = path / nearest
    return Found(names, lambda: read_notebook(place), lambda: _beside(place.parent, package))


def _notebooks(path: Path) -> Iterator[Path]:
    """The notebooks in a folder, the nearest ones first."""
    level = [path]
    seen = 0
    for _ in range(bounds.DEPTH):
        below: list[Path] = []
        for folder in level:
            try:
                entries = sorted(folder.iterdir())
            except OSError:
                continue  # whoever reads the submission says so
            for entry in entries:
                seen += 1
                if seen > bounds.MAX_ENTRIES or bounds.passed_over([entry.name]):
                    continue
                if entry.suffix == NOTEBOOK and not entry.is_dir():
                    yield entry
                elif entry.is_dir() and not entry.is_symlink():
                    below.append(entry)
        level = below


def _beside(folder: Path, package: str) -> Beside:
    """The files of a package in the folder of a notebook, or in an archive in it."""
    try:
        if (folder / package).is_dir():
            return {**read_submission(folder, package).files}, ""
        archives = [path for path in sorted(folder.iterdir()) if ARCHIVE_ENDING.search(path.name)]
        if len(archives) > 1:
            names = ", ".join(path.name for path in archives[:5])
            return {}, f"there are {len(archives)} archives ({names}); hand in one."
        if archives and archives[0].is_symlink():
            raise bounds.link(folder, archives[0].name)
        is_there = archives and archives[0].is_file()
        return ({**read_archive(archives[0], package)}, "") if is_there else ({}, "")
    except OSError as error:
        return {}, f"{folder} cannot be read ({error.strerror})."
    except CourseError as problem:
        return {}, str(problem)


def _in_archive(path: Path, package: str, name: str) -> Found:
    def is_notebook(inside: PurePosixPath) -> bool:
        return inside.suffix == NOTEBOOK and len(inside.parts) <= bounds.DEPTH

    def is_wanted(inside: PurePosixPath) -> bool:
        return inside.name == name and is_notebook(inside)

    files = read_files(path, package, is_wanted, LARGEST, too_large)
    notebooks = sorted(filter(is_notebook, files), key=lambda inside: (len(inside.parts), inside))
    packages = {
        PurePosixPath(*inside.parts[: inside.parts.index(package) + 1])
        for inside in files
        if package in inside.parts[:-1]
    }
    nearest = _nearest(path, name, notebooks, [*packages])
    names = [*map(str, notebooks)]
    content = files[PurePosixPath(nearest)] if nearest else None
    if nearest is None or content is None:
        return Found(names, None, lambda: ({}, ""))

    def beside() -> Beside:
        if nearest.parent / package in packages:
            try:
                return read_archive(path, package), ""
            except CourseError as problem:
                return {}, str(problem)
        packed = [f.name for f in files if f.parent == nearest.parent]
        for inner in filter(ARCHIVE_ENDING.search, packed):
            return (
                {},
                f"{inner} is an archive in an archive, and was not read. Hand in one of them.",
            )
        return {}, ""

    return Found(names, lambda: parse_notebook(name, content), beside)
