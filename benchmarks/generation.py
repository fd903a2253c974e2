"""How much faster the generator writes with its cache: tokens per second, with and without it.

    python benchmarks/generation.py [--rounds 3] [--tokens 32] [--threads N] [--json FILE]

With: `TextGenerator.generate` of the reference, module 07. Without: `TinyTransformerLM.generate`,
module 05, which runs the whole text through the model for each token. Both write the last tokens of
a text that is as long as the context, and both go on from the same prompt by the same draws: if they
write different texts, nothing is reported. Read the ratios: they carry over to other machines.
"""

from __future__ import annotations

import platform
import time
from collections import defaultdict
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import torch
from bench import parser, rounds_of, show
from rich.table import Table

from graders.errors import CourseError
from graders.manifest import find_course
from tools.lm.package import own_package

VOCABULARY = 65  # as many characters as Shakespeare's plays have
BATCHES = (1, 16)
WITH, WITHOUT = "with cache", "without"


@dataclass(frozen=True)
class Size:
    """A model, and the length of the texts that it writes."""

    layers: int
    heads: int
    width: int
    length: int

    def __str__(self) -> str:
        return f"{self.layers}/{self.heads}/{self.width}, length {self.length}"


SIZES = (Size(4, 4, 128, 64), Size(4, 4, 128, 256), Size(6, 6, 384, 256))


@dataclass
class Race:
    """A model and a prompt, continued in both ways."""

    size: Size
    batch: int
    tokens: int
    package: Any

    def __post_init__(self) -> None:
        torch.manual_seed(0)
        size = self.size
        self.model = self.package.model.TinyTransformerLM(
            VOCABULARY, size.width, size.heads, size.layers, 4 * size.width, size.length
        )
        self.writer = self.package.sampling.generator.TextGenerator(self.model)
        self.prompt = torch.randint(VOCABULARY, (self.batch, size.length - self.tokens))  # (B, T)
        self.seconds: dict[str, list[float]] = defaultdict(list)

    def run(self) -> None:
        """Once in each way. CourseError if they write different texts."""
        ways = {WITH: self.writer.generate, WITHOUT: self.model.generate}
        texts = []
        for name, generate in ways.items():
            chance = torch.Generator().manual_seed(1)
            started = time.perf_counter()
            texts.append(generate(self.prompt, self.tokens, generator=chance))
            self.seconds[name].append(time.perf_counter() - started)
        if not torch.equal(*texts):
            raise CourseError(f"{self.size}: with the cache another text is written than without.")

    @property
    def rates(self) -> dict[str, float]:
        """Tokens per second of all rows, medians."""
        return {
            name: self.batch * self.tokens / median(seconds)
            for name, seconds in self.seconds.items()
        }


def main() -> None:
    """Measure each size and batch in turn, round after round; show, write."""
    options = parser(__doc__, rounds=3, tokens=32, threads=torch.get_num_threads())
    chosen = options.parse_args()
    if chosen.rounds < 1 or chosen.threads < 1 or not 1 <= chosen.tokens < SIZES[0].length:
        options.error(f"at least 1 round and 1 thread, and 1 to {SIZES[0].length - 1} tokens")
    torch.set_num_threads(chosen.threads)
    package = own_package(find_course(Path(__file__).parent)).tt
    races = [Race(size, batch, chosen.tokens, package) for size in SIZES for batch in BATCHES]
    for race in races:
        race.run()
        race.seconds.clear()  # that was to warm up
    for _ in rounds_of(chosen.rounds):
        for race in races:
            race.run()
    table = Table("layers/heads/width", "batch", WITH, WITHOUT, "ratio", box=None, pad_edge=False)
    for race in races:
        rates = race.rates
        cells = (
            f"{rates[WITH]:.0f}",
            f"{rates[WITHOUT]:.0f}",
            f"{rates[WITH] / rates[WITHOUT]:.1f}",
        )
        table.add_row(str(race.size), str(race.batch), *cells)
    facts: dict[str, Any] = {"python": platform.python_version(), "torch": version("torch")}
    facts |= {"threads": chosen.threads, "rounds": chosen.rounds, "new tokens": chosen.tokens}
    figures = [
        {"size": str(race.size), "batch": race.batch, "seconds": race.seconds} for race in races
    ]
    show(facts, table, {"races": figures}, chosen.json)


if __name__ == "__main__":
    main()
