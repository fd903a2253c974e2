"""What a run looks like in a terminal while it goes on."""

from __future__ import annotations

import time
from dataclasses import dataclass

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text


@dataclass(frozen=True)
class Figures:
    """What is known after a step."""

    step: int
    loss: float  # training, nats per character, before the step's update
    learning_rate: float  # of that update
    tokens_per_second: float  # since the run went on
    val_loss: float | None = None  # held-out, where it was measured

    def named(self) -> dict[str, float]:
        """For a log: all but the step, what is not known left out."""
        figures = {name: value for name, value in vars(self).items() if name != "step"}
        return {name: value for name, value in figures.items() if value is not None}


class Clock:
    """Tokens per second, and the time left, since a run went on."""

    def __init__(self, tokens_per_step: int) -> None:
        self._tokens, self._steps, self._start = tokens_per_step, 0, time.perf_counter()

    def tick(self) -> None:
        """A step is done."""
        self._steps += 1

    @property
    def seconds_per_step(self) -> float:
        return (time.perf_counter() - self._start) / max(self._steps, 1)

    @property
    def rate(self) -> float:
        """Tokens per second."""
        return self._tokens / max(self.seconds_per_step, 1e-9)


class Show:
    """A bar on a terminal, lines elsewhere; nothing where ``shown`` is false."""

    def __init__(self, total: int, done: int, clock: Clock, shown: bool) -> None:
        self.console = Console(stderr=True, quiet=not shown)
        self._total, self._clock = total, clock
        self._bar = Progress(
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[told]}", markup=False),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
            disable=not (shown and self.console.is_terminal),
        )
        self._task = self._bar.add_task("", total=total, completed=done, told="")

    def __enter__(self) -> Show:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def step(self, figures: Figures) -> None:
        """Move the bar."""
        told = f"loss {figures.loss:.4f}, {figures.tokens_per_second:,.0f} tokens/s"
        self._bar.update(self._task, completed=figures.step, told=told)

    def line(self, figures: Figures) -> None:
        """A line that stays: the figures of a step."""
        left = round((self._total - figures.step) * self._clock.seconds_per_step)
        held_out = "" if figures.val_loss is None else f"  held-out {figures.val_loss:.4f}"
        self.say(
            f"step {figures.step:>6} of {self._total}  loss {figures.loss:.4f}{held_out}  rate "
            f"{figures.learning_rate:.2e}  {figures.tokens_per_second:,.0f} tokens/s  "
            f"{left // 60}:{left % 60:02} left"
        )

    def say(self, text: str, style: str = "") -> None:
        """A line of text, above the bar."""
        self.console.print(Text(text, style=style), soft_wrap=True)

    def warn(self, text: str) -> None:
        """A warning, above the bar."""
        self.say(f"Warning: {text}", style="yellow")
