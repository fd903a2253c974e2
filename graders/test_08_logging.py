"""Checks of module 08, ``utils/logging.py``: the file is read here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from .calls import Implementation, Result
from .check import check
from .compare import require
from .engineering_inputs import assert_json, in_json, named
from .inputs import Draw
from .scenarios import training_log as scenarios

BEGAN, TICK = 1000 / 4, 1 / 4  # what the clock of the scenario shows first, and how it goes on
CUT = '{"step": 12, "los'


# ---- 08.4 TrainingLogger


def log(learner: Implementation, records: Sequence[Any], **inputs: Any) -> Result:
    given = {"path": "log.jsonl", "before": None, "as_text": False, **inputs}
    rows = [[r["step"], r["values"], r.get("odd", {})] for r in records]
    return learner.run(scenarios.log, records=rows, **given)


def lines_of(got: Result, before: str = "") -> list[str]:
    """The lines behind what stood in the file before."""
    content, start = got["file"].astype(np.uint8).tobytes(), before.encode()
    require(content.startswith(start), "what stood in the file before is not there any more", got)
    try:
        return content[len(start) :].decode("utf-8").splitlines()
    except UnicodeDecodeError:
        require(False, "the file is not UTF-8", got)
        raise


def assert_records(got: Result, lines: Sequence[str], records: Sequence[Any]) -> None:
    """The lines are these records, the first at ``BEGAN``, and each a tick later."""
    require(
        len(lines) == len(records), f"expected {len(records)} new lines, found {len(lines)}", got
    )
    for n, (line, record) in enumerate(zip(lines, records, strict=True)):
        found = in_json(got, line, f"line {n}")
        values = {name: _number(value) for name, value in record["values"].items()}
        values |= dict.fromkeys(record.get("odd", {}))
        want = {"step": record["step"], "time": BEGAN + n * TICK, **values}
        require(found == want, f"line {n}: expected {json.dumps(want)}, got {line!r}", got)


def _number(value: Any) -> Any:
    return value.item() if isinstance(value, np.ndarray) else value


@check("08.4", points=2)
def test_log_lines(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A line of JSON for each record: step, time and values, a tensor as its number; the folder is
    made, and a path may be a text."""
    numbers = draw.floats(5)
    first, second, third = named(draw, 3)
    records = [
        {"step": 3, "values": {first: float(numbers[0]), second: 7}},
        {"step": 4, "values": {third: numbers[1:2].reshape(()), "note": 'naïve "日"\nrun'}},
        {"step": 4, "values": {first: numbers[2:3], second: np.array(12)}},
        {"step": 9, "values": {}},
    ]
    for path, as_text in (("runs/one/log.jsonl", False), ("log.jsonl", True)):
        got = log(learner, records, path=path, as_text=as_text)
        assert_records(got, lines_of(got), records)


@check("08.4", points=1)
def test_log_odd(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """NaN and infinities become null, also those in tensors; a value of 0 stays."""
    first, second, third = named(draw, 3)
    records = [
        {"step": 0, "values": {third: 0.0}, "odd": {first: "nan"}},
        {"step": 1, "values": {third: 0}, "odd": {first: "inf", second: "-inf"}},
    ]
    got = log(learner, records)
    assert_records(got, lines_of(got), records)
    tensors = {"step": 2, "values": {first: np.array(np.nan), second: np.array(np.inf)}}
    got = log(learner, [tensors])
    assert_records(got, lines_of(got), [{"step": 2, "values": {}, "odd": tensors["values"]}])


@check("08.4", points=1)
def test_log_at_once(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """When a call returns, its line is in the file, and close closes it."""
    records = [{"step": n, "values": {"loss": float(x)}} for n, x in enumerate(draw.floats(4))]
    got = log(learner, records)
    lines = got["file"].astype(np.uint8).tobytes().splitlines(keepends=True)
    want = np.cumsum([len(line) for line in lines])
    right = got["sizes"].shape == want.shape and (got["sizes"] == want).all()
    require(
        right,
        f"the file held {got['sizes'].tolist()} bytes after each record, expected {want.tolist()}",
        got,
    )
    require(int(got["files left open"]) == 0, "close left the file open", got)
    assert_records(got, lines_of(got), records)


@check("08.4", points=2)
def test_log_goes_on(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """What the file held stays; a new record begins a line, also after one that was cut off."""
    records = [{"step": 13, "values": {"loss": float(draw.floats())}}, {"step": 14, "values": {}}]
    for before in ('{"step": 11}\n{"step": 12}\n', ""):
        got = log(learner, records, before=before)
        assert_records(got, lines_of(got, before), records)
    for before in ('{"step": 11}\n' + CUT, CUT):
        got = log(learner, records, before=before)
        first, *lines = lines_of(got, before) or [""]
        require(not first, "the first new record is on the line that was cut off", got)
        assert_records(got, lines, records)


# ---- 08.5 read_log


def read(learner: Implementation, content: str | bytes, want: Any, as_text: bool = False) -> None:
    data = content.encode() if isinstance(content, str) else content
    got = learner.run(scenarios.read, content=data.decode("latin-1"), as_text=as_text)
    assert_json(got, "records", want)


@check("08.5", points=1)
def test_read(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The records come by ascending step, with all their values; a path may be a text."""
    steps = draw.shuffled(range(5, 120, 5))[:6]
    records: list[dict[str, Any]] = [
        {"step": s, "time": n + 0.5, "loss": None if n == 3 else float(x), "note": "né"}
        for n, (s, x) in enumerate(zip(steps, draw.floats(6), strict=True))
    ]
    content = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records)
    want = sorted(records, key=lambda record: record["step"])
    for as_text in (False, True):
        read(learner, content, want, as_text)
    read(learner, "", [])


@check("08.5", points=1)
def test_read_cut(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Lines that are no whole object are left out, wherever they are."""
    a, b, c = sorted(draw.shuffled(range(20, 90))[:3])
    lines = [f'{{"step": {step}, "loss": {step / 8}}}\n' for step in (a, b, c)]
    want = [{"step": step, "loss": step / 8} for step in (a, b, c)]
    first, second, third = lines
    read(learner, "".join([*lines, CUT]), want)
    read(learner, "".join([CUT, "\n", first, second, CUT, "\n", third]), want)
    read(learner, "".join([first, "\n", second, third, CUT]), want)
    within = '{"step": 7, "note": "日'.encode()[:-1]  # cut off in a character
    read(learner, "".join(lines).encode() + within, want)


@check("08.5", points=2)
def test_read_twice(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Records of one step become one, and what was written last counts."""
    early, late = draw.floats(6).tolist(), draw.floats(4).tolist()
    first = [{"step": 10 * n, "time": 1.0 + n, "loss": x} for n, x in enumerate(early)]
    between = {"step": 20, "time": 3.5, "validation": 0.25}
    again = [{"step": 10 * n, "time": 50.0 + n, "loss": x} for n, x in enumerate(late, start=3)]
    want: dict[int, dict[str, Any]] = {}
    for record in (*first, between, *again):
        want.setdefault(int(record["step"]), {}).update(record)
    content = "".join(json.dumps(record) + "\n" for record in (*first, between, *again))
    read(learner, content, [want[step] for step in sorted(want)])
