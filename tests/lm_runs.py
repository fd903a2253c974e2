"""A model so small that a step takes milliseconds, and runs of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from tools.lm.checkpoint import Checkpoint, read_checkpoint
from tools.lm.runs import find_checkpoint
from tools.lm.session import train

SMALL = """
name: small
model: {d_model: 16, n_heads: 2, n_layers: 1, d_ff: 16, max_len: 16, dropout: 0.2}
training: {max_steps: 12, warmup_steps: 2, seq_len: 8, batch_size: 4, eval_batches: 2,
           log_interval: 2, eval_interval: 4, save_interval: 4, corpus: TEXT}
"""
TEXT = "the sparrow follows the river; the river forgets the sparrow. " * 40


def small_config(folder: Path, text: str = TEXT) -> Path:
    """Write the settings of a small run, and a text for it, into a folder."""
    (folder / "text.txt").write_text(text, encoding="utf-8")
    path = folder / "small.yaml"
    path.write_text(SMALL.replace("TEXT", str(folder / "text.txt")), encoding="utf-8")
    return path


def trained(config: Path, out: Path, *changes: str, resume: str | None = None) -> Checkpoint:
    """Train quietly to the end, and read the last checkpoint back."""
    run(config, out, changes, resume)
    return read_checkpoint(find_checkpoint(out), with_state=True)


def run(config: Path, out: Path, changes: Sequence[str] = (), resume: str | None = None) -> int:
    """``course train`` in this process; its exit code."""
    return train(str(config), changes, resume, out, quiet=True)


def same(one: Checkpoint, other: Checkpoint) -> bool:
    """Whether two runs have led to the same weights and moments, bit for bit."""
    moments = [checkpoint.state["optimizer"] for checkpoint in (one, other)]
    return (
        one.weights.keys() == other.weights.keys()
        and all(torch.equal(one.weights[name], other.weights[name]) for name in one.weights)
        and all(torch.equal(moments[0][i]["exp_avg"], moments[1][i]["exp_avg"]) for i in moments[0])
        and one.facts.windows == other.facts.windows
        and all(map(torch.equal, one.state["chance"], other.state["chance"]))
    )
