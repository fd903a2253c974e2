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

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import yaml

from .tree import Folder

METADATA = "submission_metadata.yml"  # of Gradescope, beside the submissions
MAX_METADATA = 64 << 20
LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # texts, lists, mappings: safe; 0123 stays

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
    uploads = Counter(match["file"] for match in found.values() if match["file"])
    if any(count > 1 for count in uploads.values()):
        return {}  # no two uploads have one number: these are somebody's own names, with dates
    return {name: f"{match['name']}_{match['user']}" for name, match in found.items()}


def _gradescope(text: bytes) -> dict[str, str]:
    """Ids by folder, from Gradescope's metadata; of what is broken or missing, none."""
    if len(text) > MAX_METADATA:
        return {}
    try:
        data = yaml.load(text, Loader=LOADER)
    except (yaml.YAMLError, UnicodeError, RecursionError, ValueError):
        return {}
    entries = data.items() if isinstance(data, dict) else ()
    ids = {name: _submitters(about) for name, about in entries}
    return {name: found for name, found in ids.items() if found}


def _submitters(about: Any) -> str:
    listed = about.get(":submitters") if isinstance(about, dict) else None
    found = set()
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict):
            known = [one.get(key) for key in (":sid", ":email", ":name")]
            found.update([text for text in known if isinstance(text, str) and text.strip()][:1])
    return "+".join(sorted(found))
