"""Checks of module 06, ``training/trainer.py``, 06.30: the settings."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .calls import Implementation, Result
from .check import check
from .compare import assert_parity, assert_refuses
from .inputs import Array, Draw
from .scenarios import trainer as scenarios
from .trainer_inputs import Inputs

DEFAULTS: Inputs = {
    "learning_rate": 1e-3,
    "weight_decay": 0.01,
    "betas": [0.9, 0.95],
    "grad_clip": 1.0,
    "gradient_accumulation_steps": 1,
    "max_steps": None,
    "num_epochs": 10,
    "warmup_steps": 100,
    "log_interval": 100,
    "eval_interval": 500,
    "save_interval": 1000,
    "device": "cpu",
    "checkpoint_dir": "checkpoints",
    "pad_token_id": None,
}
EDGES: Inputs = {  # each field at the end of its range
    "learning_rate": 1e-12,
    "weight_decay": 0.0,
    "betas": [0.0, 0.999],
    "grad_clip": 1e-12,
    "gradient_accumulation_steps": 1,
    "max_steps": 1,
    "num_epochs": 1,
    "warmup_steps": 0,
    "log_interval": 1,
    "eval_interval": 1,
    "save_interval": 1,
    "pad_token_id": 0,
}
NONES: Inputs = {"grad_clip": None, "max_steps": None, "save_interval": None, "pad_token_id": None}


@check("06.30", points=1)
def test_config_values(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A field that is given has its value, one that is not has its default."""
    given = {"learning_rate": 0.5, "betas": [0.25, 0.75], "max_steps": 7, "device": "cpu:0"}
    given |= {"checkpoint_dir": "kept", "pad_token_id": 3, "grad_clip": None}
    for settings in ({}, given):
        got = learner.run(scenarios.config_values, settings=settings)
        expected = DEFAULTS | settings
        want: dict[str, Array] = {}
        for name in scenarios.FIELDS:
            want[name] = np.array(np.nan if expected[name] is None else float(expected[name]))
        for name in ("device", "checkpoint_dir"):
            want[name] = np.array([*expected[name].encode()])
        for place, beta in enumerate(expected["betas"], start=1):
            want[f"beta {place}"] = np.array(beta)
        assert_parity(got, Result(got.call, want))


def assert_refuses_values(
    learner: Implementation, reference: Implementation, draw: Draw, bad: Mapping[str, Inputs]
) -> None:
    """Values out of range are refused, among others that lie just within."""
    fields = {name: value for values in bad.values() for name, value in values.items()}
    edges = [{name: EDGES[name]} for name in fields]
    assert_refuses(
        learner,
        reference,
        scenarios.configs_in_chosen_calls,
        draw=draw,
        good=[{}, EDGES, NONES, *edges],
        bad={f"{label} in TrainerConfig": values for label, values in bad.items()},
    )


@check("06.30", points=2)
def test_config_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Rates, decay, betas and the norm to clip to are in their ranges; None is no clipping."""
    bad: dict[str, Inputs] = {
        "a learning rate of 0": {"learning_rate": 0.0},
        "a negative learning rate": {"learning_rate": -1e-3},
        "a negative weight decay": {"weight_decay": -0.01},
        "a first beta of 1": {"betas": [1.0, 0.9]},
        "a second beta of 1": {"betas": [0.9, 1.0]},
        "a negative first beta": {"betas": [-0.1, 0.9]},
        "a negative second beta": {"betas": [0.9, -0.1]},
        "a norm of 0 to clip to": {"grad_clip": 0.0},
        "a negative norm to clip to": {"grad_clip": -1.0},
    }
    assert_refuses_values(learner, reference, draw, bad)


@check("06.30", points=1)
def test_config_refuses_counts(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """Counts and intervals are at least 1, warm-up steps at least 0; None is no limit, or never."""
    bad: dict[str, Inputs] = {"negative warmup_steps": {"warmup_steps": -1}}
    for name, edge in EDGES.items():
        if edge == 1:
            bad |= {f"{name} of {value}": {name: value} for value in (0, -1)}
    assert_refuses_values(learner, reference, draw, bad)
