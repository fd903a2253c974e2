"""Find the submissions of a class, and name them.

A PATH is one submission, or holds those of a class:

- A folder or archive with the package at its top is one submission, and so is one in which just
  one entry holds a package, and no other is an archive. It is called as its file, or by its id if
  an LMS has named it (``lms``).
- Any other folder or archive that holds packages or archives, or names of an LMS, is a class. Each
  folder, archive and .py file in it is a submission, whether it can be graded or not; in the folder
  of a learner without a package, each archive is one. Loose files and what systems leave behind are
  passed over. Archives in it are read as submissions, never as classes.
- Of several folders (or archives) that are named side by side, either all are classes or each is
  what one learner handed in: a learner's archive cannot hand in for others.
- A PATH with ``*``, ``?`` or ``[]`` that does not exist stands for what it matches.
"""

from __future__ import annotations

import glob
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from graders import bounds
from graders.errors import CourseError, printable
from graders.worker.folders import private_folder

from . import lms
from .layout import Unit, class_in, handed_in
from .names import as_pattern, stem_of, student_in, told_apart
from .tree import Entry, Folder, OnDisk, is_junk
from .unpack import list_archive, unpack


@dataclass(frozen=True)
class Handed:
    """A submission, and who handed it in."""

    student: str  # unique in its batch, printable, not empty
    path: Path  # for read_submission
    source: str  # where it was found: the PATH as it was named, and what lies in it
    problem: str = ""  # why it cannot be graded, if that is known; then ``path`` holds nothing
    above: tuple[str, ...] = ()  # its PATH and the folder of that, as they were named

    @property
    def stem(self) -> str:
        """The name, without ending, of a file about it."""
        return stem_of(self.student)

    def explained(self, error: str) -> str:
        """Why it could not be graded, without names of temporary files.

        Learners read it, so it begins with what they handed in, not with where that lies.
        """
        told = self.problem or error.replace(printable(str(self.path)), self.source)
        for above in self.above:
            told = told.removeprefix(above)
        return told


@contextmanager
def collected(
    paths: Sequence[Path], package: str, pattern: str | None = None
) -> Iterator[list[Handed]]:
    """The submissions in ``paths``, by student. Archives of a class are unpacked meanwhile.

    Args:
        paths: Folders, archives, and patterns of such; what is named twice counts once.
        package: What a submission holds.
        pattern: A regular expression that is searched in the path of each submission below the
            PATH of its class (else in the PATH), without the ending of an archive. Its group
            ``student``, else its first group, else what it matches is the id.

    Raises:
        CourseError: nothing is there, the pattern does not fit, there is no room to unpack.
    """
    student = as_pattern(pattern) if pattern is not None else None
    with private_folder("class") as scratch:
        found: dict[str, _Found] = {}
        for named in _look_into(_expanded(paths), package):
            for one in _in_one(named, scratch, package):
                found.setdefault(one.identity, one)
        work = _without_extras([*found.values()])
        learners = [student_in(f.searched, student) if student else f.unit.learner for f in work]
        ids = told_apart([(i, f.source) for i, f in zip(learners, work, strict=True)])
        handed = [
            Handed(name, f.path, printable(f.source), f.problem, f.above)
            for name, f in zip(ids, work, strict=True)
        ]
        yield sorted(handed, key=lambda one: one.student)


@dataclass
class _Named:
    """A PATH, looked into."""

    path: Path
    folder: Folder | None
    units: list[Unit]
    is_class: bool = False
    problem: str = ""


@dataclass(frozen=True)
class _Found:
    unit: Unit
    path: Path
    source: str
    searched: str  # for the student
    identity: str
    problem: str
    above: tuple[str, ...]


def _without_extras(found: Sequence[_Found]) -> list[_Found]:
    """Without the texts, links and files that an LMS has of a learner beside work.

    Of a learner who handed in nothing else, the first of them stays.
    """
    served = {one.unit.learner for one in found if one.unit.is_promising}
    kept = []
    for one in found:
        if one.unit.by_lms and not one.unit.is_promising:
            if one.unit.learner in served:
                continue
            served.add(one.unit.learner)
        kept.append(one)
    return kept


