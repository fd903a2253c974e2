"""Checks of module 06, ``training/trainer.py``, 06.31: what a step does, and how many there are.

Plain gradient descent at rate 1, brought along by a scheduler, shows the gradient that a step uses:
it is the difference of the weights.
"""

from __future__ import annotations

import numpy as np

from .calls import Implementation, Result
from .check import check
from .compare import assert_parity, assert_same_runs, close, require
from .inputs import Array, Draw
from .model_inputs import V, weights
from .scenarios import trainer as scenarios
from .trainer_inputs import Inputs, after_adamw_once, batch, batches, by_key, config, run

# ---- 06.31 Trainer, one step

ONCE = {"num_epochs": 1}
PLAIN: Inputs = ONCE | {"grad_clip": None}
# without what may be done in two orders, or with a small number added: decay and clipping
ADAM: Inputs = {"learning_rate": 0.01, "weight_decay": 0.0, "grad_clip": None}


@check("06.31", points=2, double_only=True)
def test_trainer_steps(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each batch makes one step of AdamW, at a constant rate, from the gradient of its own loss."""
    settings = ADAM | {"betas": [0.8, 0.7]}
    for given in (config(), config(tie_weights=False, positional="learned")):
        inputs: Inputs = {"config": given, "weights": weights(draw, given)}
        inputs |= {"batches": batches(draw), "settings": settings, "epochs": 1}
        assert_same_runs(learner, reference, scenarios.train, inputs)


@check("06.31", points=2)
def test_trainer_descends(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A scheduler brings its own optimizer, and each step uses the gradient of that step alone."""
    inputs = run(draw) | {"settings": PLAIN, "rates": [0.5, 0.25, 1.0]}
    assert_same_runs(learner, reference, scenarios.descend, inputs)


def gradient_of(
    reference: Implementation, inputs: Inputs
) -> tuple[dict[str, Array], dict[str, Array]]:
    """The reference's gradient of the loss of all batches of ``inputs``, and the weights; by key."""
    settings = PLAIN | {"gradient_accumulation_steps": len(inputs["batches"])}
    runs = [
        reference.run(scenarios.descend, **inputs, settings=settings, rates=[rate])
        for rate in (0.0, 1.0)
    ]
    before, after = (by_key(inputs["config"], ran[scenarios.WEIGHTS]) for ran in runs)
    return {key: weight - after[key] for key, weight in before.items()}, before


@check("06.31", points=2, double_only=True)
def test_trainer_decay(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The first step is g / (|g| + eps) times the rate; matrices and embeddings shrink by rate times
    decay in each step, before or after it, and biases and norms do not."""
    inputs = run(draw, (2, 5), tie_weights=False, positional="learned")
    seen = 6  # the rest of the tokens, and the positions from 5 on, have no gradient
    inputs["batches"][0][0] %= seen
    gradient, before = gradient_of(reference, inputs)
    defaults: Inputs = {"learning_rate": 1e-3, "weight_decay": 0.01, "grad_clip": 1.0}
    other: Inputs = {"learning_rate": 0.1, "weight_decay": 0.5, "grad_clip": None}
    for settings in (None, other):
        got = learner.run(scenarios.train, **inputs, settings=settings, epochs=1)
        rate, decay, clip = (settings or defaults).values()
        shrink = min(1.0, clip / norm_of(gradient)) if clip else 1.0
        after = by_key(inputs["config"], got[scenarios.WEIGHTS])
        for key, g in gradient.items():
            ways = after_adamw_once(before[key], g * shrink, rate, decay)
            right = [np.allclose(after[key], way, rtol=1e-6, atol=1e-8) for way in ways]
            problem = f"{key}, {g.ndim}-dimensional, is wrong after one step of AdamW with decay"
            require(any(right), problem, got)
    rates = [0.5, 0.25, 1.0, 0.125]
    settings = {"learning_rate": 0.1, "weight_decay": 0.5, "num_epochs": len(rates)}
    got = learner.run(scenarios.train, **inputs, settings=settings, rates=rates)
    after = by_key(inputs["config"], got[scenarios.WEIGHTS])
    left = np.prod([1 - 0.1 * 0.5 * rate for rate in rates])
    for key, rows in (
        ("embedding.token_embedding.embedding.weight", slice(seen, None)),
        ("embedding.positional_encoding.position_embeddings.weight", slice(5, None)),
    ):
        same = close(after[key][rows], before[key][rows] * left).all()
        problem = f"{key}, of rows without gradient: not the product of 1 - rate * decay is left"
        require(same, problem, got)


def norm_of(gradient: dict[str, Array]) -> float:
    """The length of all gradients together."""
    return float(np.sqrt(sum((g**2).sum() for g in gradient.values())))


SHORT, LONG = 0.125, 64.0  # norms to clip to; every gradient here is longer, or shorter


@check("06.31", points=2, double_only=True)
def test_trainer_clips(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The gradient of a whole step is shrunk to a norm of grad_clip where it is longer, all
    parameters by one factor; a shorter one stays as it is, and None never clips."""
    inputs = run(draw)
    gradient, before = gradient_of(reference, inputs)
    norm = norm_of(gradient)
    settings = ONCE | {"gradient_accumulation_steps": len(inputs["batches"])}
    for clip in (SHORT, LONG, None):
        got = learner.run(
            scenarios.descend, **inputs, settings=settings | {"grad_clip": clip}, rates=[1.0]
        )
        after = by_key(inputs["config"], got[scenarios.WEIGHTS])
        factor = 1.0 if clip is None else min(1.0, clip / norm)
        for key, g in gradient.items():
            problem = (
                f"{key}: the step is not the gradient, of norm {norm:.3g} in all, clipped to {clip}"
            )
            near = np.allclose(before[key] - after[key], factor * g, rtol=5e-5, atol=1e-9)
            require(near, problem, got)
    inputs |= {"settings": ONCE | {"grad_clip": SHORT}, "rates": [1.0, 0.5, 0.25]}
    want, got = (who.run(scenarios.descend, **inputs) for who in (reference, learner))
    one, other = got[scenarios.WEIGHTS], want[scenarios.WEIGHTS]
    near = np.allclose(one, other, rtol=5e-5, atol=1e-6)
    require(near, "the weights are wrong after three steps that are clipped", got)


# ---- 06.31 Trainer, which targets count, and how much


@check("06.31", points=2, double_only=True)
def test_trainer_accumulates(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """The batches of a step count as one batch: a large one weighs more than a small one."""
    inputs = run(draw, (1, 5), (4, 5), (2, 5), (3, 5))
    parts = inputs.pop("batches")
    pairs = [parts[:2], parts[2:]]
    whole = [[np.concatenate(side) for side in zip(*pair, strict=True)] for pair in pairs]
    inputs["rates"] = [0.5, 0.25]
    settings = PLAIN | {"gradient_accumulation_steps": 2}
    got = learner.run(scenarios.descend, **inputs, settings=settings, batches=parts)
    assert_parity(got, reference.run(scenarios.descend, **inputs, settings=PLAIN, batches=whole))
    adam = ADAM | {"num_epochs": 2, "gradient_accumulation_steps": 3}
    several = run(draw) | {"settings": adam, "rates": [1.0, 0.5]}
    assert_same_runs(learner, reference, scenarios.train, several)


@check("06.31", points=1)
def test_trainer_last_group(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The batches left at the end of an epoch make a step too, of their own targets alone; the next
    epoch begins with a new group."""
    shapes = ((2, 5), (3, 4), (1, 7), (2, 3), (4, 2))
    inputs = run(draw, *shapes) | {"rates": [0.5, 0.25, 1.0, 0.125]}
    inputs["settings"] = {"num_epochs": 2, "gradient_accumulation_steps": 3, "grad_clip": None}
    assert_same_runs(learner, reference, scenarios.descend, inputs)


@check("06.31", points=2)
def test_trainer_padding(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Targets that are pad_token_id, 0 or another, count nowhere; where it is None all targets do."""
    for padding, accumulated in ((3, 1), (0, 3), (None, 3)):
        inputs = run(draw) | {"rates": [0.5, 0.25, 1.0]}
        for _, targets in inputs["batches"]:
            targets[:, 3:] = padding or 0
            targets[0, 1] = padding or 0
            targets[:, 0] = 7  # each batch has targets that count
        settings = PLAIN | {"gradient_accumulation_steps": accumulated, "pad_token_id": padding}
        assert_same_runs(learner, reference, scenarios.descend, inputs | {"settings": settings})
    # a batch of padding alone adds nothing to its step
    inputs = run(draw) | {"rates": [1.0]}
    alone = batch(draw, 2, 4)
    alone[1][:] = V - 1
    for _, targets in inputs["batches"]:
        targets %= V - 1
    settings = PLAIN | {"gradient_accumulation_steps": 4, "pad_token_id": V - 1}
    inputs["settings"] = settings
    want = reference.run(scenarios.descend, **inputs)
    inputs["batches"] = [*inputs["batches"][:1], alone, *inputs["batches"][1:]]
    assert_parity(learner.run(scenarios.descend, **inputs), want)


# ---- 06.31 Trainer, how long, and at which rates


@check("06.31", points=2)
def test_trainer_lengths(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """max_steps counts steps of the optimizer and decides alone; without it num_epochs decides."""
    five = run(draw, (2, 3), (1, 4), (3, 2), (1, 2), (2, 2))
    rates = [0.5, 0.25, 1.0, 0.125, 0.75, 0.375, 0.0625]
    for changes, steps in (
        ({"num_epochs": 1, "max_steps": 7}, 7),
        ({"num_epochs": 3, "max_steps": 4}, 4),
        ({"num_epochs": 1, "max_steps": 4, "gradient_accumulation_steps": 2}, 4),
        ({"num_epochs": 2, "gradient_accumulation_steps": 2}, 6),
        ({"num_epochs": 1}, 5),
    ):
        inputs = five | {"settings": {"grad_clip": None, **changes}, "rates": rates}
        got = learner.run(scenarios.descend, **inputs)
        taken = len(got[scenarios.RATES])
        problem = (
            f"the optimizer took {taken} steps, expected {steps}: {changes}, 5 batches a loader"
        )
        require(taken == steps, problem, got)
        assert_parity(got, reference.run(scenarios.descend, **inputs))


@check("06.31", points=2, double_only=True)
def test_trainer_rates(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The scheduler is stepped after each step of the optimizer, once: step n has its rate n."""
    rates = [0.0, 0.5, 1.0, 0.25, 0.125, 0.75]
    inputs = run(draw, (2, 3), (1, 4), (3, 2)) | {"rates": rates}
    settings: Inputs = {"num_epochs": 2, "grad_clip": None}
    for changes, steps in (({}, 6), ({"gradient_accumulation_steps": 2}, 4)):
        got = learner.run(scenarios.descend, **inputs, settings=settings | changes)
        want = {scenarios.RATES: np.array(rates[:steps])}
        assert_parity(got, Result(got.call, want))
    # a function is given the Trainer's own optimizer
    adam = ADAM | {"num_epochs": 2}
    assert_same_runs(learner, reference, scenarios.train, inputs | {"settings": adam})


@check("06.31", points=1, double_only=True)
def test_trainer_epoch_loss(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """An epoch gives back a float: the mean loss of its targets, each as it was before its step."""
    inputs = run(draw, (2, 5), (3, 4), (1, 7), (4, 3))
    for _, targets in inputs["batches"]:
        targets[:, 2:3] = 3
    settings = ADAM | {"gradient_accumulation_steps": 3, "pad_token_id": 3}
    assert_same_runs(
        learner, reference, scenarios.train, inputs | {"settings": settings, "epochs": 2}
    )
    assert_same_runs(
        learner, reference, scenarios.epoch_losses, inputs | {"settings": settings, "epochs": 2}
    )
