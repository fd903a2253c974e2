"""Inputs: drawn from a seed, the same on every machine; and calls, packed and told apart."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from graders.calls import Call, scenario_name, unpack_inputs
from graders.inputs import Array, Draw
from graders.scenarios import attention, practice_attention

# Recorded once. A change of any of these changes the inputs of all earlier gradings.
FLOATS = [1.7085731029510498, 0.35721635818481445, -1.3975138664245605]
INTEGERS = [6, 0, 5, 3, 1]
BOOLEANS = [True, False, True, True, True, True, False, True]
SHUFFLED = ["a", "b", "d", "c"]

seeds = st.text(max_size=5)
shapes = hnp.array_shapes(min_dims=0, min_side=0, max_side=4)


def test_draws_are_those_that_were_recorded() -> None:
    """Neither a version of a library nor a platform changes them."""
    draw = Draw("seed", "01.1/scores")
    assert draw.floats(3).tolist() == FLOATS
    assert draw.integers(0, 10, 5).tolist() == INTEGERS
    assert draw.booleans(8).tolist() == BOOLEANS
    assert draw.shuffled(["a", "b", "c", "d"]) == SHUFFLED


@given(seeds, shapes, st.sampled_from(["float64", "float32"]))
def test_floats_lie_between_minus_two_and_two(
    seed: str, shape: tuple[int, ...], dtype: str
) -> None:
    drawn = Draw(seed).floats(*shape, dtype=dtype)
    assert (drawn.shape, drawn.dtype) == (shape, np.dtype(dtype))
    assert ((drawn >= -2) & (drawn < 2)).all()
    assert np.array_equal(drawn, Draw(seed).floats(*shape).astype("float32"))  # exact in both


@given(seeds, shapes, st.integers(-1000, 1000), st.integers(1, 1000))
def test_integers_lie_between_their_bounds(
    seed: str, shape: tuple[int, ...], low: int, span: int
) -> None:
    drawn = Draw(seed).integers(low, low + span, *shape)
    assert (drawn.shape, drawn.dtype) == (shape, np.dtype("int64"))
    assert ((drawn >= low) & (drawn < low + span)).all()


def test_draws_are_spread_over_their_range() -> None:
    draw = Draw("spread")
    floats = draw.floats(10_000)
    assert abs(floats.mean()) < 0.05
    assert 1.1 < floats.std() < 1.2  # 2 / sqrt(3)
    assert (floats.min(), floats.max()) == pytest.approx((-2, 2), abs=0.01)
    assert {*draw.integers(3, 7, 1_000).tolist()} == {3, 4, 5, 6}
    assert 0.17 < draw.booleans(10_000, p=0.2).mean() < 0.23
    assert not draw.booleans(1_000, p=0.0).any()
    assert draw.booleans(1_000, p=1.0).all()


@given(seeds, st.lists(st.integers(), max_size=20))
def test_shuffled_holds_the_same_items(seed: str, items: list[int]) -> None:
    given_items = [*items]
    assert sorted(Draw(seed).shuffled(items)) == sorted(items)
    assert items == given_items


def test_draws_of_one_name_are_alike_and_of_others_differ() -> None:
    """The seed, each label and the place in the order all count; where labels end does too."""
    names = [("a",), ("b",), ("a", "b"), ("ab",), ("a", "b", "")]
    first = [Draw(*name).floats(4).tobytes() for name in names]
    assert [Draw(*name).floats(4).tobytes() for name in names] == first
    assert len({*first}) == len(names)
    draw = Draw("a")
    assert draw.floats(4).tobytes() != draw.floats(4).tobytes()


def test_scenarios_are_called_by_their_file_and_function() -> None:
    assert scenario_name(attention.attend) == "attention.attend"
    assert scenario_name(practice_attention.raw_scores) == "practice_attention.raw_scores"


arrays = st.sampled_from(["float64", "float32", "bool", "int64"]).flatmap(
    lambda kind: hnp.arrays(
        np.dtype(kind), shapes, elements={"allow_nan": False} if "f" in kind else None
    )
)
plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4)
inputs = st.dictionaries(
    st.text(max_size=4),
    st.recursive(
        plain | arrays,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        ),
        max_leaves=5,
    ),
    max_size=3,
)


def equal(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return (
            isinstance(other, np.ndarray)
            and (one.dtype, one.shape) == (other.dtype, other.shape)
            and np.array_equal(one, other)
        )
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(one == other) and type(one) is type(other)


@given(inputs)
def test_inputs_are_unpacked_as_they_were_packed(given_inputs: dict[str, Any]) -> None:
    """Through JSON and arrays by name, as they cross to a worker; shapes of no dims included."""
    tree, packed = Call("a.b", given_inputs).packed
    assert equal(unpack_inputs(json.loads(json.dumps(tree)), packed), given_inputs)


@given(inputs)
def test_equal_calls_have_equal_keys(given_inputs: dict[str, Any]) -> None:
    """Whoever made the arrays, and however they lie in memory; another scenario has another key."""
    tree, packed = Call("a.b", given_inputs).packed
    copies = {name: np.asfortranarray(array) for name, array in packed.items()}
    copied = unpack_inputs(tree, {n: c.reshape(packed[n].shape) for n, c in copies.items()})
    assert Call("a.b", copied).key == Call("a.b", given_inputs).key
    assert Call("a.c", given_inputs).key != Call("a.b", given_inputs).key


def variants() -> list[dict[str, Any]]:
    array: Array = np.arange(6.0).reshape(2, 3)
    return [
        {"a": array},
        {"b": array},
        {"a": array.reshape(3, 2)},
        {"a": array.astype("float32")},
        {"a": array.T},
        {"a": array + 1},
        {"a": [array]},
        {"a": None},
        {"a": 0},
        {"a": "0"},
        {},
    ]


def test_keys_tell_names_shapes_dtypes_and_numbers_apart() -> None:
    assert len({Call("a.b", given_inputs).key for given_inputs in variants()}) == len(variants())


def test_written_call_shows_shapes_in_place_of_numbers() -> None:
    call = Call(
        "a.b",
        {
            "query": np.zeros((2, 3), "float32"),
            "mask": None,
            "rate": 0.5,
            "calls": [{"x": 1}, {"x": 2}],
            "cotangent": np.zeros(3),
        },
    )
    assert (
        call.written("f") == "f(query float32[2, 3], mask=None, rate=0.5, 2 calls, right and wrong)"
    )
