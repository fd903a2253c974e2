"""Checks of module 06, ``training/trainer.py``, 06.31: evaluation, checkpoints, and a whole run."""

from __future__ import annotations

import numpy as np

from .calls import Implementation, Result
from .check import check
from .compare import assert_parity, assert_refuses, assert_same_runs, close, require
from .inputs import Array, Draw
from .markov_inputs import make_source
from .model_inputs import V, weights
from .scenarios import trainer_runs as scenarios
from .scenarios.model import HEAD, shapes
from .scenarios.trainer import WEIGHTS
from .trainer_inputs import Inputs, batches, config, rows, run

# ---- evaluation


def assert_moved(got: Result, before: str, after: str) -> None:
    """Training has changed most weights, and they are numbers: doing nothing resumes well too."""
    require(np.isfinite(got[after]).all(), f"the {after} are no numbers", got)
    moved = ~close(got[before], got[after])
    require(moved.mean() > 0.5, f"the {after} are still the {before}", got)


def cross_entropies(logits: Array, targets: Array) -> Array:
    """The loss of each target, from logits [B, T, V]."""
    top = logits - logits.max(axis=-1, keepdims=True)
    logs = top - np.log(np.exp(top).sum(axis=-1, keepdims=True))
    return -np.take_along_axis(logs, targets[..., None], axis=-1)[..., 0]


