"""What submissions are called: ids that are unique, and file names that are safe."""

from __future__ import annotations

import hashlib
import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence

from graders.errors import CourseError, printable
from graders.submission import ARCHIVE_ENDING

NAMELESS = "submission"
LONGEST = 100  # bytes of a file name without its ending
HASHED = 12  # hexadecimal digits
RESERVED = re.compile(r"(con|prn|aux|nul|(com|lpt)[\d¹²³])(\..*)?", re.IGNORECASE)  # by Windows
PLAIN = re.compile(r"[a-z0-9_][a-z0-9_.+@-]*(?<!\.)")  # the same on every file system
WITH_HASH = re.compile(rf".*-[0-9a-f]{{{HASHED}}}")


def stem_of(student: str) -> str:
    """A file name without ending for an id: safe on Linux, macOS and Windows, unique for each id.

    Ordinary ids (small letters, digits and ``_.+@-``) are their own. In others what is not a
    letter or digit gives way to ``_``, and a hash follows: file systems tell neither cases nor
    all letters apart.
    """
    plain = PLAIN.fullmatch(student) and len(student) <= LONGEST
    if plain and not RESERVED.fullmatch(student) and not WITH_HASH.fullmatch(student):
        return student
    digest = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()[:HASHED]
    composed = unicodedata.normalize("NFC", student)
    safe = "".join(c if c.isalnum() or c in "_.+@-" else "_" for c in composed)
    readable = safe.encode()[: LONGEST - HASHED - 2].decode(errors="ignore").strip(".-_")
    if RESERVED.fullmatch(readable):
        readable = f"_{readable}"
    return f"{readable or NAMELESS}-{digest}"


def student_in(where: str, pattern: re.Pattern[str]) -> str:
    """The id that a pattern finds in the path of a submission, without the archive's ending.

    It is the group ``student``, the first group, or all that matched.

    Raises:
        CourseError: it does not match there, or what it finds is empty.
    """
    searched = ARCHIVE_ENDING.sub("", where)
    match = pattern.search(searched)
    group: str | int = "student" if "student" in pattern.groupindex else min(1, pattern.groups)
    found = (match[group] or "").strip() if match else ""
    if not found:
        raise CourseError(
            f"The pattern {pattern.pattern!r} finds no student in {searched!r}. Expected a regular "
            "expression that is found in the path of each submission, such as "
            r"'(?P<student>[^/]+)/[^/]+$'."
        )
    return found


def as_pattern(text: str) -> re.Pattern[str]:
    """A regular expression from the command line.

    Raises:
        CourseError: it is none.
    """
    try:
        return re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise CourseError(f"The pattern {text!r} is no regular expression: {error}.") from None


def told_apart(found: Sequence[tuple[str, str]]) -> list[str]:
    """Unique, printable ids for submissions, of each of which an id and a path are known.

    Where several have one id, the shortest end of their paths that differs is added to it.
    """
    alike = defaultdict(list)
    for learner, path in found:
        alike[printable(learner).strip() or NAMELESS].append(path)
    ids: dict[str, str] = {}  # by path
    taken: set[str] = set()
    for learner, paths in sorted(alike.items(), key=lambda item: (len(item[1]), item[0])):
        ends = _ends([printable(path) for path in sorted(paths)])
        for path, end in zip(sorted(paths), ends, strict=True):
            plain = learner if len(paths) == 1 else f"{learner} ({end})"
            numbered = (f"{plain} #{count}" for count in itertools.count(2))
            ids[path] = next(
                name for name in itertools.chain([plain], numbered) if name not in taken
            )
            taken.add(ids[path])
    return [ids[path] for _, path in found]


def _ends(paths: Sequence[str]) -> list[str]:
    """The shortest ends of paths that tell all of them apart, if any do."""
    for ends in ([ARCHIVE_ENDING.sub("", path) for path in paths], paths):
        parts = [end.split("/") for end in ends]
        for length in range(1, max(map(len, parts)) + 1):
            shown = ["/".join(part[-length:]) for part in parts]
            if len({*shown}) == len(shown):
                return shown
    return [*paths]
