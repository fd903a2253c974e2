"""Checks of the capstone: the checkpoint loads as data, and its model has learnt."""

from __future__ import annotations

from .calls import Implementation
from .capstone.loss import loss_on, unseen_text
from .capstone.model import TrainedModel, trained_model
from .check import check
from .compare import require
from .inputs import Draw
from .scenarios import capstone as scenarios

# held-out losses to reach, in nats per character, by corpus: `--config tiny` reaches the first on the
# built-in text, `--config shakespeare` all of them, after some 1000 of its 2000 steps (built-in) or 1500
LEARNT = {"builtin": 2.3, "shakespeare": 2.5}  # little more than which letter follows which
TRAINED = {"builtin": 1.2, "shakespeare": 2.1}  # words
WELL = {"builtin": 0.75, "shakespeare": 1.95}  # lines


def fitting_model(learner: Implementation, reference: Implementation) -> tuple[TrainedModel, int]:
    """The model that was handed in and its number of parameters, for the other checks."""
    model = trained_model(learner)
    return model, model.fit(reference, scenarios.describe)


# ---- 09.1 the checkpoint


@check("09.1", points=3, double_only=True)
def test_whole(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The checkpoint is one whole safetensors file whose facts are JSON, as `course train` writes it."""
    trained_model(learner)


@check("09.1", points=5, double_only=True)
def test_fits(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Its weights are those of a TinyTransformerLM with its settings, each of them a finite number."""
    trained_model(learner).fit(reference, scenarios.describe)


# ---- 09.2 the held-out loss


def reaches(
    learner: Implementation, reference: Implementation, seed: Draw, goals: dict[str, float]
) -> None:
    """The loss on text that the model cannot know is that of its corpus in ``goals``, or less."""
    model, _ = fitting_model(learner, reference)
    text = unseen_text(model, seed)
    loss = loss_on(model, text, reference, scenarios.logits)
    goal = goals[model.settings.training.corpus]
    said = f"the held-out loss is {loss:.4f} nats per character, expected {goal} or less"
    require(loss <= goal, said, model.got)


@check("09.2", points=6, double_only=True)
def test_learnt(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The held-out loss shows that the model has learnt which letters follow which."""
    reaches(learner, reference, draw, LEARNT)


@check("09.2", points=7, double_only=True)
def test_trained(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The held-out loss shows that the model has learnt words."""
    reaches(learner, reference, draw, TRAINED)


@check("09.2", points=7, double_only=True)
def test_well(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The held-out loss shows that the model has learnt how lines go on."""
    reaches(learner, reference, draw, WELL)
