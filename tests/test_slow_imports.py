"""What torch imports late: once for all workers, and only if somebody's code asks for it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from graders.grade import Grader
from graders.outcomes import Outcome
from graders.submission import read_submission
from graders.worker.slow import SLOW, slow_imports

from .conftest import HOUSE

CALLS = {b"broadcast_shapes": "torch.broadcast_shapes((2, 1), (3,))"}


@pytest.mark.parametrize("word", SLOW)
def test_the_function_imports_that_module_when_it_is_called(word: bytes) -> None:
    known = f"{SLOW[word]!r} in sys.modules"
    code = f"import sys, torch; print({known}); {CALLS[word]}; print({known})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


def test_only_what_code_names_is_imported() -> None:
    assert slow_imports([b"import torch", b"x = torch.broadcast_shapes"]) == (*SLOW.values(),)
    assert slow_imports([b"x = torch.broadcast_to"]) == ()


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux alone")
def test_a_worker_finds_it_imported(grader: Grader) -> None:
    right = read_submission(HOUSE / "reference", "tiny_transformer")
    asks = b"\nimport sys\nassert 'torch.fx.experimental.symbolic_shapes' in sys.modules\n"
    text = right.files["attention.py"] + asks + b"# broadcast_shapes"
    report = grader.grade_work(replace(right, files={**right.files, "attention.py": text}))
    assert {verdict.outcome for verdict in report.verdicts} == {Outcome.PASSED}
