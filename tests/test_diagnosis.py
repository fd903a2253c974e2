"""Known mistakes are named by their numbers: all that match, and none that does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .shell import course_command
from .tiny_house import make_tiny_house

MORE = """
[[mistake]]
id = "w2"
exercise = "01.1"
title = "all weights are taken for 1"
hint = "What do your weights add up to?"
[[mistake.variant]]
replace = "numbers * weights"
with = "numbers * 1"

[[mistake]]
id = "w3"
exercise = "01.1"
title = "the sum is not scaled, or is scaled twice"
hint = "What is it divided by?"
[[mistake.variant]]
replace = " / math.sqrt(numbers.size(0))"
with = ""
[[mistake.variant]]
replace = "math.sqrt(numbers.size(0))"
with = "numbers.size(0)"

[[mistake]]
id = "w4"
exercise = "01.1"
title = "the numbers are no tensor"
hint = "What has a sum?"
[[mistake.variant]]
replace = "products.sum()"
with = "products.total()"
"""
WORKS = {  # what is returned, and the mistakes that are named
    "two_match": ("numbers.sum() * 5**-0.5", ["w1", "w2"]),
    "one_variant_of_one": ("numbers @ weights", ["w3"]),
    "another_variant_of_it": ("numbers @ weights / 5", ["w3"]),
    "none_matches": ("(numbers + weights).sum()", []),
    "the_same_error_and_no_numbers": ("numbers.total()", []),
    "right": ("numbers @ weights * 5**-0.5", []),
}


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The mistakes that are named in each of these works, all of one batch."""
    house = make_tiny_house(tmp_path_factory.mktemp("diagnosis") / "house")
    with (house / "reference" / "mistakes" / "01_adding.toml").open("a") as file:
        file.write(MORE)
    for name, (formula, _) in WORKS.items():
        work = house / name / "sums" / "adding.py"
        work.parent.mkdir(parents=True)
        work.write_text(f"def weighted_sum(numbers, weights):\n    return {formula}\n")
    level = ("--require-sandbox", "D")  # the works are our own
    done = course_command("grade", "01", *WORKS, "--json", "-", *level, folder=house)
    reports = [json.loads(line) for line in done.out.splitlines()]
    return {
        Path(report["submission"]).name: [
            mistake["id"] for check in report["checks"] for mistake in check["diagnosis"]
        ]
        for report in reports
    }


@pytest.mark.parametrize("work", WORKS)
def test_mistakes_that_are_named(work: str, named: dict[str, list[str]]) -> None:
    assert named[work] == WORKS[work][1]
