"""A class graded at once: nothing that was finished is lost, nothing unchanged is graded again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from graders.errors import CourseError
from graders.files import write_whole
from tools.batch import store
from tools.grading import grade_paths
from tools.options import Options

from .conftest import HOUSE, REFERENCE
from .processes import ended_within, family
from .shell import COMMAND, Done, course_command
from .test_bad_code import RAW

STYLE = HOUSE / "tests" / "solutions" / "01_attention" / "einsum"
SLOW = "\nimport time; time.sleep(0.3)\n"
SCORES = "practice/attention.py"
UNSCALED = "scores = query @ key.transpose(-2, -1)"
COUNT = 7

Reports = dict[str, dict[str, Any]]


@pytest.fixture
def submissions(tmp_path: Path) -> Path:
    """A class: right work, some of it slow, in another style, wrong, and none at all."""
    folder = tmp_path / "class"
    for number in range(COUNT):
        work = folder / f"learner_{number:02}" / "tiny_transformer"
        shutil.copytree(REFERENCE, work, ignore=shutil.ignore_patterns("__pycache__"))
        if number % 2:
            with (work / "attention.py").open("a") as file:
                file.write(SLOW)
    shutil.copytree(STYLE, folder / "learner_00" / "tiny_transformer", dirs_exist_ok=True)
    wrong(folder, "learner_02")
    (folder / "nothing").mkdir()
    return folder


def wrong(folder: Path, name: str) -> None:
    """Have one learner hand in a wrong 01.1."""
    with (folder / name / "tiny_transformer" / SCORES).open("a") as file:
        file.write(f"\n\n{RAW}return 2 * query @ key.mT\n")


def grade(submissions: Path, *options: object, code: int = 2) -> Done:
    """Grade the class as from a shell, with results beside it."""
    done = course_command("grade", "01", submissions, "--out", out(submissions), *options)
    assert done.code == code, done
    return done


def out(submissions: Path) -> Path:
    return submissions.parent / "results"


def reports(submissions: Path) -> Reports:
    paths = sorted((out(submissions) / "reports").glob("*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def told(all_reports: Reports) -> Reports:
    """Reports without what may differ when the same work is graded twice."""
    return {name: {**report, "seconds": 0} for name, report in all_reports.items()}


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Look again and again whether something has come about."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        pause.wait(0.01)


@contextmanager
def grading(submissions: Path, scratch: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The command while it runs, with temporary files in a folder of its own."""
    scratch.mkdir()
    command = ["grade", "01", str(submissions), "--out", str(out(submissions)), "--quiet"]
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND, *command],
        cwd=HOUSE,
        env=os.environ | {"PYTHONPATH": str(HOUSE), "TMPDIR": str(scratch)},
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        yield process


def test_a_class_is_graded_and_its_results_are_kept(submissions: Path, tmp_path: Path) -> None:
    """One report each, a summary; on one process as on several; as if graded alone."""
    lines, junit = tmp_path / "grades.jsonl", tmp_path / "grades.xml"
    done = grade(submissions, "--seed", "x", "--json", lines, "--junit", junit)
    kept = reports(submissions)
    assert [*kept] == [*(f"learner_{number:02}" for number in range(COUNT)), "nothing"]
    outcomes = {name: (r["score"], r["outcome"]) for name, r in kept.items()}
    assert outcomes.pop("nothing") == (0, "error")
    assert outcomes.pop("learner_02") == (48, "graded")
    assert {*outcomes.values()} == {(50, "graded")}
    assert [json.loads(line) for line in lines.read_text().splitlines()] == [*kept.values()]
    assert junit.read_text().count("<testsuite ") == COUNT + 1
    assert f"{COUNT + 1} submissions: {COUNT} graded, 1 error" in done.out
    assert "mean 49.7, median 50, 6 with all, 0 with none" in done.out
    assert "\nnothing: there is no folder tiny_transformer/" in done.out
    shutil.rmtree(out(submissions))
    grade(submissions, "--seed", "x", "--jobs", 1)
    assert told(reports(submissions)) == told(kept)
    alone = course_command(
        "grade", "01", submissions / "learner_02", "--seed", "x", "--json", "-", "--quiet"
    )
    assert told({"": json.loads(alone.out)}) == told({"": kept["learner_02"]})


