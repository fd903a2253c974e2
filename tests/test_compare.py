"""Comparing: accepted within the tolerance, refused beyond it, and said where and by how much."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from graders.calls import Call, Result
from graders.compare import TOLERANCE, Mismatch, assert_parity, close, difference, require, same
from graders.dropout import assert_dropped
from graders.inputs import Array

CALL = Call("attention.attend", {})
DTYPES = ("float32", "float64", "float16", "int64", "bool")
SHAPES = hnp.array_shapes(min_dims=0, min_side=1, max_side=4)
finite = st.floats(-1e3, 1e3, width=16)


def arrays_of(kind: str) -> st.SearchStrategy[Array]:
    elements = finite if kind.startswith("float") else None
    made: st.SearchStrategy[Array] = hnp.arrays(np.dtype(kind), SHAPES, elements=elements)
    return made


anything = st.sampled_from(DTYPES).flatmap(arrays_of)
wild = st.sampled_from(("float16", "float32", "float64")).flatmap(
    lambda kind: hnp.arrays(np.dtype(kind), SHAPES)
)


def result(**tensors: Array) -> Result:
    return Result(CALL, tensors)


def refused(got: Result, want: Result) -> Mismatch:
    with pytest.raises(Mismatch) as caught:
        assert_parity(got, want)
    return caught.value


def changed(array: Array, place: int, value: object) -> Array:
    made: Array = array.copy()
    made.reshape(-1)[place] = value
    return made


@given(wild | anything)
def test_equal_is_accepted(array: Array) -> None:
    """NaN, infinities, the largest numbers and no dims at all included; without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_parity(result(x=array.copy()), result(x=array))


@given(
    st.sampled_from(("float16", "float32", "float64")).flatmap(
        lambda kind: st.tuples(*[hnp.arrays(np.dtype(kind), (4,))] * 2)
    )
)
def test_any_two_are_compared_without_a_warning(pair: tuple[Array, Array]) -> None:
    """Of NaN, infinities and numbers too large to subtract as well."""
    got, want = pair
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = difference("x", got, want)
    assert found is None or "first at [" in found.text


@given(st.sampled_from([*TOLERANCE]).flatmap(arrays_of), st.data())
def test_within_the_tolerance_is_accepted_and_beyond_it_refused(
    want: Array, data: st.DataObject
) -> None:
    """Relative to the expected value, plus as much absolute; at the first entry that is beyond."""
    tolerance = TOLERANCE[str(want.dtype)]
    bound = tolerance * (1 + np.abs(want.astype("float64")))
    half = (want + bound / 2).astype(want.dtype)
    within = np.where(np.abs(half.astype("float64") - want) <= bound * 0.9, half, want)
    assert_parity(result(x=within.astype(want.dtype)), result(x=want))

    place = data.draw(st.integers(0, want.size - 1))
    wrong = changed(want, place, want.reshape(-1)[place] + 2 * bound.reshape(-1)[place])
    found = refused(result(x=wrong), result(x=want)).differences[0]
    index = [int(i) for i in np.unravel_index(place, want.shape)]
    assert found.kind == "values"
    assert (f"first at {index}: expected " if index else "expected ") in found.text
    assert "largest difference" in found.text


@given(anything, st.data())
def test_first_of_several_differences_is_named_and_all_are_counted(
    want: Array, data: st.DataObject
) -> None:
    places = data.draw(st.lists(st.integers(0, want.size - 1), min_size=1, unique=True).map(sorted))
    wrong = want.copy().reshape(-1)
    for place in places:
        is_float = want.dtype.kind == "f"
        wrong[place] = wrong[place] + 100 if is_float else np.bitwise_not(wrong[place])
    (found,) = refused(result(x=wrong.reshape(want.shape)), result(x=want)).differences
    index = [int(i) for i in np.unravel_index(places[0], want.shape)]
    assert not index or f"first at {index}:" in found.text
    if want.size > 1:
        assert f"wrong in {len(places)} of {want.size} entries" in found.text


@given(st.sampled_from(["float32", "float64"]).flatmap(arrays_of), st.data())
def test_nan_where_a_number_is_expected_is_called_nan(want: Array, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, want.size - 1))
    mismatch = refused(result(x=changed(want, place, np.nan)), result(x=want))
    assert mismatch.problem == "`x` holds NaN"
    assert "got nan" in mismatch.differences[0].text
    refused(result(x=want), result(x=changed(want, place, np.nan)))  # and the other way round


