"""Checks of module 05, ``model.py``: how a model starts, what it counts, what it generates.

What is drawn at random is judged by its distribution, with bounds that a right model misses less
than once in a million times.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from .calls import Implementation, Result
from .chance import assert_drawn_from
from .check import check
from .compare import assert_parity, assert_refuses, assert_same_runs, require
from .inputs import Array, Draw
from .model_inputs import (
    MAX_LEN,
    B,
    T,
    V,
    config,
    loaded,
    parameter_counts,
)
from .scenarios import model as scenarios
from .scenarios.model import HEAD, TABLE, shapes

STD = 0.02
COLD = 1e-12  # a temperature at which only the likeliest token is drawn

# ---- 05.9 TinyTransformerLM, its start


def assert_normal(matrices: dict[str, Array], got: Result) -> None:
    """Each matrix has mean 0 and standard deviation 0.02 within 6 sigma; together they are normal,
    and no two are alike."""
    for key, matrix in matrices.items():
        mean, spread = float(matrix.mean()), float(matrix.std())
        require(
            abs(mean) < 6 * STD / np.sqrt(matrix.size),
            f"{key} starts with mean {mean:.4f}, expected 0",
            got,
        )
        require(
            abs(spread / STD - 1) < 6 / np.sqrt(2 * matrix.size),
            f"{key} starts with standard deviation {spread:.4f}, expected {STD}",
            got,
        )
    together = np.concatenate([matrix.ravel() for matrix in matrices.values()]) / STD
    fourth = float((together**4).mean())
    require(
        abs(fourth - 3) < 6 * np.sqrt(96 / together.size),
        f"the weights do not start normal: their fourth moment is {fourth:.2f}, expected 3",
        got,
    )
    for (key, one), (other_key, other) in combinations(matrices.items(), 2):
        if one.shape == other.shape:
            likeness = float((one * other).mean()) / STD**2
            require(
                abs(likeness) < 6.5 / np.sqrt(one.size),
                f"{key} and {other_key} do not start independent of each other",
                got,
            )


@check("05.9", points=1)
def test_initial_weights(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each matrix starts as draws from N(0, 0.02), biases at 0, norms at scale 1 and shift 0."""
    for tied in (True, False):
        given = config(
            vocab_size=53, d_model=24, d_ff=40, max_len=19, positional="learned", tie_weights=tied
        )
        got = learner.run(scenarios.initial_weights, config=given)
        matrices = {}
        for key, shape in shapes(given).items():
            require(key in got.tensors, f"its state_dict has no {key}", got)
            require(got[key].shape == shape, f"{key} has shape {[*got[key].shape]}", got)
            if len(shape) == 2 and not (tied and key == HEAD):
                matrices[key] = got[key].astype(float)
            elif len(shape) == 1:
                start = 1.0 if "weight" in key else 0.0
                require((got[key] == start).all(), f"{key} starts other than at {start:g}", got)
        assert_normal(matrices, got)


@check("05.9", points=1)
def test_padding_row(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The padding token starts with a row of zeros, also when tied; all other rows do not."""
    for tied, padding in ((False, 3), (True, 0)):
        given = config(tie_weights=tied, padding_idx=padding)
        got = learner.run(scenarios.initial_weights, config=given)
        require(TABLE in got.tensors, f"its state_dict has no {TABLE}", got)
        rows = np.abs(got[TABLE]).sum(axis=-1)
        require(rows.shape == (V,), f"{TABLE} has the wrong shape", got)
        require(rows[padding] == 0, f"the row of the padding token {padding} is not 0", got)
        others = np.delete(rows, padding)
        require((others > 0).all(), "a row besides that of the padding token is 0", got)


@check("05.9", points=1)
def test_initial_loss(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Before training, the loss is close to ln of the vocabulary's size: as unsure as a fair die."""
    assert_same_runs(learner, reference, scenarios.logits, loaded(draw, config()))
    size = 65
    tokens = draw.integers(0, size, 6, 17)
    for tied in (True, False):
        given = config(vocab_size=size, d_model=48, d_ff=64, max_len=16, tie_weights=tied)
        got = learner.run(scenarios.initial_logits, config=given, tokens=tokens[:, :-1])
        logits = got["logits"].astype(float)
        require(logits.shape == (6, 16, size), "`logits` has the wrong shape", got)
        top = logits.max(axis=-1, keepdims=True)
        logs = logits - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True))
        loss = -float(np.take_along_axis(logs, tokens[:, 1:, None], axis=-1).mean())
        require(
            abs(loss - np.log(size)) < 0.25,
            f"the loss before training is {loss:.3f}, expected about ln {size} = {np.log(size):.3f}",
            got,
        )
        require(logits.std() > 0.01, "before training all logits are alike", got)


