"""Texts from a trained model, by the learner's own ``TextGenerator``: checked, and safe to be shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graders.errors import CourseError, printable

from .package import Own, own_package
from .runs import find_checkpoint
from .use import Trained, load_trained
from .variants import device_of

if TYPE_CHECKING:
    import torch

LINE_END = r"\n"  # how a line end is spelled in an option or in a file of prompts


@dataclass(frozen=True)
class Text:
    """A prompt and what the model made of it."""

    prompt: str
    new: str
    ended: bool  # by the end-of-text character, which is the last of ``new``


@dataclass(frozen=True)
class Writer:
    """A trained model that writes. ``sampling`` is a ``SamplingConfig`` of the package in use."""

    own: Own
    trained: Trained
    sampling: Any
    device: str

    @classmethod
    def open(cls, checkpoint: Path, best: bool = False, device: str = "cpu") -> Writer:
        """A writer with the model of a checkpoint, or of a run's folder, and its settings.

        Raises:
            CourseError: there is no such model or device, or the checkpoint is refused.
        """
        own = own_package()
        device = device_of(device)
        trained = load_trained(own, find_checkpoint(checkpoint, best), device)
        return cls(own, trained, trained.config.sampling, device)

    def sampled(self, changes: Mapping[str, Any]) -> Writer:
        """The same writer with other settings, those of ``changes`` that are not None.

        Args:
            changes: fields of ``SamplingConfig``; and ``greedy`` and ``eos``, as the options are.
        """
        known = dict(changes)
        if (greedy := known.pop("greedy", None)) is not None:
            known["do_sample"] = not greedy
        if (eos := known.pop("eos", None)) is not None:
            known["eos_token_id"] = self._token("--eos", eos)
        stated = {name: value for name, value in known.items() if value is not None}
        return replace(self, sampling=self.sampling.model_copy(update=stated))

    def _token(self, option: str, text: str) -> int:
        text = text.replace(LINE_END, "\n")
        if len(text) != 1:
            raise CourseError(
                f"{option} is {text!r}, expected one character, such as {LINE_END!r}."
            )
        return self.trained.tokenizer.encode(text)[0]

    def source(self) -> torch.Generator:
        """Where all draws come from; seeded, or new every time where the seed is None."""
        import torch

        source = torch.Generator(self.device)
        if self.sampling.seed is None:
            source.seed()
        else:
            source.manual_seed(self.sampling.seed)
        return source

    def encode(self, prompt: str) -> list[int]:
        """The tokens of a prompt. CourseError where it is empty or holds what the model never saw."""
        if not prompt:
            raise CourseError("The prompt is empty: give at least one character to go on from.")
        return self.trained.tokenizer.encode(prompt)

    def write(self, prompts: Sequence[str], batch: int) -> Iterator[Text]:
        """Continue every prompt, ``batch`` at a time; the same seed and batch give the same texts.

        Raises:
            CourseError: a prompt is refused, or the learner's code does not do what it must.
        """
        tokens = [self.encode(prompt) for prompt in prompts]
        source = self.source()
        for start in range(0, len(tokens), batch):
            part = slice(start, start + batch)
            for prompt, given, row in zip(
                prompts[part], tokens[part], self.continued(tokens[part], source), strict=True
            ):
                eos = self.sampling.eos_token_id
                new = row[len(given) :]
                ended = eos is not None and eos in new
                new = new[: new.index(eos) + 1] if ended else new
                yield Text(prompt, self.trained.tokenizer.decode(new), ended)

    def continued(
        self, tokens: Sequence[Sequence[int]], source: torch.Generator, count: int | None = None
    ) -> list[list[int]]:
        """The tokens of prompts, continued by ``TextGenerator.generate_batch``.

        Args:
            tokens: of each prompt, at least one.
            count: how many tokens to add at most; None is what the settings say.

        Raises:
            CourseError: the learner's code raised something, or gave what no text can be.
        """
        import torch

        settings = self.sampling.model_dump(exclude={"seed"})
        if count is not None:
            settings["max_new_tokens"] = count
        with self.own.code():
            sampling = self.own.tt.sampling.generator
            config = sampling.GeneratorConfig(**settings)
            writer = sampling.TextGenerator(self.trained.model, config, self.device)
            prompts = [torch.tensor([*row], device=self.device) for row in tokens]
            rows = [
                [int(i) for i in row] for row in writer.generate_batch(prompts, generator=source)
            ]
        for given, row in zip(tokens, rows, strict=False):
            self._check(given, row, settings["max_new_tokens"])
        if len(rows) != len(tokens):
            raise _wrong(f"{len(rows)} texts for {len(tokens)} prompts, expected one for each")
        return rows

    def _check(self, given: Sequence[int], row: Sequence[int], most: int) -> None:
        size = self.trained.tokenizer.vocab_size
        if row[: len(given)] != [*given]:
            raise _wrong("a text that does not begin with its prompt")
        if len(row) > len(given) + most:
            raise _wrong(f"{len(row) - len(given)} new tokens, expected at most {most}")
        if not all(0 <= i < size for i in row):
            raise _wrong(f"an id that is none of 0 to {size - 1}")

    def warnings(self, prompts: Sequence[str]) -> Iterator[str]:
        """What is no error and yet may surprise: how far back the model sees."""
        longest = max(map(len, prompts), default=0)
        seen, trained_on = self.trained.config.model.max_len, self.trained.config.training.seq_len
        if longest > seen:
            yield (
                f"The longest prompt has {longest} tokens and the model sees {seen}: it goes on from "
                f"the last {seen}."
            )
        elif min(seen, longest + self.sampling.max_new_tokens) > trained_on:
            yield (
                f"The model was trained on windows of {trained_on} tokens; what comes after may be "
                "worse, for it never saw these positions."
            )


def shown(text: str) -> str:
    """``text`` as a terminal may get it: a vocabulary can hold characters that would steer it."""
    return "".join(c if c in "\n\t" else printable(c) for c in text)


def _wrong(what: str) -> CourseError:
    return CourseError(f"TextGenerator.generate_batch gave {what}: `course grade 07` shows more.")
