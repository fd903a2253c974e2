"""Broken layers and trainers: a clear message, the right outcome, and all other checks are graded."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace

import pytest

from graders.grade import Grader
from graders.outcomes import Outcome

from .conftest import REFERENCE, MakeSubmission

pytestmark = pytest.mark.proof

FAILED, ERROR, LIMIT = Outcome.FAILED, Outcome.ERROR, Outcome.LIMIT
SECONDS = 2  # for a check, where one is to run over it


@dataclass(frozen=True)
class Broken:
    """A component, what is replaced in its file, what becomes of it, and words of the message."""

    does: str
    exercise: str
    file: str
    replaced: str
    by: str
    outcome: Outcome
    words: tuple[str, ...]
    keeps: tuple[str, ...] = ()  # checks of the exercise that hold all the same

    def __str__(self) -> str:
        return self.does.replace(" ", "_")


HEADS, WIDE = "multi_head.py", "feedforward.py"
FC1 = "        self.fc1 = nn.Linear(d_model, d_ff, bias=bias)\n"
OUTPUT = "        return self.dropout(self.fc2(hidden))"
LAYERS = [
    Broken(
        "keeps a weight under another key",
        "02.8",
        HEADS,
        "self.W_o",
        "self.out_proj",
        FAILED,
        (
            "its state_dict has no W_o.weight",
            "found: ",
            "out_proj.weight",
            "names in the docstring",
        ),
    ),
    Broken(
        "has a weight that no module holds",
        "03.3",
        WIDE,
        FC1,
        FC1 + "        self.__dict__['fc1'] = self._modules.pop('fc1')\n",
        FAILED,
        ("its state_dict has no fc1.weight, fc1.bias", "found: fc2.weight"),
    ),
    Broken(
        "has a weight of another shape",
        "03.3",
        WIDE,
        FC1,
        FC1.replace("d_model, d_ff", "d_ff, d_model"),
        FAILED,
        ("fc1.weight has shape [12, 20], expected [20, 12]",),
    ),
    Broken(
        "has a parameter of its own that is NaN",
        "03.3",
        WIDE,
        OUTPUT,
        "        self.scale = nn.Parameter(x.new_full((1,), float('nan')))\n"
        "        return self.scale * self.dropout(self.fc2(hidden))",
        FAILED,
        ("`output` holds NaN", "first at [0, 0"),
    ),
    Broken(
        "returns no tensor",
        "03.3",
        WIDE,
        OUTPUT,
        "        self.dropout(self.fc2(hidden))",
        FAILED,
        ("None",),
    ),
]
TRAINER = "training/trainer.py"
STEPS = "06.31/trainer_steps"
TRAINERS = [
    Broken(
        "never ends its training",
        "06.31",
        TRAINER,
        "        while not self._done():\n",
        "        while True:\n",
        LIMIT,
        (f"within {SECONDS} s", "endless loop"),
        keeps=(STEPS,),
    ),
    Broken(
        "never ends an epoch",
        "06.31",
        TRAINER,
        "        for group in self._groups():\n",
        "        import itertools\n        for group in itertools.cycle([*self._groups()]):\n",
        LIMIT,
        (f"within {SECONDS} s", "endless loop"),
    ),
    Broken(
        "trains to NaN",
        "06.31",
        TRAINER,
        "            (loss / tokens).backward()\n",
        "            (loss / tokens * float('nan')).backward()\n",
        FAILED,
        ("holds NaN",),
        keeps=(
            "06.31/trainer_evaluates",
            "06.31/trainer_evaluation_leaves_no_trace",
            "06.31/trainer_evaluation_refuses",
        ),
    ),
    Broken(
        "cannot take batches of another shape",
        "06.31",
        TRAINER,
        "        for group in self._groups():\n",
        "        for group in self._groups():\n            torch.stack([x for x, _ in self.train_loader])\n",
        ERROR,
        (
            "it raised RuntimeError",
            "stack expects each tensor to be equal size",
            "trainer.py, line",
        ),
    ),
    Broken(
        "has no optimizer",
        "06.31",
        TRAINER,
        "        self.optimizer.step()\n",
        "        self.optim.step()\n",
        ERROR,
        ("AttributeError", "no attribute 'optim'", "trainer.py, line"),
    ),
]


@pytest.mark.parametrize("broken", LAYERS, ids=str)
def test_layer_that(
    broken: Broken, graders: dict[str, Grader], make_submission: MakeSubmission
) -> None:
    """It costs its own exercise alone; what stands in for it serves the others."""
    text = (REFERENCE / broken.file).read_text()
    assert broken.replaced in text
    text = text.replace(broken.replaced, broken.by)
    report = graders[broken.exercise[:2]].grade(make_submission({broken.file: text}))
    others = [v for v in report.verdicts if v.check.exercise != broken.exercise and v.points == 0]
    built_on_it = {e.id for e in report.module.exercises if broken.exercise in e.builds_on}
    assert {verdict.check.exercise for verdict in others} <= built_on_it
    said = [v.message for v in report.of_exercise(broken.exercise) if v.outcome is broken.outcome]
    assert any(all(word in message for word in broken.words) for message in said), said


@pytest.mark.parametrize("broken", TRAINERS, ids=str)
def test_trainer_that(
    broken: Broken, graders: dict[str, Grader], make_submission: MakeSubmission
) -> None:
    """The settings in the same file, and all other exercises, keep their points."""
    text = (REFERENCE / broken.file).read_text()
    assert text.count(broken.replaced) == 1
    graders["06"].grade(REFERENCE.parent)  # all that is slow at the first time
    hasty = copy.copy(graders["06"])
    limits = replace(hasty.course.limits, check_seconds=SECONDS)
    hasty.course = replace(hasty.course, limits=limits)
    work = make_submission({broken.file: text.replace(broken.replaced, broken.by)})
    report = hasty.grade(work)
    assert report.error == ""
    lost = {v.check.exercise for v in report.verdicts if v.points == 0}
    assert lost == {broken.exercise}
    verdicts = report.of_exercise(broken.exercise)
    said = [v.message for v in verdicts if v.outcome is broken.outcome]
    assert any(all(word in message for word in broken.words) for message in said), said
    if broken.outcome is LIMIT:
        assert {v.check.id for v in verdicts if v.points} == {*broken.keeps}
        later = [v for v in verdicts if v.outcome is LIMIT][1:]
        assert all("not run, because an earlier check" in v.problem for v in later)
        assert later
    else:
        assert {v.check.id for v in verdicts if v.points} >= {*broken.keeps}
