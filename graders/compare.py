"""Compare what two implementations gave, and say in words how they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from .calls import Call, Implementation, Result, Scenario, run_each
from .inputs import Array, Draw
from .outcomes import RefusalCode
from .picture import Picture, picture

GRADIENT = "gradient of "  # starts the name of a gradient
REFUSED = "refused"  # names the codes of scenarios.tools.refusals
TOLERANCE = {"float64": 1e-9, "float32": 1e-5, "float16": 5e-3}  # relative and absolute
_forgiven: list[float] = []  # by ``forgiving``: the tolerance of all floats, whatever their width


@dataclass(frozen=True)
class Difference:
    """How one named tensor differs from what was expected."""

    name: str
    kind: str  # "missing", "shape", "dtype", "NaN", "values"
    text: str
    picture: Callable[[], Picture] | None = None  # where both are arrays of one shape


class Mismatch(Exception):
    """What came back is not what must hold; carries all that a message needs."""

    def __init__(
        self,
        problem: str,
        got: Result,
        differences: Sequence[Difference] = (),
        right: Sequence[str] = (),
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.got = got
        self.differences = differences
        self.right = right


@contextmanager
def forgiving(tolerance: float) -> Iterator[None]:
    """While it lasts, in this process, floats of any width are compared with this tolerance.

    Nothing is graded so. It is for finding out whether right work passes in single precision too.
    """
    _forgiven.append(tolerance)
    try:
        yield
    finally:
        _forgiven.pop()


def close(got: Array, want: Array) -> Any:
    """Elementwise: equal within the tolerance of ``want``'s dtype; NaN equals NaN, inf equals inf.

    Raises:
        ValueError: a column meets a row, say: the pairs of their numbers could fill all memory.
    """
    if np.broadcast(got, want).size > max(got.size, want.size):
        raise ValueError(f"shapes {[*got.shape]} and {[*want.shape]} are not to be compared")
    tolerance = TOLERANCE.get(str(want.dtype))
    if tolerance is None:
        return got == want
    tolerance = _forgiven[-1] if _forgiven else tolerance
    with np.errstate(over="ignore"):  # between numbers too large to subtract
        return np.isclose(got, want, rtol=tolerance, atol=tolerance, equal_nan=True)


def same(got: Mapping[str, Array], want: Mapping[str, Array]) -> bool:
    """Whether both hold the same names, shapes, dtypes and, within tolerance, values."""
    return got.keys() == want.keys() and not any(difference(n, got[n], want[n]) for n in want)


def difference(name: str, got: Array | None, want: Array) -> Difference | None:
    """How ``got`` differs from ``want``, or None where it does not."""
    if got is None:
        return Difference(name, "missing", "missing")
    if got.shape != want.shape:
        text = f"has shape {[*got.shape]}, expected {[*want.shape]}"
        return Difference(name, "shape", text)
    if got.dtype == want.dtype and got.tobytes() == want.tobytes():
        return None  # bit for bit, as most right work is: seen sooner than what is merely close
    if got.dtype != want.dtype and not (_forgiven and got.dtype.kind == want.dtype.kind == "f"):
        return Difference(name, "dtype", f"has dtype {got.dtype}, expected {want.dtype}")
    wrong = ~close(got, want)
    if not wrong.any():
        return None
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    expected, found = _numbers(want[index], got[index])
    text = f"expected {expected}, got {found}"
    if want.ndim:
        text = f"first at {[*index]}: {text}"
    if wrong.size > 1:
        text = f"wrong in {int(wrong.sum())} of {wrong.size} entries; {text}"
    shown = partial(picture, name, got, want, index) if want.ndim else None
    if np.isnan(got[wrong].astype(float)).any():
        return Difference(name, "NaN", f"NaN; {text}", shown)
    with np.errstate(invalid="ignore", over="ignore"):
        gaps = np.abs(got[wrong].astype(float) - want[wrong].astype(float))
    gap = np.where(np.isnan(gaps), np.inf, gaps).max()  # NaN: between infinities of either sign
    return Difference(name, "values", f"{text}; largest difference {_number(gap)}", shown)


def _numbers(want: Any, got: Any) -> tuple[str, str]:
    """Two numbers that differ, with as many digits as show it."""
    for digits in (6, 12, 17):
        shown = _number(want, digits), _number(got, digits)
        if shown[0] != shown[1]:
            break
    return shown


def _number(value: Any, digits: int = 6) -> str:
    return f"{value:.{digits}g}" if isinstance(value, float | np.floating) else str(value)


def assert_parity(got: Result, want: Result) -> None:
    """Every tensor of ``want`` is in ``got``, with its shape, dtype and values.

    Raises:
        Mismatch: with values and gradients told apart.
    """
    found = {name: difference(name, got.tensors.get(name), want[name]) for name in want.tensors}
    differences = [d for d in found.values() if d is not None]
    if differences:
        right = [name for name, d in found.items() if d is None]
        raise Mismatch(_in_words(differences, right), got, differences, right)


def assert_same_runs(
    learner: Implementation, reference: Implementation, scenario: Scenario, *runs: Mapping[str, Any]
) -> None:
    """Parity with the reference in each of several runs of a scenario."""
    for inputs, got in zip(runs, run_each(learner, scenario, runs), strict=True):
        assert_parity(got, reference.run(scenario, **inputs))


def _in_words(differences: Sequence[Difference], right: Sequence[str]) -> str:
    values = [d for d in differences if not d.name.startswith(GRADIENT)]
    if not values:
        some_right = any(not name.startswith(GRADIENT) for name in right)
        return (
            "the values are right, but a gradient is wrong" if some_right else "a gradient is wrong"
        )
    first = values[0]
    return {
        "missing": f"`{first.name}` is missing",
        "shape": f"`{first.name}` has the wrong shape",
        "dtype": f"`{first.name}` has the wrong dtype",
        "NaN": f"`{first.name}` holds NaN",
        "values": f"the values of `{first.name}` are wrong",
    }[first.kind]


def require(holds: Any, problem: str, got: Result) -> None:
    """A property of ``got``, computed here. Raises Mismatch with ``problem`` where it fails."""
    if not bool(holds):
        raise Mismatch(problem, got)


def assert_refuses(
    learner: Implementation,
    reference: Implementation,
    scenario: Scenario,
    *,
    draw: Draw,
    good: Sequence[Mapping[str, Any]],
    bad: Mapping[str, Mapping[str, Any]],
    allowed: Sequence[RefusalCode] = (RefusalCode.VALUE_ERROR,),
) -> None:
    """Bad calls are refused and good ones, in a random order among them, still give right values.

    ``scenario`` is called with ``calls=[…]`` and returns ``refusals(…)``. That a worker says "I
    refused" earns nothing by itself: it does not know which calls are bad, and the good ones are
    compared with the reference.

    Args:
        good: arguments of calls that must work.
        bad: arguments of calls that must be refused, by what is wrong with them.
        allowed: the exceptions that count as refusing.
    """
    labelled: list[tuple[str | None, Mapping[str, Any]]] = [(None, call) for call in good]
    labelled = draw.shuffled([*labelled, *bad.items()])
    calls = [dict(call) for _, call in labelled]
    got, want = learner.run(scenario, calls=calls), reference.run(scenario, calls=calls)
    codes = got.tensors.get(REFUSED)
    require(codes is not None and codes.shape == (len(calls),), "no codes came back", got)
    for number, (label, _) in enumerate(labelled):
        code = RefusalCode(int(got[REFUSED][number]) % len(RefusalCode))
        raised = got.said[number] if number < len(got.said) else ""
        raised = f"it raised {raised or _EXCEPTION.get(code, 'nothing')}"
        one = Result(Call(got.call.scenario, calls[number]), got.tensors)  # the call to speak of
        if label is None:
            problem = f"a call with good arguments was refused: {raised}"
            require(code is RefusalCode.RETURNED, problem, one)
            continue
        names = " or ".join(_EXCEPTION[kind] for kind in allowed)
        what = "it was accepted" if code is RefusalCode.RETURNED else raised
        require(code in allowed, f"{label}: {what}, expected {names}", one)
    suffixes = tuple(f" of call {n}" for n, (label, _) in enumerate(labelled) if label is None)
    kept = {name: array for name, array in want.tensors.items() if name.endswith(suffixes)}
    assert_parity(got, Result(want.call, kept))


_EXCEPTION = {
    RefusalCode.VALUE_ERROR: "ValueError",
    RefusalCode.TYPE_ERROR: "TypeError",
    RefusalCode.INDEX_ERROR: "IndexError",
    RefusalCode.OTHER: "another exception (AssertionError or torch's RuntimeError, say)",
}
