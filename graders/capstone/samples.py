"""The samples that were handed in, and whether the model that was handed in would write them.

Letters in the shape comments: P places in a text, T tokens before a place, V vocabulary.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import BaseModel, Field, ValidationError

from ..calls import Implementation, Result, Scenario
from ..compare import Mismatch
from ..handed import CONTENT, content
from ..inputs import Array, Draw
from .loss import log_softmax
from .model import TrainedModel

FILE = "samples.json"
SCHEMA = "course/generate/1"
TIE = 1e-3  # logits so close may change their order with the machine
LATER = {True: 24, False: 200}  # places beyond the model's reach to look at, by do_sample
SIGMAS = 6.0  # a right sample is farther off once in 500 million times


class Text(BaseModel):
    """A prompt and what the model made of it."""

    prompt: str = Field(min_length=1, max_length=1000)
    new: str = Field(max_length=3000)


class Settings(BaseModel):
    """How texts were drawn."""

    temperature: float = Field(1.0, gt=0, le=100)
    top_k: int | None = Field(None, ge=1)
    top_p: float | None = Field(None, gt=0, le=1)
    do_sample: bool = True

    @property
    def strategy(self) -> tuple[float | None, ...]:
        """Equal for settings that give the same distribution."""
        if not self.do_sample:
            return ()
        return (self.temperature, self.top_k, self.top_p)


class Sample(BaseModel):
    """The texts of one strategy."""

    strategy: str = Field(max_length=100)
    settings: Settings
    diversity: dict[str, float | None] = {}
    texts: list[Text] = Field(min_length=1, max_length=64)


class _File(BaseModel):
    samples: Annotated[list[Sample], Field(min_length=1, max_length=20)]


@dataclass(frozen=True)
class Samples:
    """What ``course generate --json`` wrote. ``got`` is the file."""

    got: Result
    samples: list[Sample]

    @property
    def greedy(self) -> list[Sample]:
        return [sample for sample in self.samples if not sample.settings.do_sample]

    @property
    def drawn(self) -> list[Sample]:
        """One for each way of drawing: two with the same settings are one."""
        found = {s.settings.strategy: s for s in self.samples if s.settings.do_sample}
        return [*found.values()]


def samples_of(learner: Implementation) -> Samples:
    """The samples that were handed in.

    Raises:
        Mismatch: it is not what ``course generate --json`` writes; it says in which way.
        RunFailure: there is no file.
    """
    got = learner.run(content, name=FILE)
    try:
        told = json.loads(got[CONTENT].tobytes().decode("utf-8"))
        if not isinstance(told, dict) or told.get("schema") != SCHEMA:
            raise Mismatch(f"{FILE} is not what `course generate --json` writes", got)
        return Samples(got, _File.model_validate(told).samples)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise Mismatch(f"{FILE}: {where}: {first['msg']}", got) from None
    except (ValueError, RecursionError) as error:
        raise Mismatch(f"{FILE} is no JSON in UTF-8: {error}", got) from None


@dataclass(frozen=True)
class Places:
    """Places of a text: what was written there, and the model's logits for it."""

    written: Array  # int64[P]
    scores: Array  # float64[P, V]


def places(
    model: TrainedModel,
    samples: Samples,
    text: Text,
    reference: Implementation,
    logits: Scenario,
    draw: Draw,
    most: int,
) -> Places:
    """Those of the new characters of a text.

    Args:
        draw: chooses which places are looked at,
        most: so many, of those that have more text before them than the model can see.

    Raises:
        Mismatch: a character is not in the model's vocabulary.
    """
    tokens = model.tokens(text.prompt + text.new)
    first, reach = len(text.prompt), model.settings.model.max_len
    if tokens is None:
        raise Mismatch(
            "a text holds a character that is not in the model's vocabulary", samples.got
        )
    row = np.array(tokens, dtype=np.int64)
    beginning = model.logits(reference, logits, row[None, :reach])[0]  # (T, V)
    near = [*range(first, min(len(row), reach + 1))]
    far = [*range(max(first, reach + 1), len(row))]
    far = sorted(draw.shuffled(far)[:most])
    scores = [beginning[place - 1] for place in near]
    if far:
        before = np.stack([row[place - reach : place] for place in far])  # (P, T)
        scores += [*model.logits(reference, logits, before, only_last=True)[:, 0]]
    return Places(row[near + far], np.array(scores, dtype=np.float64))


def first_not_greedy(found: Places) -> int | None:
    """The number of the first character that is not the likeliest one, None where all are."""
    taken = np.take_along_axis(found.scores, found.written[:, None], axis=-1)[:, 0]
    wrong = np.flatnonzero(taken < found.scores.max(axis=-1) - TIE)
    return int(wrong[0]) if len(wrong) else None


def distribution(scores: Array, settings: Settings) -> Array:
    """Log-probabilities from which the next token is drawn, [P, V]; -inf where it never is.

    Temperature, then the k likeliest, then the smallest set that reaches p of the rest. What is as
    close to a limit as ``TIE`` is not ruled out: another machine may see it on the other side.
    """
    scores = scores / settings.temperature
    margin = TIE / settings.temperature
    if settings.top_k is not None and settings.top_k < scores.shape[-1]:
        least = np.sort(scores, axis=-1)[:, -settings.top_k, None]
        scores = np.where(scores >= least - margin, scores, -np.inf)
    if settings.top_p is not None:
        order = np.argsort(-scores, axis=-1, kind="stable")
        chances = np.exp(np.take_along_axis(log_softmax(scores), order, axis=-1))
        before = np.cumsum(chances, axis=-1) - chances
        keep = np.empty_like(before, dtype=bool)
        np.put_along_axis(keep, order, before < settings.top_p + TIE, axis=-1)
        scores = np.where(keep, scores, -np.inf)
    return log_softmax(scores)


def surprise(found: Sequence[Places], settings: Settings) -> tuple[float, float, float]:
    """How surprised the model is by what was written, how much it expects to be, and the spread.

    Returns:
        mean of -log p over all places, in nats; its expectation, were each character drawn from the
        model; and the standard deviation of that mean. Each place is a draw of its own, given what
        stands before it, so the variances add up.
    """
    seen: list[Array] = []
    expected: list[Array] = []
    variances: list[Array] = []
    for part in found:
        logs = distribution(part.scores, settings)  # (P, V)
        chances = np.exp(logs)
        finite = np.where(np.isfinite(logs), logs, 0.0)
        entropy = -(chances * finite).sum(axis=-1)
        seen.append(-np.take_along_axis(logs, part.written[:, None], axis=-1)[:, 0])
        expected.append(entropy)
        variances.append((chances * finite**2).sum(axis=-1) - entropy**2)
    count = sum(len(part) for part in seen)
    spread = math.sqrt(max(0.0, sum(float(part.sum()) for part in variances))) / count
    return (
        sum(float(part.sum()) for part in seen) / count,
        sum(float(part.sum()) for part in expected) / count,
        spread,
    )


def long_enough(samples: Sequence[Sample], characters: int) -> Iterator[Text]:
    """The texts with so many new characters."""
    return (text for sample in samples for text in sample.texts if len(text.new) >= characters)
