"""Mutants: which changes are made to a solution region, and which are not."""

from __future__ import annotations

import ast

import pytest

from tools.audit.mutants import make_mutants

FILE = '''"""A file."""

import torch


def f(x, n: int = 3):
    """Says 1 + 1."""
    ### BEGIN SOLUTION
    {}
    ### END SOLUTION
'''


def mutations(line: str) -> set[str]:
    """What a line becomes in all its mutants."""
    made = make_mutants("file.py", FILE.format(line))
    assert all(mutant.was == " ".join(line.split()) for mutant in made)
    return {mutant.becomes for mutant in made}


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("return x + n", {"return (x - n)"}),
        ("return (x - n) * n", {"return ((x - n) / n)", "return ((x + n)) * n"}),
        ("return x @ n", {"return (n @ x)"}),
        ("return x < n", {"return (x <= n)"}),
        ("return x == n", {"return (x != n)"}),
        ("return -x", {"return x"}),
        ("return not x", {"return x"}),
        ("return 2", {"return 3"}),
        ("return -1", {"return -2", "return 0"}),
        ("return 0.5", {"return 1.0"}),
        ("return 0.0", {"return 1.0"}),
        ("return True", {"return False"}),
        ("return 'a'", {"return 'not a'"}),
        ("return x and n", {"return (x or n)", "return (n)", "return (x)"}),
        ("return x.t()", {"return x"}),
        ("return torch.exp(x)", {"return x"}),
        ("return x.sum(dim=n)", {"return x", "return x.sum()"}),
        ("return min(x, n)", {"return x", "return max(x, n)"}),
        ("return x[n:]", {"return x[:]"}),
        ("return n if x else x", {"return n if True else x", "return n if False else x"}),
        ("x += n", {"pass", "x = n", "x -= n"}),
        ("x = x.t()", {"pass", "x = x"}),
        ("n = x.t()", {"n = x"}),
        ("x.sort()", {"pass", "x"}),
        ("x.y = n", {"pass"}),
        ("x, n = n, x", set()),
    ],
)
def test_line_becomes(line: str, becomes: set[str]) -> None:
    assert mutations(line) == becomes


def test_conditions_are_forced_but_a_refusal_is_only_left_out() -> None:
    both = make_mutants("file.py", FILE.format("if x:\n        n = x"))
    assert {m.becomes for m in both} == {"if True:", "if False:"}
    refusal = make_mutants("file.py", FILE.format("if x:\n        raise ValueError('no' + 'way')"))
    assert {m.becomes for m in refusal} == {"if False:"}


def test_messages_hints_docstrings_and_given_lines_stay() -> None:
    """Only what a learner writes is changed, and nothing that no check could ever see."""
    inner = 'def g(y: int) -> int:\n        """Says 2 * 2."""\n        raise ValueError(f"{y + 1}")'
    assert make_mutants("file.py", FILE.format(inner)) == []


def test_all_but_one_place_stays_as_it_was() -> None:
    source = FILE.format("return (x + 1) * n  # (B, T) not + 1\n\n    # ü + 2")
    for mutant in make_mutants("file.py", source):
        ast.parse(mutant.text)
        changed = [
            (a, b)
            for a, b in zip(source.splitlines(), mutant.text.splitlines(), strict=True)
            if a != b
        ]
        assert [(a.strip(), mutant.line) for a, _ in changed] == [
            ("return (x + 1) * n  # (B, T) not + 1", 9)
        ]