def test_only_what_has_changed_is_graded_again(submissions: Path) -> None:
    """New work, and work that was not there; what is new is shown beside what was."""
    grade(submissions)
    first = reports(submissions)
    done = grade(submissions)
    assert reports(submissions) == first
    assert "what is new" not in done.out
    shutil.rmtree(submissions / "learner_04")
    wrong(submissions, "learner_06")
    shutil.copytree(submissions / "learner_00", submissions / "late")
    done = grade(submissions)
    second = reports(submissions)
    assert {name for name, report in second.items() if first.get(name) != report} == {
        "late",
        "learner_06",
    }
    assert (first["learner_06"]["score"], second["learner_06"]["score"]) == (50, 48)
    seeds = {report["seed"] for report in first.values()}
    new = {second[name]["seed"] for name in ("late", "learner_06")}
    assert len(seeds) == len(new) == 1
    assert seeds.isdisjoint(new), "who saw what is expected could hand in just that"
    (row,) = (line for line in done.out.splitlines() if line.startswith("learner_06  50/50"))
    assert row.split() == ["learner_06", "50/50", "48/50", "work,", "seed"]
    assert "1 more from before" in done.out
    (replaced,) = (out(submissions) / "replaced").iterdir()
    assert json.loads(replaced.read_text()) == first["learner_06"]


def test_each_batch_has_a_seed_of_its_own_and_a_report_can_be_repeated(submissions: Path) -> None:
    alone = submissions / "learner_02"
    seeds = set()
    for _ in range(2):
        done = course_command("grade", "01", alone, "--json", "-", "--quiet")
        report = json.loads(done.out)
        seeds.add(report["seed"])
    again = course_command("grade", "01", alone, "--json", "-", "--quiet", "--seed", report["seed"])
    assert told({"": json.loads(again.out)}) == told({"": report})
    assert len(seeds) == 2
    assert all(len(seed) == 32 for seed in seeds)


def test_a_regrade_replaces_only_what_one_lets_it(submissions: Path) -> None:
    """Old and new scores stand side by side first; what was replaced is kept."""
    grade(submissions)
    first = reports(submissions)
    path = out(submissions) / "reports" / "learner_00.json"
    path.write_text(json.dumps({**first["learner_00"], "score": 1}))  # by an old grader, say
    old = reports(submissions)
    done = grade(submissions, "--regrade", "--seed", "other")
    assert reports(submissions) == old
    assert "Nothing was replaced" in done.out
    (row,) = (line for line in done.out.splitlines() if line.startswith("learner_00  1/50"))
    assert row.split() == ["learner_00", "1/50", "50/50", "seed"]
    exported = course_command("export", "csv", out(submissions))
    assert "a --regrade was not accepted" in exported.err
    assert "may be missing" not in exported.err
    done = grade(submissions, "--regrade", "--seed", "other", "--yes")
    new = reports(submissions)
    assert row in done.out
    assert {report["seed"] for report in new.values()} == {"other"}
    assert new["learner_00"]["score"] == 50
    kept = [json.loads(p.read_text()) for p in (out(submissions) / "replaced").iterdir()]
    graded = [report for report in old.values() if report["outcome"] == "graded"]
    assert sorted(kept, key=lambda report: str(report["submission"])) == graded
    assert reports(submissions) == (grade(submissions) and new)


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_stopped_in_the_middle_it_goes_on_where_it_was(
    submissions: Path, tmp_path: Path, stop: signal.Signals
) -> None:
    """No process is left; Ctrl-C leaves no file either, and says what to do."""
    scratch = tmp_path / "scratch"
    with grading(submissions, scratch) as process:
        until(lambda: len(reports(submissions)) >= 3)
        processes = family(process.pid)
        process.send_signal(stop)
        assert process.stderr is not None
        said = process.stderr.read().decode()
    assert ended_within(20, processes)
    finished = reports(submissions)
    assert 3 <= len(finished) <= COUNT
    if stop is signal.SIGINT:
        assert process.returncode == 2
        assert f"Stopped: {len(finished)} of {COUNT + 1} are graded" in said
        assert [*scratch.iterdir()] == []
    grade(submissions)
    after = reports(submissions)
    assert len(after) == COUNT + 1
    assert {name: after[name] for name in finished} == finished


