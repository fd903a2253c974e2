"""The hostile submissions in ``tests/hostile``, and plain pytest, which believes them.

``tests/hostile/*.py`` stand at the end of a right ``practice/attention.py``. Each says in its first
line what it tries, and defines another ``raw_scores``, which is right only if it gets what it is
after. It finds there ``honest``, the right function, and the names of ``PRELUDE``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from .conftest import HOUSE, REFERENCE

PRACTICE = "practice/attention.py"
EXERCISE = "01.1"
CORPUS = {path.stem: path for path in sorted((HOUSE / "tests" / "hostile").glob("*.py"))}
ONLY_IN_A_WORKER = ("door", "noise")  # there is no door to force where all is one process
WRONG = "merely wrong"
PRELUDE = """
honest = raw_scores
HOUSE, OUTSIDE, PORT, PROCESS = {!r}, {!r}, {}, {}

def channel():
    import gc, socket
    return [o for o in gc.get_objects() if isinstance(o, socket.socket) and o.fileno() != -1][0]

"""
# as a teacher would write it
PLAIN = """
import torch
from answers import raw_scores as right_scores
from tiny_transformer.practice.attention import raw_scores

def test_raw_scores():
    torch.manual_seed(0)
    query, key = torch.randn(4, 5, 8), torch.randn(4, 7, 8)
    expected = right_scores(query, key)
    got = raw_scores(query, key)
    assert got.shape == expected.shape
    assert torch.allclose(got, expected)
"""
# a warm process, forked for each submission; the exit code is pytest's, or what became of it
RUN_PLAIN = """
import atexit, gc, json, os, sys, time
import pytest, torch
torch.set_num_threads(1)
gc.freeze()  # else each child looks through all of torch when it ends
sys.dont_write_bytecode = True
codes, silence = {}, os.open(os.devnull, os.O_RDWR)
for folder in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        os.setsid()
        for descriptor in (0, 1, 2):
            os.dup2(silence, descriptor)
        os.chdir(folder)
        sys.path.insert(0, folder)
        code = pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:faulthandler", "test_plain.py"])
        atexit._run_exitfuncs()
        os._exit(code)
    ends = time.monotonic() + 30
    while not (done := os.waitpid(child, os.WNOHANG))[0] and time.monotonic() < ends:
        time.sleep(0.01)
    if not done[0]:
        os.killpg(child, 9)
        done = os.waitpid(child, 0)
    codes[os.path.basename(folder)] = os.waitstatus_to_exitcode(done[1])
print(json.dumps(codes))
"""


def hostile(name: str, outside: Path, port: int) -> str:
    """The file that a hostile learner hands in."""
    prelude = PRELUDE.format(str(HOUSE), str(outside), port, os.getpid())
    code = "def raw_scores(query, key): return query" if name == WRONG else CORPUS[name].read_text()
    return (REFERENCE / PRACTICE).read_text() + prelude + code


def plain_pytest(names: Sequence[str], folder: Path, port: int) -> dict[str, int]:
    """Exit codes of pytest for these submissions, or of what became of it; 0 is full marks."""
    folders = [str(_make_plain(name, folder / name, port)) for name in names]
    done = subprocess.run(
        [sys.executable, "-c", RUN_PLAIN, *folders],
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    codes: dict[str, int] = json.loads(done.stdout)
    return codes


def _make_plain(name: str, folder: Path, port: int) -> Path:
    """Make a folder with a test, its answers, and a hostile submission."""
    practice = folder / "tiny_transformer" / "practice"
    practice.mkdir(parents=True)
    outside = folder / "outside"
    outside.write_text("precious")
    (practice / "attention.py").write_text(hostile(name, outside, port))
    (folder / "answers.py").write_text((REFERENCE / PRACTICE).read_text())
    (folder / "test_plain.py").write_text(PLAIN)
    return folder
