"""A model that was never trained, in a checkpoint of a run: what writes, draws and exports is tried on."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from graders.lm.checkpoint import Facts
from tools.lm.checkpoint import Checkpoint, write_checkpoint
from tools.lm.package import Own
from tools.lm.runs import LOG, checkpoint_path

CHARACTERS = [*"\n abcdeX"]
MAX_LEN = 8
MODEL = {"d_model": 16, "n_heads": 2, "n_layers": 2, "d_ff": 16, "max_len": MAX_LEN, "dropout": 0.1}
CONFIG = {"name": "small", "model": MODEL, "training": {"seq_len": MAX_LEN}}
LOGGED = [{"step": 0, "loss": 2.5}, {"step": 1, "loss": 2.25, "val_loss": 2.375}]


def make_run(own: Own, folder: Path, characters: list[str] = CHARACTERS) -> Path:
    """Write a run with one checkpoint, its weights drawn at random; its folder.

    Args:
        characters: what the checkpoint says that the vocabulary is.
    """
    torch.manual_seed(0)
    model = own.build_model({**MODEL, "vocab_size": len(CHARACTERS)})
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.5)  # wide, so that the likeliest token varies
    (folder / "checkpoints").mkdir(parents=True)
    facts = Facts(config=CONFIG, characters=characters, step=2, windows=8)
    path = checkpoint_path(folder / "checkpoints", 2)
    write_checkpoint(path, Checkpoint(facts, model.state_dict()))
    (folder / LOG).write_text("".join(f"{json.dumps(line)}\n" for line in LOGGED))
    return folder