@check("05.9", points=1)
def test_counts(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The count is that of the closed formula, a tied matrix once; frozen ones are left out if asked."""
    frozen = ["blocks.0.feed_forward.fc1.weight", "ln_f.bias"]
    for given in (
        config(),
        config(tie_weights=False, positional="learned"),
        config(n_layers=3, d_ff=17),
    ):
        total = parameter_counts(given)["total"]
        got = learner.run(scenarios.counts, config=given, frozen=frozen)
        left = total - sum(int(np.prod(shapes(given)[name])) for name in frozen)
        numbers = {"count": total, "trainable count": total}
        numbers |= {"count after freezing": total, "trainable count after freezing": left}
        want = {name: np.array(count) for name, count in numbers.items()}
        assert_parity(got, Result(got.call, want))


@check("05.9", points=1)
def test_breakdown(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The breakdown gives the count of each part; a tied head counts 0, and the parts add up."""
    for given in (config(), config(tie_weights=False, positional="learned"), config(n_layers=3)):
        got = learner.run(scenarios.breakdown, config=given)
        want = {name: np.array(count) for name, count in parameter_counts(given).items()}
        assert_parity(got, Result(got.call, want))


# ---- 05.9 TinyTransformerLM, generate


@check("05.9", points=1)
def test_generate(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The whole prompt comes back with new tokens after it; the model sees the last max_len only."""
    for length, new in ((T, 2), (MAX_LEN + 2, 3), (1, MAX_LEN + 2)):
        inputs = loaded(draw, config(), length, batch=16)
        inputs |= {"max_new_tokens": new, "temperature": COLD}
        assert_same_runs(learner, reference, scenarios.generate, inputs)


@check("05.9", points=1)
def test_generate_mode(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Nothing is dropped while it generates, and the model is then in the mode that it was in."""
    for training in (True, False):
        inputs = loaded(draw, config(dropout=1.0), batch=2 * V)
        inputs["tokens"][:, -1] = np.arange(2 * V) % V  # so that not all rows go on alike
        inputs |= {"max_new_tokens": 2, "temperature": COLD, "training": training}
        assert_same_runs(learner, reference, scenarios.generate, inputs)


@check("05.9", points=1)
def test_generate_draws(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A token is drawn, for each row on its own, with the chance softmax(logits / temperature) gives
    it at the last position; all chance comes from the generator, where one is given."""
    rows = 1024
    for temperature in (None, 0.5, 2.0):
        inputs = loaded(draw, config(), length=3, batch=1)
        wanted = reference.run(scenarios.logits, **inputs)["logits"][0, -1]
        prompt = inputs.pop("tokens")
        got = learner.run(
            scenarios.generate_often, **inputs, prompt=prompt, rows=rows, temperature=temperature
        )
        require(got["tokens"].shape == (rows, 4), "`tokens` has the wrong shape", got)
        require((got["tokens"][:, :3] == prompt).all(), "the prompt has changed", got)
        drawn = got["tokens"][:, -1]
        chances = np.exp((wanted - wanted.max()) / (temperature or 1.0))
        law = "softmax(logits / temperature) of the last position"
        assert_drawn_from(chances / chances.sum(), drawn, got, law)
    inputs = loaded(draw, config(), batch=16) | {"max_new_tokens": 3, "seeds": [5, 6, 5]}
    got = learner.run(scenarios.generate_with_seeds, **inputs)
    one, other, again = (got[f"tokens of run {n}"] for n in range(3))
    require(one.shape == (16, T + 3), "`tokens` has the wrong shape", got)
    require(np.array_equal(one, again), "generators of equal seeds gave different tokens", got)
    require(not np.array_equal(one, other), "generators of other seeds gave the same tokens", got)


@check("05.9", points=1)
def test_generate_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """No new tokens give the prompt; a negative number, or a temperature not above 0, is refused."""
    inputs = loaded(draw, config())
    good = {"config": inputs["config"], "weights": inputs["weights"]}
    good |= {"start_tokens": inputs["tokens"], "max_new_tokens": 2, "temperature": COLD}
    assert_refuses(
        learner,
        reference,
        scenarios.generate_in_chosen_calls,
        draw=draw,
        good=[
            good,
            good | {"max_new_tokens": 0},
            good | {"start_tokens": draw.integers(0, V, B, 9)},
        ],
        bad={
            "a negative number of tokens": good | {"max_new_tokens": -1},
            "a temperature of 0": good | {"temperature": 0.0},
            "a negative temperature": good | {"temperature": -0.5},
        },
    )


# ---- 05.10 get_model_config

NAMES = [*scenarios.ARGUMENTS]
SIZES = ["tiny", "small", "medium", "large"]


@check("05.10", points=3)
def test_configs(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each size gives arguments that the constructor takes, more parameters than the size before it,
    and a new dict in every call."""
    got = learner.run(scenarios.model_configs, sizes=SIZES)
    last = 0
    for size in SIZES:
        first, second = (got[f"{size}, {turn} time"] for turn in ("first", "second"))
        require(first.shape == (len(NAMES), 2), "no configuration came back", got)
        require(
            np.array_equal(first, second),
            f"{size!r}: after the dict of the first call was emptied, the second call gives another",
            got,
        )
        given = {
            name: int(value) for name, (there, value) in zip(NAMES, first, strict=True) if there
        }
        missing = [n for n in ("d_model", "n_heads", "n_layers", "d_ff") if given.get(n, 0) < 1]
        require(not missing, f"{size!r}: {', '.join(missing)} missing, or below 1", got)
        require(
            given["d_model"] % given["n_heads"] == 0,
            f"{size!r}: {given['n_heads']} heads do not divide a width of {given['d_model']}",
            got,
        )
        fits = given["d_model"] % 2 == 0 and given.get("max_len", 1) >= 1
        fits &= 0 <= first[NAMES.index("dropout"), 1] <= 1 and given.get("positional", 1) in (1, 2)
        require(fits, f"{size!r}: the constructor refuses these", got)
        alike = {name: given[name] for name in ("d_model", "n_heads", "n_layers", "d_ff")}
        total = parameter_counts(config(**alike))["total"]
        require(total > last, f"{size!r} has no more parameters than the size before it", got)
        last = total


@check("05.10", points=1)
def test_config_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Any other size is a ValueError."""
    sizes = draw.shuffled([*SIZES, "huge", "Tiny", ""])
    got = learner.run(scenarios.model_configs_in_chosen_calls, calls=[{"size": s} for s in sizes])
    for number, size in enumerate(sizes):
        code, config_of_call = (
            int(got["refused"][number]),
            got.tensors.get(f"config of call {number}"),
        )
        if size in SIZES:
            require(
                config_of_call is not None and config_of_call[NAMES.index("d_model"), 1] > 0,
                f"{size!r} gave no configuration",
                got,
            )
        else:
            require(code == 1 and config_of_call is None, f"{size!r} is not a ValueError", got)
