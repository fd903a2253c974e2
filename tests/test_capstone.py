"""The capstone as a learner and an instructor meet it: a real small run, honest and hostile work."""

from __future__ import annotations

import json
import pickle
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from graders.course import Course
from graders.grade import Grader
from graders.judge import Verdict
from graders.outcomes import Outcome
from graders.submission import read_submission
from release.build import build_copy
from release.write import hashes
from tools.house import OWN, answers_for

from .conftest import REFERENCE
from .shell import Done, course_command

PARTS = ("Data", "Model", "Training", "Evaluation", "Samples", "What went wrong")
SOME = (
    "These are twenty words or more, which say in plain sentences what was done here, and why it "
    "was done so and in no other way.\n"
)


def build(course: Course, root: Path) -> Path:
    """A student copy with all modules done by the reference."""
    files = build_copy(course, course.modules, {})
    told = {"release": "0123456789ab", "modules": [], "files": hashes(files)}
    for path, content in {**files, ".course/manifest.json": json.dumps(told).encode()}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    shutil.copytree(REFERENCE, root / course.package, dirs_exist_ok=True)
    return root


def typed(copy: Path, *arguments: object) -> Done:
    done = course_command(*arguments, folder=copy, OMP_NUM_THREADS="1")
    assert done.code == 0, done.out + done.err
    return done


