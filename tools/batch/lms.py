"""Who handed in what, by the names in the exports of learning management systems.

| export | an entry | its id |
|---|---|---|
| Canvas, *Download Submissions* | ``doejane_LATE_123_456_work-1.zip`` | ``doejane_123`` |
| · anonymous | ``anon_LATE_aB1Ef_456_work.zip`` | ``anon_aB1Ef`` |
| · text or link | ``doejane_123_text.html`` | ``doejane_123`` |
| Moodle, in folders | ``Jane Doe_123_assignsubmission_file_/`` | ``Jane Doe_123`` |
| · the last ``_`` may be missing | ``Jane Doe_123_assignsubmission_file/`` | ``Jane Doe_123`` |
| · not in folders | ``Jane Doe_123_assignsubmission_file_work.zip`` | ``Jane Doe_123`` |
| · blind marking | ``Participant_123_assignsubmission_file_/`` | ``Participant_123`` |
| Gradescope, *Export Submissions* | ``submission_56789/`` | the ``:sid:``, or email, or name |
| · a group | ``submission_56789/`` | the ids of all, joined with ``+`` |

The ids are what grades are matched by. Canvas: what stands behind the last ``_`` is ``ID`` in its
gradebook. Moodle: it is the number of ``Identifier`` in its grading worksheet, with which
``Participant`` goes. Gradescope: the student id or email of its roster.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping

import yaml

from .tree import Folder

METADATA = "submission_metadata.yml"  # of Gradescope, beside the submissions
MAX_METADATA = 64 << 20
LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # the fast one, where it was built
KEYS = (":sid", ":email", ":name")  # of a submitter, the best id first

# lazily, as names may hold "_"; no number of Canvas begins with 0
CANVAS = re.compile(
    r"(?P<name>.+?)_(?:LATE_)?(?P<user>[1-9]\d*)_(?:(?P<file>[1-9]\d*)_.+|(?:text|link)\.html)",
    re.DOTALL | re.IGNORECASE | re.ASCII,
)
CANVAS_ANONYMOUS = re.compile(
    r"(?P<name>anon)_(?:LATE_)?(?P<user>[A-Za-z0-9]{5})_"
    r"(?:(?P<file>[1-9]\d*)_.+|(?:text|link)\.html)",
    re.DOTALL | re.ASCII,
)
MOODLE = re.compile(r"(.+_\d+)_assignsubmission_[a-z]+(_.*)?", re.DOTALL | re.ASCII)
GRADESCOPE = re.compile(r"submission_\d+", re.ASCII)


def ids_in(folder: Folder, names: Mapping[str, bool]) -> dict[str, str]:
    """The ids of those entries of ``folder`` that an LMS has named.

    Args:
        folder: A folder of a class.
        names: The names in it, and whether each is a folder.
    """
    ids = _canvas([name for name, is_folder in names.items() if not is_folder])
    for name in names:
        if moodle := MOODLE.fullmatch(name):
            ids[name] = moodle[1]
    if any(GRADESCOPE.match(name) for name in names):
        submitters = _gradescope(folder.read(METADATA, MAX_METADATA + 1))
        for name, is_folder in names.items():
            if name in submitters or (is_folder and GRADESCOPE.fullmatch(name)):
                ids[name] = submitters.get(name, name)
    return ids


def _canvas(names: list[str]) -> dict[str, str]:
    found = {}
    for name in names:
        if match := CANVAS_ANONYMOUS.fullmatch(name) or CANVAS.fullmatch(name):
            found[name] = match
    uploads = Counter((m["user"], m["file"]) for m in found.values() if m["file"])
    if any(count > 1 for count in uploads.values()):
        return {}  # no upload is twice in it: these are somebody's own names, with dates
    return {name: f"{match['name']}_{match['user']}" for name, match in found.items()}


def _gradescope(text: bytes) -> dict[str, str]:
    """Ids by folder, from Gradescope's metadata; of what is broken or missing, none."""
    found: dict[str, dict[str, dict[str, str]]] = {}  # folder, number of the submitter, key
    try:
        for keys, value in _scalars(text if len(text) <= MAX_METADATA else b""):
            if len(keys) == 4 and keys[1] == ":submitters" and value.strip():
                found.setdefault(keys[0], {}).setdefault(keys[2], {})[keys[3]] = value.strip()
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    known = {
        folder: {next((one[key] for key in KEYS if key in one), "") for one in submitters.values()}
        for folder, submitters in found.items()
    }
    return {folder: "+".join(sorted(ids - {""})) for folder, ids in known.items() if ids - {""}}


def _scalars(text: bytes) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each value of a YAML document with the keys on the way to it; in a list, its number.

    Nothing is constructed, and nothing is kept: the results of all checks of a class stand there.
    """
    events = yaml.parse(text, Loader=LOADER)
    for event in events:
        yield from _below(events, event, ())


def _below(
    events: Iterator[yaml.Event], event: yaml.Event, keys: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(event, yaml.ScalarEvent):
        yield keys, event.value
    elif isinstance(event, yaml.SequenceStartEvent):
        for number in itertools.count():
            if isinstance(event := next(events), yaml.SequenceEndEvent):
                break
            yield from _below(events, event, (*keys, str(number)))
    elif isinstance(event, yaml.MappingStartEvent):
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = "".join(value for _, value in _below(events, event, ()))
            yield from _below(events, next(events), (*keys, key))
