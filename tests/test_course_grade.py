"""``course grade`` as a user meets it: exit codes, what is printed, what is written."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import tools.grading
import tools.show
from graders.course import Course
from graders.grade import Grader
from graders.submission import name_of

from .archives import as_folder, as_tar
from .conftest import HOUSE, REFERENCE, MakeSubmission
from .shell import Done, course_command
from .test_bad_code import RAW

MARKUP = "[red]x[-y]"


@dataclass(frozen=True)
class Batch:
    """One batch, graded twice, by two processes: with files, and with JSON on standard output."""

    paths: Sequence[Path]
    files: Done
    lines: list[dict[str, Any]]
    junit: ElementTree.Element
    piped: Done


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    scratch = tmp_path_factory.mktemp("batch")
    files = {
        f"tiny_transformer/{path.relative_to(REFERENCE).as_posix()}": path.read_bytes()
        for path in REFERENCE.rglob("*.py")
    }
    practice = "tiny_transformer/practice/attention.py"
    wrong = RAW + "return query @ key, print(id(query))"
    broken = "\nfrom .practice.attention import nothing\nassert object() == 1"
    paths = (
        as_folder(scratch / "right", files),
        as_tar(scratch / "wrong", {**files, practice: files[practice] + wrong.encode()}),
        as_folder(
            scratch / MARKUP,
            {**files, "tiny_transformer/attention.py": broken.encode()},
        ),
        scratch / "nowhere",
    )
    out = tmp_path_factory.mktemp("out")
    written, junit = out / "grades.jsonl", out / "grades.xml"
    seed, results = ("--seed", "tests", "--out"), tmp_path_factory.mktemp("results")
    one = course_command(
        "grade", "01", *paths, "--json", written, "--junit", junit, *seed, results / "1"
    )
    two = course_command(
        "grade", "attention", *paths, "--json", "-", "--quiet", *seed, results / "2"
    )
    names = [name_of(path) for path in paths]
    lines = [json.loads(line) for line in written.read_text(encoding="utf-8").splitlines()]
    lines.sort(key=lambda line: names.index(line["submission"]))
    suites = ElementTree.parse(junit).getroot()
    suites[:] = sorted(suites, key=lambda suite: names.index(suite.get("name", "")))
    assert {p.name for p in out.iterdir()} == {"grades.jsonl", "grades.xml"}
    return Batch(paths, one, lines, suites, two)


def test_batch_is_shown_a_line_each_and_the_errors_in_words(batch: Batch) -> None:
    out = batch.files.out
    assert batch.files.err == ""
    for name in ("right", "wrong", "[red]x[-y]", "nowhere"):
        assert sum(line.startswith(f"{name} ") for line in out.splitlines()) == 1, name
    points = batch.lines[0]["max_score"]
    assert f"{points}/{points}" in out
    assert "all right" in out
    assert "could not be graded" in out
    assert f"There is no {batch.paths[3]}" in out.replace("\n", "")


def test_one_that_cannot_be_graded_makes_the_exit_code_two(batch: Batch) -> None:
    """The others are graded all the same."""
    assert (batch.files.code, batch.piped.code) == (2, 2)
    assert [line["outcome"] for line in batch.lines] == ["graded", "graded", "graded", "error"]


def test_json_is_one_object_per_submission_with_all_fields(batch: Batch, course: Course) -> None:
    module = course.module("01")
    for line, path in zip(batch.lines, batch.paths, strict=True):
        assert line.keys() == {
            "schema",
            "submission",
            "digest",
            "module",
            "score",
            "max_score",
            "outcome",
            "note",
            "message",
            "own_parts",
            "sandbox",
            "release",
            "seed",
            "versions",
            "seconds",
            "checks",
        }
        assert line["schema"] == "course/report/1"
        assert (line["module"], line["max_score"]) == ("01", module.points)
        assert line["submission"] in str(path)
        assert {"python", "torch", "numpy"} <= line["versions"].keys()
        assert line["sandbox"].keys() == {"level", "start", "layers", "open"}
        assert line["score"] == sum(check["points"] for check in line["checks"])
        for check in line["checks"]:
            assert check.keys() == {
                "id",
                "exercise",
                "outcome",
                "points",
                "max_points",
                "message",
                "problem",
                "details",
                "diagnosis",
                "picture",
            }
            assert check["id"].startswith(f"{check['exercise']}/")
            assert (check["outcome"] == "passed") == (check["points"] == check["max_points"])
            assert (check["outcome"] == "passed") == (check["message"] == "")
        if line["outcome"] != "error":
            assert sum(check["max_points"] for check in line["checks"]) == module.points
            assert "wall clock" in line["sandbox"]["layers"]
    right, wrong, broken, nowhere = batch.lines
    assert right["score"] == module.points
    assert {c["exercise"] for c in wrong["checks"] if not c["points"]} == {"01.1"}
    assert {c["exercise"] for c in broken["checks"] if not c["points"]} == {"01.3", "01.8", "01.9"}
    assert (nowhere["checks"], nowhere["digest"], nowhere["score"]) == ([], "", 0)
    assert nowhere["message"].startswith("There is no ")


def test_same_submission_gives_the_same_bytes_apart_from_seconds(batch: Batch) -> None:
    """In another process, called by another name of the module, written to standard output."""

    def timeless(text: str) -> list[str]:
        lines = [json.loads(line) for line in text.splitlines()]
        assert all(line.pop("seconds") >= 0 for line in lines)
        return [json.dumps(line) for line in lines]

    written = "".join(f"{json.dumps(line)}\n" for line in batch.lines)
    assert sorted(timeless(batch.piped.out)) == sorted(timeless(written))


def test_quiet_says_nothing_but_errors(batch: Batch) -> None:
    (said,) = batch.piped.err.splitlines()
    assert said.startswith("Error: ")
    assert f"There is no {batch.paths[3]}" in said


def test_junit_counts_what_json_says(batch: Batch) -> None:
    assert batch.junit.tag == "testsuites"
    for suite, line in zip(batch.junit, batch.lines, strict=True):
        outcomes = [check["outcome"] for check in line["checks"]]
        if line["outcome"] == "error":
            outcomes.append("error")
        counted = {name: int(suite.get(name, "")) for name in ("tests", "failures", "errors")}
        assert counted == {
            "tests": len(outcomes),
            "failures": outcomes.count("failed"),
            "errors": outcomes.count("error") + outcomes.count("limit"),
        }
        assert suite.get("name") == line["submission"]
        assert len(suite.findall("testcase")) == len(outcomes)
        assert len(suite.findall("testcase/failure")) == outcomes.count("failed")
        assert len(suite.findall("testcase/error")) == counted["errors"]
        about = {p.get("name"): p.get("value") for p in suite.iter("property")}
        assert about["score"] == str(line["score"])
        messages = [
            case[0].text for case in suite.findall("testcase") if len(case) and case[0].text
        ]
        assert messages == [check["message"] for check in line["checks"] if check["message"]]


def test_all_points_are_exit_code_zero_and_points_missing_one(
    grader: Grader, make_submission: MakeSubmission
) -> None:
    right = grader.grade(HOUSE / "reference")
    wrong = grader.grade(make_submission({"attention.py": ""}))
    error = grader.grade(HOUSE / "nowhere")
    assert tools.grading.exit_code([right, right]) == 0
    assert tools.grading.exit_code([right, wrong]) == 1
    assert tools.grading.exit_code([right, error, wrong]) == 2
    assert tools.grading.exit_code([replace(wrong, verdicts=right.verdicts[:-1])]) == 1


def test_single_submission_is_shown_exercise_by_exercise(tmp_path: Path) -> None:
    """Points missing: the exit code is 1, and the first message of each exercise is printed."""
    work = as_folder(tmp_path / "work", {"tiny_transformer/attention.py": b"def f(:"})
    done = course_command("grade", "1", work, "--json", "-")
    assert done.code == 1
    assert json.loads(done.out)["score"] == 0
    assert re.search(r"01\.3 +Causal mask +0/4 +error", done.err)
    assert re.search(r"work: 0 of \d+ points", done.err)
    assert "tiny_transformer/attention.py, line 1, cannot be read" in done.err
    assert "isolation: " in done.err
