"""Files that cannot be imported, and files that make a noise: what they cost, and what is said."""

from __future__ import annotations

import copy
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from graders.grade import Grader
from graders.outcomes import Outcome
from graders.report import Report, as_json

from .conftest import HOUSE, REFERENCE, MakeSubmission
from .processes import ended_within, with_command
from .test_bad_code import RAW, assert_costs_only

CORE, PRACTICE = "attention.py", "practice/attention.py"
TEXT = (REFERENCE / CORE).read_text()
EXERCISES_OF_CORE = ("01.3", "01.8", "01.9")

pytestmark = pytest.mark.usefixtures("leaves_nothing")

UNREADABLE = {
    "syntax error": (
        TEXT.replace("import math", "import math\ndef broken(:\n").encode(),
        ("tiny_transformer/attention.py, line 12", "cannot be read", "`def broken(:`"),
    ),
    "wrong indentation": (
        TEXT.replace("import math", "  import math").encode(),
        ("attention.py, line 11", "unexpected indent"),
    ),
    "import error": (
        TEXT.replace("import math", "import maths_of_mine").encode(),
        ("ModuleNotFoundError", "'maths_of_mine'", "attention.py, line 11"),
    ),
    "import of a name that is not there": (
        TEXT.replace("import math", "from .practice.attention import no_such_name").encode(),
        ("ImportError", "no_such_name", "attention.py, line 11"),
    ),
    "Latin-1": (
        TEXT.replace("import math", "import math\nNAME = 'h\xe9ros'").encode("latin-1"),
        ("tiny_transformer/attention.py", "Save the file as UTF-8"),
    ),
    "UTF-16": (TEXT.encode("utf-16"), ("tiny_transformer/attention.py", "cannot be read")),
    "a NUL": (
        TEXT.replace("import math", "import math\0").encode(),
        ("attention.py", "null bytes"),
    ),
    "an unknown encoding": (
        b"# -*- coding: klingon -*-\n" + TEXT.encode(),
        ("attention.py", "klingon"),
    ),
    "a notebook": (b'{"cells": []}', ("attention.py defines no `create_causal_mask`",)),
    "nothing": (b"", ("attention.py defines no `create_causal_mask`", "found in it: nothing")),
    "a line of a megabyte": (
        TEXT.encode() + b"\nraise ValueError(" + b" " * (1 << 20) + b"'long')\n",
        ("ValueError: long", "attention.py, line"),
    ),
    "sys.exit": (
        TEXT.encode() + b"\nimport sys\nsys.exit('enough')\n",
        ("sys.exit", "attention.py, line"),
    ),
    "os._exit": (TEXT.encode() + b"\nimport os\nos._exit(7)\n", ("exit status 7",)),
}


@pytest.mark.parametrize("content", UNREADABLE, ids=lambda name: name.replace(" ", "_"))
def test_file_with(content: str, grader: Grader, make_submission: MakeSubmission) -> None:
    """It costs the exercises of that file alone; each says which file, which line and what."""
    text, words = UNREADABLE[content]
    work = make_submission({})
    (work / "tiny_transformer" / CORE).write_bytes(text)
    report = grader.grade(work)
    assert_costs_only(report, EXERCISES_OF_CORE)
    verdict = report.of_exercise("01.3")[0]
    assert verdict.outcome is Outcome.ERROR
    for word in words:
        assert word in verdict.message
    assert "course-submission" not in verdict.message, "it names a folder that is gone by now"
    assert len(verdict.message) < 1500


def test_missing_file_is_named_beside_those_found(
    grader: Grader, make_submission: MakeSubmission
) -> None:
    """Who called the file by another name reads both names."""
    work = make_submission({})
    package = work / "tiny_transformer"
    (package / CORE).rename(package / "atention.py")
    report = grader.grade(work)
    assert_costs_only(report, EXERCISES_OF_CORE)
    assert "there is no tiny_transformer/attention.py" in report.of_exercise("01.8")[0].message
    assert "atention.py" in report.of_exercise("01.8")[0].message


@pytest.mark.parametrize(
    ("init", "words"),
    [
        ("raise RuntimeError('at once')", ("RuntimeError: at once", "__init__.py, line 1")),
        ("import sys; sys.exit()", ("sys.exit",)),
        ("import os; os._exit(4)", ("exit status 4",)),
        ("def f(:", ("tiny_transformer/__init__.py, line 1", "cannot be read")),
    ],
)
def test_package_that_cannot_be_imported(
    init: str, words: tuple[str, ...], grader: Grader, make_submission: MakeSubmission
) -> None:
    """No exercise has points, and each says why."""
    report = grader.grade(make_submission({"__init__.py": init}))
    assert (report.outcome, report.score) == ("graded", 0)
    for verdict in report.verdicts:
        assert verdict.outcome is Outcome.ERROR
        assert all(word in verdict.message for word in words), verdict.message


def test_package_without_init_has_all_points(
    grader: Grader, make_submission: MakeSubmission
) -> None:
    """The files are what counts."""
    work = make_submission({})
    for init in work.rglob("__init__.py"):
        init.unlink()
    assert_costs_only(grader.grade(work), ())


