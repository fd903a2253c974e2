"""`course export gradescope`: the zip, unpacked as Gradescope lays it out, and really run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from graders.errors import CourseError
from graders.fingerprint import release_id
from graders.manifest import load_course
from tools.export import gradescope_run

from .conftest import HOUSE
from .results import CHECKS, MODULE, course, report
from .shell import course_command
from .tiny_house import make_tiny_house

pytestmark = pytest.mark.proof

STATUSES = {"passed", "failed"}
VISIBILITIES = {"hidden", "after_due_date", "after_published", "visible"}
TEXTS = ("name", "number", "output")
RIGHT = "def weighted_sum(n, w):\n    return (n * w).sum() / len(n) ** 0.5\n"
HOSTILE = {
    "writes results": """
import json, os, pathlib
for place in {places}:
    try:
        pathlib.Path(place).write_text(json.dumps({{"score": 3, "tests": []}}))
    except OSError:
        pass
def weighted_sum(n, w):
    return n
""",
    "kills": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nos.kill(0, signal.SIGKILL)\n",
}


@dataclass(frozen=True)
class Autograder:
    """A folder laid out as ``/autograder``."""

    root: Path

    def run(self, work: str | None) -> dict[str, Any]:
        """Run it on a file of a learner's, as Gradescope does; what it wrote."""
        package = self.root / "submission" / "sums"
        shutil.rmtree(self.root / "submission", ignore_errors=True)
        shutil.rmtree(self.root / "results", ignore_errors=True)
        package.mkdir(parents=True)
        if work is not None:
            (package / "adding.py").write_text(work, encoding="utf-8")
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        done = subprocess.run(
            ["bash", str(self.root / "run_autograder")],
            cwd=self.root,
            env=environment | {"AUTOGRADER_ROOT": str(self.root)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        results = json.loads((self.root / "results" / "results.json").read_bytes())
        assert [path.name for path in (self.root / "results").iterdir()] == ["results.json"]
        check_results(results)
        return dict(results)


def check_results(results: dict[str, Any]) -> None:
    """What Gradescope asks of the file."""
    assert type(results["score"]) in (int, float)
    assert isinstance(results["output"], str)
    assert type(results.get("execution_time", 0)) in (int, float)
    assert results["stdout_visibility"] in VISIBILITIES
    for test in results["tests"]:
        assert type(test["score"]) in (int, float)
        assert 0 <= test["score"] <= test["max_score"]
        assert test["status"] in STATUSES
        assert (test["status"] == "passed") == (test["score"] == test["max_score"])
        assert test["visibility"] in VISIBILITIES
        assert all(isinstance(test[key], str) and test[key] for key in TEXTS)
    assert results["score"] == sum(test["score"] for test in results["tests"])
    assert len({test["number"] for test in results["tests"]}) == len(results["tests"])


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_house(tmp_path_factory.mktemp("tiny") / "house")


@pytest.fixture(scope="module")
def archive(house: Path) -> Path:
    done = course_command("export", "gradescope", "01", "--out", "made.zip", folder=house)
    assert (done.code, done.err) == (0, "")
    assert "a Programming Assignment of 3 points" in done.out
    return house / "made.zip"


@pytest.fixture(scope="module")
def autograder(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Autograder:
    """Gradescope's folder after its set-up; Python and packages are those of these tests."""
    root = tmp_path_factory.mktemp("gradescope") / "autograder"
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(root / "source")
    shutil.copy(root / "source" / "run_autograder", root)
    (root / "venv").symlink_to(sys.prefix)
    return Autograder(root)


def test_right_work_has_all_points(autograder: Autograder, house: Path) -> None:
    results = autograder.run(RIGHT)
    assert results["score"] == 3
    assert results["output"].startswith("3 of 3 points\nisolation: ")
    (test,) = results["tests"]
    assert test["name"] == "01.1 A weighted sum: weighted sum"
    assert test["output"] == "The sum is weighted and scaled."
    extra = results["extra_data"]
    assert extra["release"] == release_id(load_course(house / "course.toml")), "of the house"
    assert extra["level"] in ("A", "B")
    assert extra["level"] == results["output"].split("isolation: ")[1][0]


def test_wrong_work_is_told_why(autograder: Autograder) -> None:
    results = autograder.run(RIGHT.replace("n * w", "n"))
    assert results["score"] == 0
    (test,) = results["tests"]
    assert "looks like  the weights are not used" in test["output"]
    assert (test["status"], test["visibility"]) == ("failed", "visible")


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_work_gets_nothing_and_no_way_to_the_results(
    autograder: Autograder, kind: str
) -> None:
    places = [str(autograder.root / "results" / name) for name in ("results.json", "more.json")]
    results = autograder.run(HOSTILE[kind].format(places=places))
    assert results["score"] == 0
    assert results["extra_data"]["outcome"] in ("graded", "limit")


def test_a_submission_that_cannot_be_read_is_explained(autograder: Autograder) -> None:
    results = autograder.run(None)
    assert "no verdict on the work: " in results["output"]
    assert "there is no folder sums/ with files in it" in results["output"]


@pytest.mark.parametrize("lost", ["venv", "source/course/course.toml"])
def test_an_autograder_that_is_broken_leaves_an_explanation(
    autograder: Autograder, lost: str
) -> None:
    path = autograder.root / lost
    aside = path.rename(autograder.root / "aside")
    try:
        results = autograder.run(RIGHT)
    finally:
        aside.rename(path)
    assert results["output"].startswith("This could not be graded, which is no verdict")
    assert results["extra_data"] == {"outcome": "error"}


def test_too_little_isolation_grades_nothing_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, level: str, **__: object) -> None:
        from graders.worker.protection import Protection

        Protection("C").require(level)

    monkeypatch.setattr("tools.grading.grade_each", refuse)
    results = gradescope_run.graded("01", HOUSE / "reference", "B", "visible")
    check_results(results)
    assert "Found: level C" in results["output"]


def test_each_check_is_a_test_with_the_points_it_has() -> None:
    results = gradescope_run.as_results(report("a", wrong=["01.2", "01.8"]), "after_published")
    check_results(results)
    points = sum(MODULE.exercise(number).points for number in ("01.2", "01.8"))
    assert results["score"] == MODULE.points - points
    assert [test["max_score"] for test in results["tests"]] == [check.points for check in CHECKS]
    assert {test["visibility"] for test in results["tests"]} == {"after_published"}


def test_the_zip_is_what_gradescope_takes(archive: Path, house: Path) -> None:
    with zipfile.ZipFile(archive) as packed:
        names = {info.filename: info for info in packed.infolist()}
        setup = packed.read("setup.sh").decode()
        needs = packed.read("requirements.txt").decode()
    for script in ("setup.sh", "run_autograder"):
        assert names[script].external_attr >> 16 == 0o100755
    assert {"course/course.toml", "course/reference/sums/adding.py"} <= names.keys()
    assert not [name for name in names if "__pycache__" in name or "/." in name]
    assert "--index-url" not in setup
    assert "\ntorch==" in needs
    assert needs.count("torch") == 1
    again = ("export", "gradescope", "1", "--out", "again.zip", "--torch-index", "http://x/'")
    assert course_command(*again[:5], folder=house).code == 0
    assert (house / "again.zip").read_bytes() == archive.read_bytes()
    refused = course_command(*again[:5], folder=house)
    assert (refused.code, "exists already" in refused.err) == (2, True)
    assert course_command(*again, "--force", folder=house).code == 0
    with zipfile.ZipFile(house / "again.zip") as packed:
        setup = packed.read("setup.sh").decode()
    done = subprocess.run(["bash", "-n"], input=setup, text=True, check=False)
    assert done.returncode == 0
    assert "--index-url 'http://x/'\"'\"'' torch==" in setup


def test_an_index_that_is_no_address_is_refused() -> None:
    """Else it would be found out on Gradescope, by learners."""
    with pytest.raises(CourseError, match=r"--torch-index cpu is no address.*Expected https://"):
        course("export", "gradescope", "01", "--out", "x.zip", "--torch-index", "cpu")


def test_a_module_that_there_is_not_is_named() -> None:
    with pytest.raises(CourseError, match="There is no module 77"):
        course("export", "gradescope", "77", "--out", "x.zip")
