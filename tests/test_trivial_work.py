"""Work that computes nothing earns nothing, however it goes about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from graders.grade import Grader

from .conftest import REFERENCE, MakeSubmission

ZEROS = """
import torch
from torch import nn

def create_causal_mask(seq_len, device=None):
    return torch.zeros(seq_len, seq_len)

def scaled_dot_product_attention(query, key, value, mask=None, dropout=None):
    output = query.sum() * 0 + torch.zeros(*query.shape[:-1], value.shape[-1], dtype=query.dtype)
    return output, torch.zeros(*query.shape[:-1], key.shape[-2], dtype=query.dtype)

class Attention(nn.Module):
    def __init__(self, dropout=0.1):
        super().__init__()

    def forward(self, query, key, value, mask=None):
        return scaled_dot_product_attention(query, key, value)
"""
RAISES = """
from torch import nn

def create_causal_mask(seq_len, device=None):
    raise ValueError("no")

def scaled_dot_product_attention(query, key, value, mask=None, dropout=None):
    raise ValueError("no")

class Attention(nn.Module):
    def __init__(self, dropout=0.1):
        raise ValueError("no")
"""
# what scores full marks where learner code runs beside the verdict
FORGES = """
import numpy
import torch
from torch import nn

import graders.compare
import graders.scenarios.attention as scenarios

class AlwaysEqual(torch.Tensor):
    def __eq__(self, other):
        return torch.ones(self.shape, dtype=torch.bool)

torch.allclose = torch.equal = lambda *args, **options: True
torch.testing.assert_close = lambda *args, **options: None
numpy.isclose = lambda got, want, **options: numpy.ones_like(want, dtype=bool)
graders.compare.assert_parity = lambda got, want: None
graders.compare.close = lambda got, want: numpy.ones_like(want, dtype=bool)
for name in [name for name in vars(scenarios) if name.startswith(("attend", "causal", "attention"))]:
    setattr(scenarios, name, lambda tt, **inputs: {
        "output": torch.zeros(1), "weights": torch.zeros(1), "mask": torch.zeros(1),
        "refused": torch.ones(len(inputs.get("calls", [1])), dtype=torch.int64),
    })

def create_causal_mask(seq_len, device=None):
    return AlwaysEqual(seq_len, seq_len)

def scaled_dot_product_attention(query, key, value, mask=None, dropout=None):
    return AlwaysEqual(1), AlwaysEqual(1)

class Attention(nn.Module):
    def __init__(self, dropout=0.1):
        super().__init__()

    def forward(self, *args, **options):
        return AlwaysEqual(1), AlwaysEqual(1)
"""
NONE = RAISES.replace('raise ValueError("no")', "pass")


@pytest.mark.parametrize(
    "text", [ZEROS, RAISES, NONE, FORGES], ids=["zeros", "raises", "none", "forges"]
)
def test_work_that_computes_nothing_earns_nothing(
    text: str, graders: dict[str, Grader], tmp_path: Path
) -> None:
    package = tmp_path / "work" / "tiny_transformer"
    package.mkdir(parents=True)
    package.joinpath("attention.py").write_text(text)
    report = graders["01"].grade(package.parent)
    assert report.outcome == "graded"
    assert [verdict.check.id for verdict in report.verdicts if verdict.points] == []


# of what comes back, one part follows from another, and neither from what was given
AGREES = {
    "06.31/trainer_evaluates": (
        "training/trainer.py",
        """

def _evaluate(self):
    with torch.no_grad():
        self.model(next(iter(self.val_loader))[0])
    for weight in self.model.parameters():
        weight.data.fill_(float("nan"))
    return {"loss": float("nan"), "perplexity": float("nan")}


Trainer.evaluate = _evaluate
""",
    ),
    "06.31/trainer_resumes": (
        "training/trainer.py",
        """

def _fill(self, number):
    for weight in self.model.parameters():
        weight.data.fill_(float(number))


Trainer.train = lambda self: _fill(self, self.config.num_epochs)
Trainer.save_checkpoint = lambda self, path: None
Trainer.load_checkpoint = lambda self, path: _fill(self, 2)
""",
    ),
    "08.14/states_differ": (
        "utils/random_state.py",
        """

COUNT = []


def random_states():
    COUNT.append(0)
    return {"count": len(COUNT)}
""",
    ),
}


@pytest.mark.parametrize("check", AGREES)
def test_results_that_agree_only_with_each_other_earn_nothing(
    check: str, graders: dict[str, Grader], make_submission: MakeSubmission
) -> None:
    file, text = AGREES[check]
    work = make_submission({file: (REFERENCE / file).read_text(encoding="utf-8") + text})
    report = graders[check[:2]].grade(work)
    (verdict,) = [v for v in report.verdicts if v.check.id == check]
    assert (verdict.outcome.value, verdict.points) == ("failed", 0), verdict.message