@pytest.mark.proof
def test_a_grading_process_that_is_killed_costs_nothing(submissions: Path, tmp_path: Path) -> None:
    """What it was doing is done once more."""
    with grading(submissions, tmp_path / "scratch") as process:
        until(lambda: len(reports(submissions)) >= 2)
        children = family(process.pid)
        parents = {pid: int(Path(f"/proc/{pid}/stat").read_text().split()[3]) for pid in children}
        graders = {parents[pid] for pid in children} & children
        os.kill(min(graders), signal.SIGKILL)
        assert process.wait(120) == 2  # for the one who handed in nothing
    outcomes = [report["outcome"] for report in reports(submissions).values()]
    assert outcomes == ["graded"] * COUNT + ["error"]


@pytest.mark.proof
def test_a_full_disk_loses_nothing(
    submissions: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is said; when there is room, the same command goes on."""
    written: list[str] = []

    def full(path: Path, content: bytes) -> None:
        if path.parent.name == "reports" and len(written) == 3:
            raise CourseError(f"{path} cannot be written (No space left on device).")
        written.append(path.name)
        write_whole(path, content)

    monkeypatch.chdir(HOUSE)
    with monkeypatch.context() as small:
        small.setattr(store, "write_whole", full)
        with pytest.raises(CourseError, match=r"No space .* is kept"):
            grade_paths("01", [submissions], Options(out=out(submissions)))
    kept = reports(submissions)
    assert len(kept) == 2  # beside batch.json
    assert grade_paths("01", [submissions], Options(out=out(submissions))) == 2
    after = reports(submissions)
    assert len(after) == COUNT + 1
    assert {name: after[name] for name in kept} == kept


def test_reports_that_cannot_be_read_are_counted(submissions: Path) -> None:
    """Those of an older course, of learners who are not among the named ones."""
    shutil.rmtree(submissions)
    for name in ("one", "two"):
        shutil.copytree(REFERENCE, submissions / name / "tiny_transformer")
    grade(submissions, code=0)
    path = out(submissions) / "reports" / "two.json"
    path.write_text(path.read_text().replace("01.1/", "01.1/old_"))
    shutil.rmtree(submissions / "two")
    shutil.copytree(submissions / "one", submissions / "three")
    done = grade(submissions, code=0)
    assert "not shown: 1 reports" in done.out
    assert "more from before" not in done.out


def test_one_folder_is_written_by_one_command(submissions: Path, tmp_path: Path) -> None:
    with grading(submissions, tmp_path / "scratch") as process:
        until(lambda: (out(submissions) / "batch.json").exists())
        assert "Another `course grade` writes to" in grade(submissions).err
        process.send_signal(signal.SIGINT)
    done = course_command("grade", "02", submissions, "--out", out(submissions))
    assert done.code == 2
    assert "holds results of module 01, not of 02" in done.err


@pytest.mark.parametrize("place", ["", "grades", "learner_00"])
def test_results_are_not_kept_among_the_submissions(submissions: Path, place: str) -> None:
    """The next time they would be graded as somebody's work."""
    before = {*submissions.rglob("*")}
    done = course_command("grade", "01", submissions, "--out", submissions / place)
    assert done.code == 2
    assert "among the submissions" in done.err
    assert {*submissions.rglob("*")} == before


def test_a_folder_with_other_files_is_not_taken_for_results(submissions: Path) -> None:
    """nbgrader, for one, keeps grades of its own in a file of the same name."""
    out(submissions).mkdir()
    (out(submissions) / "grades.csv").write_text("mine")
    assert (
        f"{out(submissions)} holds no results of a class, but grades.csv." in grade(submissions).err
    )
    assert [(p.name, p.read_text()) for p in out(submissions).iterdir()] == [("grades.csv", "mine")]


def test_a_class_that_is_not_there_leaves_no_results(submissions: Path) -> None:
    done = course_command("grade", "01", f"{submissions}s", "--out", out(submissions))
    assert done.code == 2
    assert done.err.startswith(f"Error: There is no {submissions}s.")
    assert not out(submissions).exists()