@pytest.mark.parametrize(
    ("got", "want"),
    [(np.inf, 0.0), (0.0, np.inf), (np.inf, -np.inf), (-np.inf, np.inf), (1e308, -1e308)],
)
def test_infinity_is_near_nothing_but_itself(got: float, want: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = refused(result(x=np.array([got])), result(x=np.array([want]))).differences[0]
    assert found.kind == "values"
    assert "largest difference inf" in found.text


@given(anything, anything)
def test_another_shape_or_dtype_is_refused_whatever_the_values(got: Array, want: Array) -> None:
    """Also where numpy would broadcast one to the other, or where all numbers agree."""
    if (got.shape, got.dtype) == (want.shape, want.dtype):
        return
    mismatch = refused(result(x=got), result(x=want))
    kind = "shape" if got.shape != want.shape else "dtype"
    assert mismatch.differences[0].kind == kind
    assert mismatch.problem == f"`x` has the wrong {kind}"


def test_numbers_that_differ_late_are_shown_with_enough_digits() -> None:
    found = difference("loss", np.array(1.25 + 1e-8), np.array(1.25))
    assert found
    assert found.text.startswith("expected 1.25, got 1.25000001; largest difference 1e-08")


def test_dropout_that_drops_nothing_is_called_so() -> None:
    whole = np.linspace(1, 2, 100)
    with pytest.raises(Mismatch, match=r"none of the weights is dropped; .* about 0\.25"):
        assert_dropped(result(x=whole), whole, whole, 0.25, "weights")


@pytest.mark.parametrize("shapes", [((40_000, 1), (40_000,)), ((1, 40_000), (40_000, 1))])
def test_column_is_not_compared_with_a_row(shapes: tuple[tuple[int, ...], ...]) -> None:
    """It would take a dozen gigabytes."""
    one, other = map(np.zeros, shapes)
    with pytest.raises(ValueError, match="are not to be compared"):
        close(one, other)
    assert close(np.zeros((3, 4)), np.zeros(4)).all()


def test_shape_of_no_dims_is_not_a_shape_of_one() -> None:
    refused(result(x=np.array(1.0)), result(x=np.array([1.0])))


def test_missing_tensor_is_named_and_one_too_many_is_not_missed() -> None:
    zero = np.zeros(2)
    mismatch = refused(result(x=zero), result(x=zero, y=zero))
    assert mismatch.problem == "`y` is missing"
    assert mismatch.right == ["x"]
    assert_parity(result(x=zero, z=zero), result(x=zero))
    assert not same({"x": zero, "z": zero}, {"x": zero})


def test_values_and_gradients_are_told_apart() -> None:
    """Right values with a wrong gradient are called so; a wrong value is told before a gradient."""
    right = {"output": np.ones(3), "gradient of query": np.ones(3)}
    wrong_gradient = right | {"gradient of query": np.zeros(3)}
    mismatch = refused(Result(CALL, wrong_gradient), Result(CALL, right))
    assert mismatch.problem == "the values are right, but a gradient is wrong"
    both = wrong_gradient | {"output": np.zeros(3)}
    mismatch = refused(Result(CALL, both), Result(CALL, right))
    assert mismatch.problem == "the values of `output` are wrong"
    assert len(mismatch.differences) == 2
    only = {"gradient of query": np.ones(3)}
    mismatch = refused(Result(CALL, {"gradient of query": np.zeros(3)}), Result(CALL, only))
    assert mismatch.problem == "a gradient is wrong"


def test_integers_and_bools_are_compared_exactly() -> None:
    refused(result(x=np.array([2**53 + 1])), result(x=np.array([2**53])))
    refused(result(x=np.array([True])), result(x=np.array([False])))


@pytest.mark.parametrize("holds", [True, np.True_, np.array(True)])
def test_property_that_holds_is_accepted(holds: object) -> None:
    require(holds, "is not", result())


@pytest.mark.parametrize("holds", [False, np.False_, np.array([[0]]), None])
def test_property_that_does_not_hold_is_told_in_its_words(holds: object) -> None:
    with pytest.raises(Mismatch, match=re.escape("rows do not sum to 1")):
        require(holds, "rows do not sum to 1", result())