@check("06.31", points=2)
def test_trainer_evaluates(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The loss is the mean over all targets that count, whatever batch they are in, without dropout;
    the perplexity is its exponential, infinity if need be. Both are floats; no gradient is recorded."""
    got = learner.run(scenarios.evaluate_watched, **run(draw))
    require("logits of call 0" in got.tensors, "the model was not run", got)
    carried = int(got["logits with a gradient"])
    require(carried == 0, f"logits of {carried} batches carry a gradient", got)
    shapes = ((4, 6), (4, 6), (1, 6), (2, 3))
    for padding, scale in ((None, 1.0), (3, 1.0), (0, 1.0), (None, 1e5)):
        inputs = run(draw, *shapes, dropout=0.5, tie_weights=False)
        inputs["weights"] *= scale
        for _, targets in inputs["batches"]:
            targets[:, 1:] = np.where(draw.booleans(*targets[:, 1:].shape), targets[:, 1:], 3)
        inputs["settings"] = {"pad_token_id": padding}
        got, right = (one.run(scenarios.evaluate, **inputs) for one in (learner, reference))
        found = []
        for place, (_, targets) in enumerate(inputs["batches"]):
            losses = cross_entropies(right[f"logits of batch {place}"], targets)
            found.append(losses[targets != padding] if padding is not None else losses.ravel())
        loss = float(np.concatenate(found).mean())
        with np.errstate(over="ignore"):
            measured = {"loss": np.float32(loss), "perplexity": np.exp(loss).astype(np.float32)}
        want = {
            f"{name}, {turn} time": np.asarray(value)
            for turn in ("first", "second")
            for name, value in measured.items()
        }
        assert_parity(got, Result(got.call, want))


@check("06.31", points=2)
def test_trainer_evaluation_leaves_no_trace(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """After evaluating, the mode is as before, and so are weights, gradients and torch's generator."""
    inputs = run(draw, dropout=1.0) | {"tokens": draw.integers(0, V, 2, 5)}
    for training in (True, False):
        given = inputs | {"training": training}
        assert_same_runs(learner, reference, scenarios.evaluate_and_look, given)


@check("06.31", points=1)
def test_trainer_evaluation_refuses(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """Evaluating without validation data is a ValueError."""
    good = run(draw) | {"given": True}
    assert_refuses(
        learner,
        reference,
        scenarios.evaluate_in_chosen_ways,
        draw=draw,
        good=[good, run(draw, (1, 3)) | {"given": True}],
        bad={"evaluate without a val_loader": good | {"given": False}},
    )


@check("06.31", points=1)
def test_trainer_modes(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Training is in training mode, also of a model that was in evaluation mode, and after an
    evaluation."""
    given = config(dropout=1.0)
    inputs = {"config": given, "weights": weights(draw, given), "batches": batches(draw)}
    inputs |= {"rows": rows(draw, 4, 5, 2) | {"seed": 1}}
    inputs["settings"] = {"weight_decay": 0.0, "grad_clip": None}
    for training in (False, True):
        run_of = inputs | {"between": True, "training": training}
        assert_same_runs(learner, reference, scenarios.train_around_evaluation, run_of)


@check("06.31", points=1)
def test_trainer_undisturbed(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """An evaluation between two epochs changes neither what is dropped nor the order of the data."""
    given = config(dropout=0.3)
    inputs = {"config": given, "weights": weights(draw, given), "batches": batches(draw)}
    inputs |= {"rows": rows(draw, 12, 5, 2), "settings": {"eval_interval": 1}}
    inputs["training"] = True
    with_one, without = (
        learner.run(scenarios.train_around_evaluation, **inputs, between=between)
        for between in (True, False)
    )
    assert_parity(with_one, without)
    assert_moved(with_one, "weights before training", WEIGHTS)


# ---- checkpoints


def beginning_of(given: Inputs, row: Array) -> Array:
    """Of the weights that a model is given, in a row, those that can be trained."""
    wanted = shapes(given)
    if given.get("tie_weights", True):
        del wanted[HEAD]
    parts = np.split(row, np.cumsum([int(np.prod(shape)) for shape in wanted.values()])[:-1])
    pairs = zip(wanted, parts, strict=True)
    return np.concatenate([part for key, part in pairs if not key.endswith(".pe")])


def assert_resumes(got: Result) -> None:
    """The weights are as they were when saved, and after the rest as those of a run without a break.

    What was saved comes from what the model began with: a number for each epoch resumes well too.
    """
    given, saved = got.call.inputs, got["weights when saved"]
    begun = beginning_of(given["config"], given["starts"][0])
    require(saved.shape == begun.shape, "the weights when saved have the wrong shape", got)
    with np.errstate(invalid="ignore", divide="ignore"):  # of numbers that are none, or all equal
        alike = np.corrcoef(saved, begun)[0, 1]
    require(alike > 0.5, "training has left nothing of what the weights were before", got)
    for name, expected, problem in (
        ("weights when loaded", "weights when saved", "loading did not bring back the weights"),
        (
            "weights of the resumed run",
            "weights of the whole run",
            "a resumed run ended with other weights than the run it continues",
        ),
    ):
        one, other = got[name], got[expected]
        require(one.shape == other.shape and close(one, other).all(), problem, got)
    assert_moved(got, "weights when loaded", "weights of the resumed run")


def two_starts(draw: Draw, **changes: object) -> Inputs:
    """A model that starts in two ways, and rows to train it on."""
    given = config(**changes)
    starts = [weights(draw, given) for _ in range(2)]
    return {"config": given, "starts": starts, "seeds": [11, 12]}


@check("06.31", points=2, double_only=True)
def test_trainer_resumes(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Weights, moving averages, rates, the count of epochs and the order of the data go on in a new
    Trainer as in a run without a break, up to the configured epoch."""
    inputs = two_starts(draw) | {"data": rows(draw, 8, 5, 3) | {"seed": 0}}
    inputs["settings"] = [{"num_epochs": epochs, "learning_rate": 0.01} for epochs in (2, 3)]
    inputs["rates"] = [0.25, 0.5, 1.0, 0.75, 0.5, 0.25, 1.0, 0.125, 0.75, 0.5]
    got = learner.run(scenarios.resume, **inputs)
    assert_resumes(got)


@check("06.31", points=1, double_only=True)
def test_trainer_resumes_steps(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """With max_steps the steps before the checkpoint count, and the state of an optimizer that a
    scheduler brought goes on."""
    inputs = two_starts(draw) | {"data": {"batches": batches(draw)}, "momentum": 0.9}
    inputs["settings"] = [{"max_steps": steps, "num_epochs": 1} for steps in (3, 5)]
    inputs["rates"] = [0.25, 0.5, 0.0625, 0.5, 0.25, 0.125, 0.5, 0.25]
    got = learner.run(scenarios.resume, **inputs)
    assert_resumes(got)


@check("06.31", points=1, double_only=True)
def test_trainer_resumes_chance(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """Torch's generator goes on, which drops and which shuffles a loader without its own; and that
    a run is saved changes nothing in it."""
    inputs = two_starts(draw, dropout=0.3) | {"settings": [{}, {}], "epochs": [1, 1]}
    texts = rows(draw, 8, 5, 3)
    for data in (texts | {"seed": 0}, texts):
        got = learner.run(scenarios.resume, **inputs, data=data)
        whole = got["weights of the whole run"]
        saved = got["weights of the run that was saved and went on"]
        same = saved.shape == whole.shape and close(saved, whole).all()
        require(same, "a run that was saved went on other than one that was not", got)
        assert_resumes(got)


# ---- a whole run

TOKENS, STEPS, SIZE, LENGTH = 6, 60, 16, 8
# Nats above the entropy rate. Right work, over 400 seeds: 0.010 to 0.046, 0.021 in the mean. No training
# at all: 1 and more; targets shifted once too often: 1.3 to 5.6; gradients never cleared: about 0.1.
FAR = 0.1


@check("06.31", points=3)
def test_trainer_learns_a_language(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """Trained on a language whose entropy is known, the model predicts it nearly as well as one can."""
    source = make_source(draw, TOKENS)
    given = config(vocab_size=TOKENS, d_model=12, d_ff=16, max_len=LENGTH, tie_weights=False)
    texts = source.texts(draw, STEPS * SIZE // 2, LENGTH + 1)
    inputs: Inputs = {"config": given, "weights": weights(draw, given)}
    inputs["rows"] = {"inputs": texts[:, :-1], "targets": texts[:, 1:], "size": SIZE, "seed": 1}
    inputs["contexts"] = source.texts(draw, 64, LENGTH)
    for steps in (2, STEPS):  # a short run first: it tells most mistakes apart at little cost
        settings = {"learning_rate": 0.02, "max_steps": steps}
        got = learner.run(scenarios.train_and_predict, **inputs, settings=settings)
    logits = got["logits"].astype(float)
    require(logits.shape == (64, LENGTH, TOKENS), "`logits` has the wrong shape", got)
    require(np.isfinite(logits).all(), "`logits` holds NaN or infinity", got)
    loss, least = source.loss(inputs["contexts"], logits), source.entropy_rate
    require(
        loss < least + FAR,
        f"after {STEPS} steps the loss on new texts is {loss:.3f}; that of a model that knows the "
        f"language is {least:.3f}, and {least + FAR:.3f} is near enough",
        got,
    )
