"""Small notebooks of module 01, as bytes, and what becomes of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from graders.course import Course
from graders.errors import CourseError
from graders.submission import Submission
from tools.nbgrader.cells import cleared, pieces_of, solution_id
from tools.nbgrader.handed import read_handed

MODULE = "01"
NAME = "01_attention.ipynb"
PRACTICE = "practice/attention.py"
WORK = "def raw_scores(query, key):\n    return 'mine'"


def cell(source: str, grade_id: str = "", kind: str = "code", **more: Any) -> dict[str, Any]:
    """A cell, as Jupyter writes it."""
    marks = {"nbgrader": {"grade_id": grade_id}} if grade_id else {}
    return {"cell_type": kind, "source": source, "metadata": marks, **more}


def notebook(*cells: Mapping[str, Any]) -> bytes:
    return json.dumps({"nbformat": 4, "metadata": {}, "cells": cells}).encode()


def with_work(*more: Mapping[str, Any], work: str = WORK) -> bytes:
    """A notebook in which 01.1 is written, and other cells."""
    return notebook(cell(work, solution_id("01.1")), *more)


def untouched(course: Course) -> bytes:
    """A notebook with the stub of 01.1, as it is given out."""
    pieces = pieces_of(course, course.module(MODULE), PRACTICE)
    return with_work(work=next(cleared(p.text) for p in pieces if p.exercise))


def read(course: Course, path: Path) -> Submission:
    return read_handed(course, course.module(MODULE), path)


def practice(submission: Submission) -> str:
    """The file in which 01.1 stands."""
    return submission.files[PRACTICE].decode()


def refusal(course: Course, path: Path, words: Sequence[str] = ()) -> str:
    """Why a submission cannot be read; the words stand in it."""
    with pytest.raises(CourseError) as caught:
        read(course, path)
    said = str(caught.value)
    for word in words:
        assert word in said
    return said