def fill(folder: Path, figures: dict[str, object]) -> None:
    """Write the report on its template, as a learner would."""
    text = (folder / "report.md").read_text(encoding="utf-8")
    for name, value in figures.items():
        assert f"| {name} | |" in text
        text = text.replace(f"| {name} | |", f"| {name} | {value} |")
    for part in PARTS:
        text = text.replace(f"## {part}\n", f"## {part}\n\n{SOME}")
    for name in ("curves", "attention", "temperature"):
        text += f"\n![What one sees in {name}]({name}.png)\n"
    (folder / "report.md").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def copy(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy in which somebody trained the tiny model and did the whole project with it."""
    copy = build(course, tmp_path_factory.mktemp("capstone") / "copy")
    typed(copy, "train", "--config", "tiny", "--quiet")
    typed(copy, "capstone", "--start")
    model = ("--checkpoint", "capstone/checkpoint.safetensors", "--prompt", "ALDER:")
    out = ("--compare", "--samples", 4, "--max-new-tokens", 100, "--json", "capstone/samples.json")
    typed(copy, "generate", *model, *out)
    typed(copy, "plot", "curves", "runs/tiny", "--out", "capstone/curves.png")
    typed(copy, "plot", "attention", *model, "--out", "capstone/attention.png")
    Image.effect_noise((640, 480), 50).save(copy / "capstone" / "temperature.png")  # a third one
    samples = json.loads((copy / "capstone/samples.json").read_bytes())["samples"]
    varied = max(samples, key=lambda sample: sample["diversity"]["distinct_2"])["strategy"]
    with safe_open(copy / "capstone/checkpoint.safetensors", framework="numpy") as file:
        facts = json.loads(file.metadata()["checkpoint"])
        assert all(name.startswith("model.") for name in file.keys())  # noqa: SIM118
    loss = facts["val_loss"]
    known = {"corpus": "builtin", "vocabulary": 58, "steps": 200, "held-out loss": f"{loss:.4f}"}
    sizes = 58 * 64 + 32 * 64 + 2 * (4 * 64 * 65 + 2 * 64 * 256 + 320 + 4 * 64) + 2 * 64
    more = {"perplexity": f"{np.exp(loss):.2f}", "parameters": f"{sizes:,}", "most varied": varied}
    fill(copy / "capstone", {**known, **more})
    return copy


@pytest.fixture(scope="module")
def grader(course: Course) -> Iterator[Grader]:
    """The instructor's."""
    project = course.graded("09")
    answers = answers_for(course, project, "a seed for tests")
    with Grader(course, project, answers, required_level=OWN) as grader:
        yield grader


@pytest.fixture
def folder(copy: Path, tmp_path: Path) -> Path:
    """The project alone, to be spoiled."""
    return shutil.copytree(copy / "capstone", tmp_path / "alice" / "capstone")


def judged(grader: Grader, folder: Path, *checks: str) -> list[Verdict]:
    """The verdicts of some checks on a project folder, in their order."""
    work = read_submission(folder.parent, "capstone")
    by_id = {check.id: check for check in grader.checks}
    return grader.verdicts(work, [by_id[name] for name in checks])


def test_a_learner_sees_points_at_home_and_the_instructor_comes_to_the_same(
    copy: Path, grader: Grader
) -> None:
    done = course_command("grade", "09", "--json", "-", folder=copy, OMP_NUM_THREADS="1")
    at_home = json.loads(done.out)
    assert done.code == 1, done.err
    lost = {check["id"] for check in at_home["checks"] if check["outcome"] != "passed"}
    assert lost == {"09.2/trained", "09.2/well"}  # what 200 steps of the tiny config do not reach
    assert (at_home["score"], at_home["max_score"]) == (56, 70)
    report = grader.grade(copy)
    assert [(v.check.id, v.outcome, v.points) for v in report.verdicts] == [
        (check["id"], Outcome(check["outcome"]), check["points"]) for check in at_home["checks"]
    ]
    words = next(v.message for v in report.verdicts if v.check.id == "09.2/well")
    assert "nats per character, expected 0.75 or less" in words
    assert "checkpoint.safetensors" in words
    status = course_command("status", "09", folder=copy).out
    assert "09 Capstone: 56 of 70 points" in status
    assert re.search(r"^  09\.2 +Held-out loss +6/20  wrong$", status, re.M), status


def test_a_run_as_expected_and_one_that_is_not(copy: Path, tmp_path: Path) -> None:
    done = typed(copy, "capstone", "--check", "runs/tiny")
    assert done.out.count("as expected") == 2
    assert "| held-out loss | 2." in done.out
    run = shutil.copytree(copy / "runs" / "tiny", tmp_path / "run")
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    for line, change in zip([line for line in lines if "val_loss" in line], (-1, 1), strict=True):
        line["val_loss"] += change
    (run / "log.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    done = course_command("capstone", "--check", run, folder=copy)
    assert done.code == 1
    assert "too low" in done.out
    assert "too high" in done.out
    again = course_command("capstone", "--start", "runs/tiny", folder=copy)
    assert again.code == 2
    assert "--force" in again.err


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def _pickled(path: Path) -> None:
    path.write_bytes(pickle.dumps({"model": print}))


def _foreign(path: Path) -> None:
    save_file({"a": np.zeros(3)}, path)


def rewritten(path: Path, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> None:
    """The checkpoint with other facts and tensors; ``change`` changes them in place."""
    with safe_open(path, framework="numpy") as file:
        facts = json.loads(file.metadata()["checkpoint"])
    tensors = load_file(path)
    change(facts, tensors)
    save_file(tensors, path, {"checkpoint": json.dumps(facts)})


@pytest.mark.parametrize(
    ("step", "advice"),
    [
        (40, "Train on: course train --resume {run} --set training.max_steps=200"),
        (250, "Train anew: course train --config tiny --set training.corpus=builtin --out"),
    ],
)
def test_a_run_that_was_never_measured_where_the_table_is_is_told_what_leads_there(
    step: int, advice: str, copy: Path, tmp_path: Path
) -> None:
    """One that has gone past the table's last step would end at once if it were to go on."""

    def change(facts: dict[str, Any], tensors: dict[str, Any]) -> None:
        facts["step"] = step

    run = tmp_path / "run"
    kept = run / "checkpoints" / f"step-{step:06}.safetensors"
    kept.parent.mkdir(parents=True)
    shutil.copy(copy / "capstone" / "checkpoint.safetensors", kept)
    rewritten(kept, change)
    (run / "log.jsonl").write_text(json.dumps({"step": step, "val_loss": 2.5}) + "\n")
    done = course_command("capstone", "--check", run, folder=copy)
    assert (done.code, advice.format(run=run) in done.err) == (2, True), done.err


def _nan(path: Path) -> None:
    def change(facts: dict[str, Any], tensors: dict[str, Any]) -> None:
        tensors["model.ln_f.weight"][3] = np.nan

    rewritten(path, change)


def _others(path: Path) -> None:
    def change(facts: dict[str, Any], tensors: dict[str, Any]) -> None:
        tensors["model.final_norm.weight"] = tensors.pop("model.ln_f.weight")

    rewritten(path, change)


def _greedy_settings(path: Path) -> None:
    def change(facts: dict[str, Any], tensors: dict[str, Any]) -> None:
        facts["config"]["model"] |= {"n_layers": 40, "d_model": 1024, "d_ff": 8192}

    rewritten(path, change)


def _elsewhere(path: Path) -> None:
    def change(facts: dict[str, Any], tensors: dict[str, Any]) -> None:
        facts["config"]["training"]["corpus"] = "/etc/passwd"

    rewritten(path, change)


@pytest.mark.parametrize(
    ("change", "check", "words"),
    [
        (_cut, "09.1/whole", "no whole safetensors file"),
        (_pickled, "09.1/whole", "a pickle"),
        (_foreign, "09.1/whole", "a safetensors file of something else"),
        (_nan, "09.1/fits", "ln_f.weight holds numbers that are not finite"),
        (_others, "09.1/fits", "there is no ln_f.weight. A model of another architecture"),
        (_greedy_settings, "09.1/fits", "the settings ask for"),
        (_elsewhere, "09.2/learnt", "expected builtin or shakespeare"),
    ],
)
def test_a_checkpoint_that_is_refused(
    change: Callable[[Path], None], check: str, words: str, grader: Grader, folder: Path
) -> None:
    change(folder / "checkpoint.safetensors")
    (verdict,) = judged(grader, folder, check)
    assert verdict.outcome is Outcome.FAILED
    assert words in verdict.message


def test_too_much_or_a_link_cannot_be_graded(grader: Grader, folder: Path) -> None:
    with (folder / "more.bin").open("wb") as file:
        file.truncate(17 << 20)
    report = grader.grade(folder.parent)
    assert report.error
    assert "expected at most 16" in report.error
    (folder / "more.bin").unlink()
    (folder / "report.md").unlink()
    (folder / "report.md").symlink_to("/etc/passwd")
    assert "is a link" in grader.grade(folder.parent).error


def test_samples_of_another_model_or_other_settings_are_seen(grader: Grader, folder: Path) -> None:
    path = folder / "samples.json"
    told = json.loads(path.read_bytes())
    by_name = {sample["strategy"]: sample for sample in told["samples"]}
    texts = by_name["temperature 1.3"]["texts"]
    # drawn with 1.3, and said to be of 0.7; and a greedy text in which one letter was changed
    by_name["temperature 0.7"]["texts"] = texts
    told["samples"] = [by_name["temperature 0.7"], by_name["greedy"]]
    first = by_name["greedy"]["texts"][0]
    other = "a" if first["new"][50] != "a" else "e"
    for text in by_name["greedy"]["texts"]:
        text["new"] = first["new"][:50] + other + first["new"][51:]
    path.write_text(json.dumps(told), encoding="utf-8")
    greedy, drawn, diverse, ways = judged(
        grader, folder, "09.4/greedy", "09.4/drawn", "09.5/diversity", "09.3/strategies"
    )
    assert "another character than the likeliest one: new character 50" in greedy.message
    assert "another model, or other settings, wrote them" in drawn.message
    assert "and its texts have" in diverse.message
    assert "1 different ways of drawing" in ways.message


def test_a_report_with_wrong_figures_or_without_words(grader: Grader, folder: Path) -> None:
    path = folder / "report.md"
    right = path.read_text(encoding="utf-8")
    path.write_text(right.replace("| steps | 200 |", "| steps | 2,000 |"), encoding="utf-8")
    (figures,) = judged(grader, folder, "09.6/figures_of_model")
    assert "steps is 2000 in the report, expected 200" in figures.message
    path.write_text(right.replace("| held-out loss | 2.", "| held-out loss | 1."), encoding="utf-8")
    (results,) = judged(grader, folder, "09.6/figures_of_results")
    assert "held-out loss is 1." in results.message
    path.write_text(right.replace(SOME, "<!-- " + SOME.strip() + " -->"), encoding="utf-8")
    (parts,) = judged(grader, folder, "09.6/parts")
    assert "has 0 words" in parts.message


def test_pictures_that_show_nothing_or_are_none(grader: Grader, folder: Path) -> None:
    Image.new("RGB", (800, 600), "white").save(folder / "curves.png")
    (blank,) = judged(grader, folder, "09.7/pictures")
    assert "all of one colour" in blank.message
    (folder / "curves.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    (damaged,) = judged(grader, folder, "09.7/pictures")
    assert "curves.png is" in damaged.message
    Image.effect_noise((90, 60), 50).save(folder / "curves.png")
    (small,) = judged(grader, folder, "09.7/pictures")
    assert "90 x 60 pixels" in small.message


def test_a_class_hands_in_folders(copy: Path, folder: Path, tmp_path: Path) -> None:
    shutil.copytree(copy / "capstone", tmp_path / "class" / "bob" / "capstone")
    shutil.copytree(folder, tmp_path / "class" / "ann" / "capstone")
    _cut(tmp_path / "class" / "ann" / "capstone" / "checkpoint.safetensors")
    out = ("--out", tmp_path / "grades", "--jobs", 1, "--require-sandbox", OWN)
    done = course_command("grade", "09", tmp_path / "class", *out)
    assert done.code == 1, done.err
    rows = [line.split()[:2] for line in done.out.splitlines()]
    assert ["bob", "56/70"] in rows
    assert ["ann", "20/70"] in rows  # what needs no checkpoint


def test_a_project_is_no_module_of_code(course: Course) -> None:
    done = course_command("audit", "09")
    assert done.code == 2
    assert "09 is a project" in done.err
    assert [project.id for project in course.projects_after(course.modules)] == ["09"]
    assert course.projects_after(course.modules[:-1]) == []
