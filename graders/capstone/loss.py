"""The held-out loss of a model that was handed in, from its logits."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..calls import Implementation, Scenario
from ..compare import require
from ..inputs import Array, Draw
from ..lm.corpus import BUILTIN, SHAKESPEARE, load_corpus
from ..lm.play import write_plays
from .model import TrainedModel

ROOT = Path(__file__).resolve().parents[2]  # of the course
HELD_OUT = 0.1  # of the corpus, its end
FRESH = 60_000  # characters of a play that nobody has seen
TOKENS = 16_384  # to measure the loss on, about
NUMBERS = 8 << 20  # logits, at most, of one measurement
UNKNOWN = 0.001  # so great a part of the text may be characters that the model does not know


def own_text(model: TrainedModel) -> str:
    """The held-out part of the corpus that the model was trained on.

    Raises:
        Mismatch: it was trained on another text than the course's.
        CourseError: the plays of Shakespeare are not here.
    """
    training = model.settings.training
    require(
        training.corpus in (BUILTIN, SHAKESPEARE),
        f"it was trained on {training.corpus!r}, expected {BUILTIN} or {SHAKESPEARE}",
        model.got,
    )
    part = training.val_fraction
    require(
        part >= HELD_OUT,
        f"the run held out {part:.0%} of its text, expected {HELD_OUT:.0%} or more",
        model.got,
    )
    return load_corpus(ROOT, training.corpus, HELD_OUT).val


def unseen_text(model: TrainedModel, draw: Draw) -> str:
    """Text that the model cannot have been trained on, where more of it can be made: a fresh play.

    Of Shakespeare there is no more, so it is what every run holds out of him.
    """
    text = own_text(model)
    if model.settings.training.corpus == BUILTIN:
        numbers = draw.integers(0, 2**31, 4).tolist()
        text = write_plays(f"unseen {numbers}", FRESH)
    return text


def windows(model: TrainedModel, text: str) -> Array:
    """Windows of a text, evenly spread over it: int64[N, T + 1], T as the model was trained.

    Raises:
        Mismatch: too much of the text is unknown to the model.
    """
    tokens = np.array(model.known(text), dtype=np.int64)
    strange = 1 - len(tokens) / len(text)
    require(
        strange <= UNKNOWN,
        f"{strange:.1%} of the held-out text is not in the model's vocabulary",
        model.got,
    )
    length = model.window
    most = max(1, min(TOKENS, NUMBERS // model.arguments["vocab_size"]) // length)
    last = len(tokens) - length - 1
    starts = np.linspace(0, last, min(most, last + 1)).astype(np.int64)
    rows: Array = tokens[starts[:, None] + np.arange(length + 1)]
    return rows


def loss_on(model: TrainedModel, text: str, reference: Implementation, logits: Scenario) -> float:
    """The mean loss on a text, nats per character."""
    rows = windows(model, text)
    scores = model.logits(reference, logits, rows[:, :-1]).astype(np.float64)  # (N, T, V)
    losses = -np.take_along_axis(log_softmax(scores), rows[:, 1:, None], axis=-1)
    return float(losses.mean())


def log_softmax(scores: Array) -> Array:
    """Logarithms of the probabilities, along the last axis; -inf stays -inf."""
    moved = scores - scores.max(axis=-1, keepdims=True)
    made: Array = moved - np.log(np.exp(moved).sum(axis=-1, keepdims=True))
    return made