def _expanded(paths: Iterable[Path]) -> list[Path]:
    """Patterns replaced by what they match; each once."""
    found: dict[str, Path] = {}
    for path in paths:
        is_pattern = glob.has_magic(str(path)) and not os.path.lexists(path)
        for match in _matches(path) if is_pattern else [path]:
            found.setdefault(os.path.realpath(match), match)
    return [*found.values()]


def _matches(pattern: Path) -> list[Path]:
    found = [Path(name) for name in sorted(glob.glob(str(pattern), recursive=True))]  # noqa: PTH207
    if found:
        kept = [p for p in found if not is_junk(p.name) and (_is_folder(p) or _is_work(p))]
        return kept or found
    above = pattern
    while glob.has_magic(str(above)):
        above = above.parent
    near = sorted(p.name for p in above.iterdir())[:8] if above.is_dir() else []
    raise CourseError(
        f"Nothing matches {pattern}. "
        + (f"In {above} there is: {', '.join(near)}." if near else f"There is nothing in {above}.")
    )


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112 -- pathlib's raises of names that are too long


def _is_work(path: Path) -> bool:
    return Entry(path.name).is_archive or path.suffix == ".py"


def _look_into(paths: Sequence[Path], package: str) -> list[_Named]:
    """What each PATH is, one submission or a class."""
    beside = defaultdict(list)
    for path in paths:
        absolute = Path(os.path.abspath(path))  # noqa: PTH100 -- "." and ".." have names too
        beside[absolute.parent, _is_folder(path)].append((path, absolute.name))
    looked: list[_Named] = []
    for (above, are_folders), group in beside.items():
        ids = lms.ids_in(OnDisk(above), {name: are_folders for _, name in group})
        here = [_look(path, name, ids.get(name), package) for path, name in group]
        if len(here) > 1 and any(len(named.units) == 1 for named in here):
            here = [
                _one(path, name, ids.get(name), package, named.problem)
                for (path, name), named in zip(group, here, strict=True)
            ]
        looked += here
    return looked


def _look(path: Path, name: str, lms_id: str | None, package: str) -> _Named:
    folder: Folder | None = None
    if _is_folder(path):
        folder = None if lms_id else OnDisk(path)
    elif os.path.isfile(path):  # noqa: PTH113
        try:
            folder = list_archive(path, package)
        except OSError:
            pass  # whoever reads the submission says so
        except CourseError as error:
            return _one(path, name, lms_id, package, str(error))
    units = class_in(folder, package) if folder else None
    if units is None:
        return _one(path, name, lms_id, package)
    return _Named(path, folder, units, is_class=True)


def _one(path: Path, name: str, lms_id: str | None, package: str, problem: str = "") -> _Named:
    """A PATH as what one learner handed in."""
    folder = OnDisk(path) if _is_folder(path) else None
    units = handed_in(Entry(name, folder), lms_id, package)
    inside = [replace(unit, parts=unit.parts[1:]) for unit in units]
    return _Named(path, folder, inside, problem=problem)


def _in_one(named: _Named, scratch: Path, package: str) -> Iterator[_Found]:
    """The submissions in a PATH, unpacked where they lie in the archive of a class."""
    path = named.path
    nothing = scratch / "nothing"
    nothing.touch()
    problems = {unit.parts: named.problem for unit in named.units if named.problem}
    if named.is_class and not isinstance(named.folder, OnDisk):
        folder = scratch / str(len([*scratch.iterdir()]))
        folder.mkdir()
        places = {
            unit.parts: folder / str(number) / stem_of(unit.learner)
            for number, unit in enumerate(named.units)
        }
        problems |= unpack(path, named.units, places, package)
    else:
        places = {unit.parts: path.joinpath(*unit.parts) for unit in named.units}
        links = [unit.parts for unit in named.units if unit.entry.is_link]
        problems |= {parts: str(bounds.link(path, "/".join(parts))) for parts in links}
    for unit in named.units:
        source = path.joinpath(*unit.parts).as_posix()
        yield _Found(
            unit,
            nothing if unit.parts in problems else places[unit.parts],
            source,
            "/".join(unit.parts) if named.is_class else source,
            os.path.join(os.path.realpath(path), *unit.parts),  # noqa: PTH118
            problems.get(unit.parts, ""),
            (printable(f"{path}/"), printable(str(path).removesuffix(path.name))),
        )
