"""What one process of a batch has computed of the reference, the others need not compute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from graders.answers import Remembering
from graders.calls import Call, Result, Scenario, scenario_name
from graders.inputs import Array
from graders.outcomes import FAILURES, Outcome, RunFailure
from graders.scenarios.attention import causal_mask
from graders.shelf import Shelf
from graders.worker.folders import private_folder
from graders.worker.frames import KINDS

ARRAYS = st.sampled_from(KINDS.split()).flatmap(
    lambda kind: hnp.arrays(np.dtype(kind), hnp.array_shapes(min_dims=0, min_side=0))
)
FAILED = st.builds(lambda kind, text: kind(text), st.sampled_from([*FAILURES.values()]), st.text())


class Once:
    """Gives what it was told to give, once."""

    def __init__(self, gives: dict[str, Array] | RunFailure) -> None:
        self.gives, self.calls = gives, 0

    def run(self, scenario: Scenario, **inputs: Any) -> Result:
        self.calls += 1
        assert self.calls == 1, "it was computed again"
        if isinstance(self.gives, RunFailure):
            raise self.gives
        return Result(Call(scenario_name(scenario), inputs), self.gives)


@given(st.dictionaries(st.text(), ARRAYS, max_size=4))
def test_another_process_finds_the_same_tensors(tensors: dict[str, Array]) -> None:
    """In the order in which they came: messages name the first that is wrong."""
    with private_folder("shelf") as folder:
        once = Once(tensors)
        for _ in range(2):
            process = Remembering(once, "reference", Shelf(folder))
            for _ in range(2):
                got = process.run(causal_mask, seq_len=3)
                assert [*got.tensors] == [*tensors]
                for name, tensor in tensors.items():
                    found = got[name]
                    assert (found.dtype, found.shape) == (tensor.dtype, tensor.shape)
                    assert found.tobytes() == tensor.tobytes()
        assert once.calls == 1


@given(FAILED)
def test_another_process_finds_the_same_failure(failure: RunFailure) -> None:
    with private_folder("shelf") as folder:
        once = Once(failure)
        for _ in range(2):
            with pytest.raises(type(failure)) as raised:
                Remembering(once, "mistake", Shelf(folder)).run(causal_mask, seq_len=3)
            assert (raised.value.message, raised.value.digest) == (failure.message, failure.digest)


def test_what_differs_is_kept_apart(tmp_path: Path) -> None:
    """Another implementation, another call."""
    shelf = Shelf(tmp_path)
    first = Once({"x": np.ones(1)})
    Remembering(first, "reference", shelf).run(causal_mask, seq_len=3)
    for name, length in (("mistake", 3), ("reference", 4)):
        other = Once({"x": np.zeros(1)})
        assert Remembering(other, name, shelf).run(causal_mask, seq_len=length)["x"] == 0


def test_where_there_is_no_room_each_computes_for_itself(tmp_path: Path) -> None:
    gone = Shelf(tmp_path / "gone")
    for _ in range(2):
        assert Remembering(Once({"x": np.ones(1)}), "", gone).run(causal_mask, seq_len=3)["x"] == 1


def test_a_failure_that_is_remembered_does_not_gather_frames() -> None:
    """Else a grader would hold more and more memory, the longer its batch."""
    process = Remembering(Once(FAILURES[Outcome.ERROR]("it raised")))
    depths = []
    for _ in range(3):
        with pytest.raises(RunFailure) as raised:
            process.run(causal_mask, seq_len=3)
        depths.append(len(raised.traceback))
    assert depths[1] == depths[2]