def test_endless_loop_in_a_file_costs_a_second_for_each_exercise_of_it(
    hasty: Grader, make_submission: MakeSubmission
) -> None:
    """An exercise that ran over the time is not tried again; other files are graded."""
    started = time.monotonic()
    report = hasty.grade(make_submission({CORE: TEXT + "\nwhile True: pass\n"}))
    assert time.monotonic() - started < 10
    assert report.outcome == "limit"
    assert_costs_only(report, EXERCISES_OF_CORE)
    first, *others = report.of_exercise("01.8")
    assert "did not come back within" in first.message
    for verdict in others:
        assert verdict.outcome is Outcome.LIMIT
        assert "not run, because an earlier check of 01.8 ran over its limit" in verdict.message


def test_submission_that_used_its_time_is_not_run_any_further(grader: Grader) -> None:
    """Each check that was not run says so, and counts as over a limit."""
    spent = copy.copy(grader)
    limits = replace(grader.course.limits, submission_seconds=0)
    spent.course = replace(grader.course, limits=limits)
    report = spent.grade(HOUSE / "reference")
    assert (report.outcome, report.score) == ("limit", 0)
    for verdict in report.verdicts:
        assert verdict.outcome is Outcome.LIMIT
        assert "not run, because the submission used its 0 seconds" in verdict.message


NOISE = {
    "prints 100 MB": "import sys\nfor _ in range(100): print('x' * (1 << 20))\n",
    "writes 100 MB to the file descriptors": (
        "import os\nfor _ in range(100): os.write(1, b'x' * (1 << 20)); os.write(2, b'x' * 9)\n"
    ),
    "writes to stderr": "import sys, warnings\nsys.stderr.write('note')\nwarnings.warn('note')\n",
    "closes the standard streams": (
        "import os, sys\nsys.stdout.close(); sys.stderr.close()\nfor n in (0, 1, 2): os.close(n)\n"
    ),
    "finds its standard streams open": (
        "import os\nfor n in (0, 1, 2): assert os.readlink(f'/proc/self/fd/{n}') == os.devnull\n"
    ),
    "reads standard input": "import sys\nassert sys.stdin.read() == ''\n",
    "registers at exit": "import atexit, os\natexit.register(lambda: os._exit(9))\n",
    "changes the folder": "import os\nos.chdir('/')\n",
}


@pytest.mark.parametrize("does", NOISE, ids=lambda name: name.replace(" ", "_"))
def test_file_that(
    does: str, grader: Grader, make_submission: MakeSubmission, capfd: pytest.CaptureFixture[str]
) -> None:
    """A noise costs nothing, and nobody hears it."""
    report = grader.grade(make_submission({CORE: TEXT + "\n" + NOISE[does]}))
    assert_costs_only(report, ())
    assert capfd.readouterr() == ("", "")


def test_processes_that_work_leaves_behind_are_ended(
    bare: Grader, make_submission: MakeSubmission
) -> None:
    """A child that a learner's code started, where it can, ends with the grading of it."""
    mark = f"98765.{os.getpid()}"
    code = f"import subprocess\nsubprocess.Popen(['sleep', '{mark}'])\n"
    report = bare.grade(make_submission({CORE: TEXT + "\n" + code}))
    assert_costs_only(report, ())
    assert ended_within(5, with_command(f"sleep\0{mark}"))


def test_files_written_into_the_package_are_gone_after(
    bare: Grader, make_submission: MakeSubmission
) -> None:
    """A thread of the learner's that writes without end cannot keep the folder from going."""
    code = """
import pathlib, threading
here = pathlib.Path(__file__).parent
def write():
    for n in range(10**9):
        (here / f"d{n}").mkdir(exist_ok=True, parents=True)
threading.Thread(target=write, daemon=True).start()
"""
    report = bare.grade(make_submission({CORE: TEXT + code}))
    assert_costs_only(report, ())


def test_package_that_replaces_its_own_folder_is_graded_and_does_no_harm(
    bare: Grader, make_submission: MakeSubmission, tmp_path: Path
) -> None:
    """A link in place of the scratch folder is not followed when it is cleared away."""
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("precious")
    code = f"""
import os, pathlib, shutil
root = pathlib.Path(__file__).parents[2]
shutil.copytree(root, str(root) + ".moved")
shutil.rmtree(root)
os.symlink({str(kept)!r}, root)
"""
    report = bare.grade(make_submission({PRACTICE: (REFERENCE / PRACTICE).read_text() + code}))
    assert report.error == ""
    assert (kept / "file").read_text() == "precious"


def test_bad_work_leaves_the_rest_of_a_batch_alone(
    hasty: Grader, make_submission: MakeSubmission, tmp_path: Path
) -> None:
    """Before and after work of every bad kind, right work has the same report."""

    def told(report: Report) -> dict[str, object]:
        return as_json(report) | {"seconds": 0}

    before = told(hasty.grade(HOUSE / "reference"))
    for number, code in enumerate(
        ("while True: pass", "import os; os._exit(1)", "torch.set_default_dtype(torch.float16)")
    ):
        work = make_submission({PRACTICE: (REFERENCE / PRACTICE).read_text() + "\n" + RAW + code})
        assert hasty.grade(work).score < hasty.module.points
        work.rename(tmp_path / str(number))
    assert hasty.grade(tmp_path / "nowhere").error
    assert told(hasty.grade(HOUSE / "reference")) == before
