"""Classes of submissions, and what is found in them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from graders.errors import CourseError
from graders.submission import read_submission
from tools.batch.collect import collected

PACKAGE = "tiny_transformer"


def work(learner: str, above: str = "") -> dict[str, bytes]:
    """The files of a submission, which say whose they are."""
    return {f"{above}{PACKAGE}/a.py": learner.encode()}


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A .zip, as bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


@dataclass(frozen=True)
class Found:
    """The submissions in some paths, each read while its files were there."""

    students: list[str]
    read: dict[str, str]  # by student: the text of a.py, or why there is none


def find(*paths: Path | str, pattern: str | None = None) -> Found:
    """Collect and read all; what is unpacked has no part in any message, and is gone afterwards."""
    read = {}
    with collected([Path(path) for path in paths], PACKAGE, pattern) as handed:
        for one in handed:
            try:
                read[one.student] = read_submission(one.path, PACKAGE).files["a.py"].decode()
            except CourseError as error:
                read[one.student] = one.explained(str(error))
                assert "course-class-" not in read[one.student]
            assert one.student.isprintable()
            assert one.student.strip()
        students = [one.student for one in handed]
    assert not any(one.path.exists() for one in handed if "course-class-" in str(one.path))
    assert students == sorted({*students})
    return Found(students, read)


def all_right(found: Found, students: Sequence[str]) -> bool:
    """Whether these were found, and each file is that of its learner."""
    return found.read == {student: student for student in students}
