"""Training tokens per second beside a loop around ``torch.nn.TransformerEncoder``, all in one run.

    python benchmarks/training.py [--rounds 5] [--steps 20] [--threads 1] [--size small|medium]
                                  [--corpus FILE] [--compile] [--json FILE]

Ours is what ``course train`` does for a step, the reference standing in for a learner's package:
its dataset, model, Trainer and scheduler, the guard against NaN, all of it. The peer is the least
that trains a model of the same sizes: torch's own encoder, AdamW and cross-entropy, with the same
clipping. Both see the same text, dropout 0, float32. Rounds alternate; medians. Read the ratios:
they carry over to other machines, rates do not.

--compile adds ``training.compile=true``, and shows how far its gradients are from the eager ones.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from bench import rounds_of
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from graders.lm.corpus import Corpus, load_corpus
from graders.manifest import find_course
from tools.lm.package import Own, own_package
from tools.lm.settings import changed, validated
from tools.lm.training import Run, start_run
from tools.lm.world import World

SIZES = {  # layers, heads, width, context, batch
    "small": (4, 4, 128, 64, 12),
    "medium": (6, 6, 384, 256, 16),
}
OURS, COMPILED, PEER = "course train", "course train, compiled", "nn.TransformerEncoder"
RATE, CLIP, DECAY = 1e-3, 1.0, 0.01
Step = Callable[[], None]


class Peer(nn.Module):
    """A language model of torch's own parts."""

    def __init__(self, vocab: int, layers: int, heads: int, width: int, context: int) -> None:
        super().__init__()
        self.tokens, self.places = nn.Embedding(vocab, width), nn.Embedding(context, width)
        block = nn.TransformerEncoderLayer(
            width,
            heads,
            4 * width,
            dropout=0.0,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.encoder = nn.TransformerEncoder(
            block, layers, norm=nn.LayerNorm(width), enable_nested_tensor=False
        )
        self.head = nn.Linear(width, vocab, bias=False)
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(context))

    def forward(self, ids: Tensor) -> Tensor:
        x = self.tokens(ids) + self.places.weight[: ids.size(1)]
        logits: Tensor = self.head(self.encoder(x, mask=self.mask, is_causal=True))
        return logits


def peer_steps(
    corpus: Corpus, layers: int, heads: int, width: int, context: int, batch: int
) -> Step:
    """One step of the least loop, each time it is called."""
    characters = sorted({*corpus.train})
    ids = {character: i for i, character in enumerate(characters)}
    data = torch.tensor([ids[character] for character in corpus.train])
    torch.manual_seed(0)
    model = Peer(len(characters), layers, heads, width, context)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY)

    def step() -> None:
        starts = torch.randint(len(data) - context - 1, (batch,)).tolist()
        inputs = torch.stack([data[i : i + context] for i in starts])
        targets = torch.stack([data[i + 1 : i + 1 + context] for i in starts])
        loss = nn.functional.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        optimizer.zero_grad()

    return step


def our_run(own: Own, corpus: Corpus, sizes: tuple[int, ...], *changes: str) -> Run:
    """A run of ``course train``, before its first step."""
    layers, heads, width, context, batch = sizes
    settings = [
        *(f"model.n_layers={layers}", f"model.n_heads={heads}", f"model.d_model={width}"),
        *(f"model.d_ff={4 * width}", f"model.max_len={context}", "model.dropout=0"),
        *(f"training.seq_len={context}", f"training.batch_size={batch}"),
        *("training.scheduler=constant", "training.eval_batches=1", *changes),
    ]
    config = validated(own, changed({}, settings), "the benchmark")
    return start_run(own, config, corpus, "cpu", World(), {})


def gradients(own: Own, corpus: Corpus, sizes: tuple[int, ...], *changes: str) -> list[Tensor]:
    """Those of the first step."""
    run = our_run(own, corpus, sizes, *changes)
    found: list[Tensor] = []
    run.trainer.optimizer.register_step_pre_hook(
        lambda *_: found.extend(
            p.grad.clone() for p in run.model.parameters() if p.grad is not None
        )
    )
    run.take_step()
    return found


def measured(
    steps: dict[str, Step], tokens: int, rounds: int, count: int
) -> dict[str, list[float]]:
    """Tokens per second of each, round after round, after a first step that does not count."""
    rates: dict[str, list[float]] = {name: [] for name in steps}
    for step in steps.values():
        step()
    for _ in rounds_of(rounds):
        for name, step in steps.items():
            start = time.perf_counter()
            for _ in range(count):
                step()
            rates[name].append(tokens * count / (time.perf_counter() - start))
    return rates


def main() -> None:
    """Measure each size; show, write."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--rounds", type=int, default=5, metavar="N")
    options.add_argument("--steps", type=int, default=20, metavar="N", help="of a round; small")
    options.add_argument("--threads", type=int, metavar="N")
    options.add_argument("--size", choices=SIZES, action="append")
    options.add_argument("--corpus", default="builtin")
    options.add_argument("--compile", action="store_true")
    options.add_argument("--json", type=Path, metavar="FILE")
    chosen = options.parse_args()
    if chosen.threads:
        torch.set_num_threads(chosen.threads)
    own = own_package(find_course(Path(__file__).parent))
    corpus = load_corpus(own.course.root, chosen.corpus, 0.1)
    table = Table("size", "", "tokens/s", "peer = 1", box=None, pad_edge=False)
    figures: dict[str, Any] = {}
    for name in chosen.size or SIZES:
        sizes = SIZES[name]
        run = our_run(own, corpus, sizes)
        steps: dict[str, Step] = {OURS: lambda run=run: run.take_step()}  # type: ignore[misc]
        if chosen.compile:
            fast = our_run(own, corpus, sizes, "training.compile=true")
            steps[COMPILED] = lambda fast=fast: fast.take_step()  # type: ignore[misc]
            pairs = zip(
                gradients(own, corpus, sizes),
                gradients(own, corpus, sizes, "training.compile=true"),
                strict=True,
            )
            apart = max(float((one - other).abs().max()) for one, other in pairs)
            print(f"{name}: compiled gradients are at most {apart:.1e} from the eager ones")
        steps[PEER] = peer_steps(corpus, *sizes)
        count = chosen.steps if name == "small" else max(chosen.steps // 10, 1)
        rates = measured(steps, sizes[3] * sizes[4], chosen.rounds, count)
        medians = {who: statistics.median(each) for who, each in rates.items()}
        for who, rate in medians.items():
            table.add_row(name, who, f"{rate:,.0f}", f"{rate / medians[PEER]:.2f}")
        figures[name] = {"sizes": sizes, "tokens_per_second": rates}
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, rounds: {chosen.rounds}")
    Console().print(table)
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
