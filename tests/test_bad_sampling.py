"""Samplers and generators that give what they should not: each costs its own, in plain words."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from graders.grade import Grader
from graders.outcomes import Outcome

from .conftest import REFERENCE, MakeSubmission

STRATEGIES, GENERATOR = "sampling/strategies.py", "sampling/generator.py"
FAILED, ERROR = Outcome.FAILED, Outcome.ERROR


@dataclass(frozen=True)
class Bad:
    """What a file does, the exercises in which points are lost, and what one of them says."""

    does: str
    code: str  # put at the end of the file
    costs: tuple[str, ...]
    outcome: Outcome
    words: tuple[str, ...]
    file: str = STRATEGIES

    def __str__(self) -> str:
        return self.does.replace(" ", "_")


TOP_K = "def top_k_sample(logits, k, temperature=1.0, generator=None):\n    "
COMBINED = (
    "def combined_sample(logits, temperature=1.0, top_k=None, top_p=None, generator=None):\n    "
)
GENERATE = "TextGenerator.generate = lambda self, start_tokens, *args, **given: "
BAD = [
    Bad(
        "draws an id beyond the vocabulary",
        TOP_K + "return temperature_sample(logits, temperature, generator) + logits.size(-1)",
        ("07.11",),
        FAILED,
        ("an id is out of range", "expected 0 to 3"),
    ),
    Bad(
        "draws an id beyond all bounds",
        TOP_K + "return torch.full((len(logits),), 2**60)",
        ("07.11",),
        FAILED,
        ("an id is out of range",),
    ),
    Bad(
        "draws a negative id",
        TOP_K + "return torch.full((len(logits),), -1)",
        ("07.11",),
        FAILED,
        ("an id is out of range",),
    ),
    Bad(
        "draws ids that are no integers",
        TOP_K + "return temperature_sample(logits, temperature, generator).double()",
        ("07.11",),
        FAILED,
        ("dtype float64, expected int64",),
    ),
    Bad(
        "draws a column",
        TOP_K + "return temperature_sample(logits, temperature, generator)[:, None]",
        ("07.11",),
        FAILED,
        ("has shape [2048, 1], expected [2048]",),
    ),
    Bad(
        "draws a list",
        TOP_K + "return temperature_sample(logits, temperature, generator).tolist()",
        ("07.11",),
        FAILED,
        ("it returned a list, expected one tensor: ids",),
    ),
    Bad(
        "draws ids for the generator that its model does not have",
        COMBINED + "return torch.full((len(logits),), logits.size(-1))",
        ("07.13", "07.18"),
        FAILED,
        ("an id is out of range",),
    ),
    Bad(
        "filters to NaN",
        "def filter_top_k(logits, k):\n    return logits * float('nan')",
        ("07.5", "07.11", "07.13", "07.18"),
        FAILED,
        ("`filtered` holds NaN",),
    ),
    Bad(
        "generates a list",
        GENERATE + "start_tokens.tolist()",
        ("07.18",),
        FAILED,
        ("it returned a list, expected one tensor: tokens",),
        GENERATOR,
    ),
    Bad(
        "generates nothing",
        GENERATE + "None",
        ("07.18",),
        FAILED,
        ("None (is a `return` missing?)",),
        GENERATOR,
    ),
    Bad(
        "gives fewer texts than prompts",
        "TextGenerator.generate_batch = lambda self, prompts, **given: prompts[:1]",
        ("07.18",),
        FAILED,
        ("1 texts for",),
        GENERATOR,
    ),
    Bad(
        "cannot be read",
        "def broken(:",
        ("07.17", "07.18"),
        ERROR,
        ("sampling/generator.py", "cannot be read"),
        GENERATOR,
    ),
]


def assert_costs(bad: Bad, graders: dict[str, Grader], make_submission: MakeSubmission) -> None:
    """Points are lost in its own exercises, and in no other; one of them says why."""
    text = (REFERENCE / bad.file).read_text() + "\n\n" + bad.code + "\n"
    report = graders[bad.costs[0][:2]].grade(make_submission({bad.file: text}))
    assert report.error == ""
    exercises = [exercise.id for exercise in report.module.exercises]
    lost = [e for e in exercises if any(v.message for v in report.of_exercise(e))]
    assert lost == [*bad.costs]
    verdicts = [v for exercise in bad.costs for v in report.of_exercise(exercise)]
    said = [v.message for v in verdicts if v.outcome is bad.outcome]
    assert any(all(word in message for word in bad.words) for message in said), said


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_code_that(bad: Bad, graders: dict[str, Grader], make_submission: MakeSubmission) -> None:
    assert_costs(bad, graders, make_submission)
