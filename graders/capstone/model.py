"""The trained model that was handed in: its weights, its settings, and what it makes of tokens.

Letters in the shape comments: N rows, T tokens in a row, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, Field, ValidationError

from ..calls import Implementation, Result, Scenario
from ..compare import Mismatch, require
from ..errors import CourseError, ReferenceFails
from ..handed import CONTENT, content
from ..inputs import Array
from ..lm.checkpoint import checkpoint_in, least_numbers

FILE = "checkpoint.safetensors"
_SHOWN = 4
_ATTENTION = 1 << 28  # weights of attention that one row of tokens has, in all layers and heads


class ModelSettings(BaseModel):
    """The arguments of TinyTransformerLM, with bounds: a model of this course, on a CPU."""

    vocab_size: int | None = Field(None, ge=2, le=2000)
    d_model: int = Field(ge=2, le=1024)
    n_heads: int = Field(ge=1, le=64)
    n_layers: int = Field(ge=1, le=48)
    d_ff: int = Field(ge=1, le=8192)
    max_len: int = Field(ge=2, le=4096)
    positional: Literal["sinusoidal", "learned"] = "sinusoidal"
    tie_weights: bool = True
    padding_idx: int | None = None


class TrainingSettings(BaseModel):
    """What is needed of the other settings of a run."""

    corpus: str
    seq_len: int = Field(ge=2, le=4096)
    val_fraction: float = Field(gt=0, lt=1)


class RunSettings(BaseModel):
    """Of the settings of a run, what is needed to judge it."""

    model: ModelSettings
    training: TrainingSettings


@dataclass(frozen=True)
class TrainedModel:
    """A model that was handed in. ``got`` is the file that it came from."""

    got: Result
    settings: RunSettings
    characters: list[str]  # each at the place of its id
    step: int
    weights: Mapping[str, Array]
    fitting: dict[str, Array] = field(default_factory=dict)  # those that ``fit`` has looked at

    @cached_property
    def arguments(self) -> dict[str, Any]:
        """The arguments of TinyTransformerLM."""
        asked = self.settings.model
        size = asked.vocab_size or len(self.characters)
        return {**asked.model_dump(), "vocab_size": size, "dropout": 0.0}

    @property
    def window(self) -> int:
        """How many tokens it was trained to look at."""
        return min(self.settings.training.seq_len, self.settings.model.max_len)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {character: number for number, character in enumerate(self.characters)}

    def tokens(self, text: str) -> list[int] | None:
        """The ids of a text; None where a character has none."""
        ids = [self._ids.get(character, -1) for character in text]
        return None if -1 in ids else ids

    def known(self, text: str) -> list[int]:
        """The ids of those characters of a text that have one."""
        return [self._ids[character] for character in text if character in self._ids]

    def fit(self, reference: Implementation, describe: Scenario) -> int:
        """See that the weights are those of the model that the settings ask for.

        Returns:
            the number of its parameters.

        Raises:
            Mismatch: names or shapes differ, or a number is not finite.
        """
        self._check_extent()
        told = self._by(reference, describe)
        shapes = {name: tuple(a.tolist()) for name, a in told.items() if name != "parameters"}
        missing = sorted(shapes.keys() - self.weights.keys())
        some = ", ".join(missing[:_SHOWN]) + (" and others" if len(missing) > _SHOWN else "")
        require(
            not missing,
            f"the weights do not fit TinyTransformerLM: there is no {some}. A model of another "
            "architecture than the course's cannot be judged",
            self.got,
        )
        for name, shape in shapes.items():
            have = self.weights[name]
            require(
                have.shape == shape, f"{name} is {[*have.shape]}, expected {[*shape]}", self.got
            )
            known = have.dtype in (np.float32, np.float64)
            require(known, f"{name} is {have.dtype}, expected float32", self.got)
            finite = bool(np.isfinite(have).all())
            require(finite, f"{name} holds numbers that are not finite", self.got)
            self.fitting[name] = have
        return int(told["parameters"])

    def _check_extent(self) -> None:
        """Refuse settings that ask for more than the file holds, before memory is taken for it."""
        asked = least_numbers(self.arguments)
        held = sum(array.size for array in self.weights.values())
        said = f"the settings ask for {asked:,} numbers or more, and the file holds {held:,}"
        require(asked <= held, said, self.got)
        model = self.settings.model
        attention = model.n_layers * model.n_heads * model.max_len**2
        said = f"the settings ask for {attention:,} weights of attention, and {_ATTENTION:,} can be judged"
        require(attention <= _ATTENTION, said, self.got)

    def _by(
        self, reference: Implementation, scenario: Scenario, **inputs: Any
    ) -> Mapping[str, Array]:
        """What the reference makes of this model. Mismatch where that cannot be had of it."""
        try:
            return reference.run(scenario, arguments=self.arguments, **inputs).tensors
        except ReferenceFails as failure:
            said = f"a model with these settings cannot be judged: {failure.why}"
            raise Mismatch(said, self.got) from None

    def logits(
        self,
        reference: Implementation,
        logits: Scenario,
        tokens: Array,
        only_last: bool = False,
    ) -> Array:
        """What it gives for rows of tokens, int64[N, T], computed by ``reference``, once it has fit.

        Returns:
            float32[N, T, V], or [N, 1, V] for the last token of each row only.

        Raises:
            Mismatch: there are numbers that are not finite.
        """
        inputs = {"weights": dict(self.fitting), "tokens": tokens, "only_last": only_last}
        made = self._by(reference, logits, **inputs)["logits"]
        rows, length = tokens.shape
        wanted = (rows, 1 if only_last else length, self.arguments["vocab_size"])
        require(made.shape == wanted, f"the logits are {[*made.shape]}, not {[*wanted]}", self.got)
        finite = bool(np.isfinite(made).all())
        require(finite, "the model gives logits that are not finite", self.got)
        return made


def trained_model(learner: Implementation) -> TrainedModel:
    """The model in the checkpoint that was handed in; nothing of the file is run.

    Raises:
        Mismatch: it is no checkpoint of a run of this course; it says in which way.
        RunFailure: there is no file.
    """
    got = learner.run(content, name=FILE)
    try:
        facts, weights = checkpoint_in(got[CONTENT].tobytes(), Path(FILE))
        settings = RunSettings.model_validate(facts.config)
    except CourseError as refused:
        raise Mismatch(str(refused), got) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise Mismatch(f"its setting {where} is refused: {first['msg']}", got) from None
    characters = facts.characters
    once = len({*characters}) == len(characters) and all(len(c) == 1 for c in characters)
    require(once, "its vocabulary is not one of single characters, each once", got)
    size = settings.model.vocab_size or len(characters)
    require(len(characters) == size, f"{len(characters)} characters for {size} ids", got)
    return TrainedModel(got, settings, characters, facts.step, weights)
