"""A trained model from a checkpoint, and the tokenizer that goes with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graders.errors import CourseError
from graders.lm.checkpoint import Facts, least_numbers

from .checkpoint import Checkpoint, read_checkpoint
from .package import Own
from .settings import validated

if TYPE_CHECKING:
    from torch import Tensor, nn


class Tokenizer:
    """The learner's CharTokenizer, with the ids that the checkpoint was trained with.

    (A CharTokenizer may give its ids in any order, so each id is translated.)
    """

    def __init__(self, own: Own, characters: Sequence[str]) -> None:
        """
        Args:
            characters: each at the place of its id.

        Raises:
            CourseError: the tokenizer is not written, or does not work.
        """
        self.characters = [*characters]
        self._own = own
        with own.code():
            self._inner: Any = own.tt.training.dataset.CharTokenizer()
            self._inner.fit("".join(self.characters))
            theirs = [*self._inner.encode("".join(self.characters))]
        self._theirs = theirs
        self._ours = {inner: i for i, inner in enumerate(theirs)}
        if len(self._ours) != len(self.characters):
            raise CourseError(
                f"CharTokenizer gave {len(self._ours)} ids to {len(self.characters)} characters. "
                "Each needs its own: course grade 06 shows more."
            )

    @classmethod
    def fitted(cls, own: Own, text: str) -> Tokenizer:
        """A tokenizer of all characters in ``text``, its ids in the order of CharTokenizer's."""
        with own.code():
            inner = own.tt.training.dataset.CharTokenizer()
            inner.fit(text)
            characters = [inner.decode([i]) for i in range(inner.vocab_size)]
        return cls(own, characters)

    @property
    def vocab_size(self) -> int:
        return len(self._theirs)

    def unknown(self, text: str) -> list[str]:
        """The characters of ``text`` that have no id, each once, in order."""
        return [c for c in dict.fromkeys(text) if c not in self.characters]

    def known(self, text: str) -> str:
        """``text`` without those."""
        return text.translate({ord(character): None for character in self.unknown(text)})

    def encode(self, text: str) -> list[int]:
        """The ids of a text. CourseError names the first character that has none, and its place."""
        if unknown := self.unknown(text):
            raise CourseError(
                f"The text holds {unknown[0]!r} at place {text.index(unknown[0])}, which the model "
                f"has never seen. It knows {len(self.characters)} characters: "
                f"{''.join(self.characters)!r}. Leave it out."
            )
        with self._own.code():
            return [self._ours[i] for i in self._inner.encode(text)]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of these ids, 0 to ``vocab_size - 1``."""
        with self._own.code():
            return str(self._inner.decode([self._theirs[i] for i in ids]))


@dataclass(frozen=True)
class Trained:
    """A model in evaluation mode, with all that goes with it. ``config`` is an ExperimentConfig."""

    model: nn.Module
    tokenizer: Tokenizer
    config: Any
    facts: Facts


def load_trained(own: Own, path: Path, device: str = "cpu") -> Trained:
    """The model in a checkpoint file (``runs.find_checkpoint`` finds one in a run's folder).

    Raises:
        CourseError: the file is no whole checkpoint, or does not fit the package.
    """
    read = read_checkpoint(path)
    config = validated(own, read.facts.config, f"the config in {path}")
    tokenizer = Tokenizer(own, read.facts.characters)
    model = model_of(own, config, read, path)
    return Trained(model.to(device).eval(), tokenizer, config, read.facts)


def model_of(own: Own, config: Any, read: Checkpoint, path: Path) -> nn.Module:
    """A model as ``config`` (an ExperimentConfig) says, with the weights of a checkpoint."""
    arguments = config.model.arguments(len(read.facts.characters))
    _check_extent(arguments, read.weights, path)
    model = own.build_model(arguments)
    load_weights(model, read.weights, path)
    return model


def load_weights(model: nn.Module, weights: dict[str, Tensor], path: Path) -> None:
    """Put weights into a model that has exactly these, by name and shape; its dtype follows them.

    Raises:
        CourseError: names or shapes differ, or a number is NaN.
    """
    wanted = model.state_dict()
    missing, unknown = wanted.keys() - weights.keys(), weights.keys() - wanted.keys()
    if missing or unknown:
        raise _unfit(
            path,
            f"it lacks {_listed(missing)} and has {_listed(unknown)} that the model does not know",
        )
    for name, tensor in weights.items():
        if tensor.shape != wanted[name].shape:
            raise _unfit(path, f"{name} is {[*tensor.shape]}, expected {[*wanted[name].shape]}")
        if tensor.isnan().any():
            raise _unfit(path, f"{name} holds NaN")
    for tensor in weights.values():
        if tensor.is_floating_point():
            model.to(tensor.dtype)
            break
    model.load_state_dict(weights)


def _check_extent(arguments: dict[str, Any], weights: dict[str, Tensor], path: Path) -> None:
    """Refuse a config that asks for much more than the file holds, before memory is taken for it."""
    asked = least_numbers(arguments)
    held = sum(tensor.numel() for tensor in weights.values())
    if asked > held:
        raise _unfit(path, f"its config asks for {asked:,} numbers or more, and it holds {held:,}")


def _listed(names: Iterable[str]) -> str:
    listed = sorted(names)
    return ", ".join(listed[:4]) + (f" and {len(listed) - 4} more" if len(listed) > 4 else "") or (
        "nothing"
    )


def _unfit(path: Path, why: str) -> CourseError:
    return CourseError(
        f"{path} does not fit the model of this package: {why}. A checkpoint belongs to the code "
        "that wrote it: use that, or train again."
    )
