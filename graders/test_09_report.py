"""Checks of the capstone: the report has its parts, true figures, and pictures that show something."""

from __future__ import annotations

import hashlib
import math

from .calls import Implementation
from .capstone.loss import loss_on, own_text
from .capstone.report import PARTS, WORDS, Written, problem_of_picture, report_of
from .capstone.samples import samples_of
from .check import check
from .compare import require
from .handed import CONTENT, content
from .inputs import Draw
from .lm.diversity import diversity
from .scenarios import capstone as scenarios
from .test_09_checkpoint import fitting_model

NEAR = 0.1  # nats: a loss may be measured on other windows of the same text
CLOSE = 0.02  # relative, of a perplexity and the loss beside it
PICTURES = ("curves.png", "attention.png")  # and one more
COUNT = 3
MOST = 20  # different ones
ALT_WORDS = 3

# ---- 09.6 the report


@check("09.6", points=4, double_only=True)
def test_parts(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The report has all its parts, and each says something in words of yours."""
    report = report_of(learner)
    for part in PARTS:
        require(part in report.parts(), f"there is no heading `## {part}`", report.got)
        words = report.words(part)
        said = f"the part {part} has {words} words besides tables, expected {WORDS} or more"
        require(words >= WORDS, said, report.got)


def expect(report: Written, name: str, value: float, tolerance: float = 0.0) -> None:
    """The report's figure ``name`` is ``value``, within a tolerance."""
    given = report.number(name)
    near = f", within {tolerance:g}" if tolerance else ""
    said = f"{name} is {given:g} in the report, expected {value:.10g}{near}"
    require(abs(given - value) <= tolerance, said, report.got)


@check("09.6", points=4, double_only=True)
def test_figures_of_model(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Corpus, vocabulary, parameters and steps in the report are those of the checkpoint."""
    report = report_of(learner)
    model, parameters = fitting_model(learner, reference)
    corpus, given = model.settings.training.corpus, report.figure("corpus")
    require(
        given == corpus, f"the corpus is {given[:40]!r} in the report, not {corpus}", report.got
    )
    expect(report, "vocabulary", len(model.characters))
    expect(report, "parameters", parameters)
    expect(report, "steps", model.step)


@check("09.6", points=4, double_only=True)
def test_figures_of_results(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Held-out loss, perplexity and the most varied strategy in the report are those of the files."""
    report = report_of(learner)
    model, _ = fitting_model(learner, reference)
    loss = loss_on(model, own_text(model), reference, scenarios.logits)
    expect(report, "held-out loss", round(loss, 4), NEAR)
    perplexity = math.exp(min(50.0, report.number("held-out loss")))
    expect(report, "perplexity", round(perplexity, 4), CLOSE * perplexity)
    samples = samples_of(learner)
    varied = {
        sample.strategy: diversity([text.new.split() for text in sample.texts]).distinct_2 or 0.0
        for sample in samples.samples
    }
    given = report.figure("most varied")
    best = [name for name, value in varied.items() if value == max(varied.values())]
    said = f"most varied is {given[:40]!r} in the report; by distinct-2 it is {best[0]!r}"
    require(given in best, said, report.got)


# ---- 09.7 pictures


@check("09.7", points=4, double_only=True)
def test_pictures(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The report shows three different PNGs or more, large enough to read, none of them blank."""
    report = report_of(learner)
    names = [*dict.fromkeys(name for name, _ in report.images())]
    said = f"the report shows {len(names)} pictures, expected {MOST} or fewer"
    require(len(names) <= MOST, said, report.got)
    for name in PICTURES:
        require(name in names, f"the report does not show {name}: `![words]({name})`", report.got)
    seen: set[str] = set()
    for name in names:
        image = learner.run(content, name=name)[CONTENT].tobytes()
        problem = problem_of_picture(image)
        require(not problem, f"{name} {problem}", report.got)
        seen.add(hashlib.sha256(image).hexdigest())
    said = f"the report shows {len(seen)} different pictures, expected {COUNT} or more"
    require(len(seen) >= COUNT, said, report.got)


@check("09.7", points=2, double_only=True)
def test_words(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each picture has words in its square brackets, for those who cannot see it."""
    report = report_of(learner)
    pictures = [*report.images()]
    require(pictures, "the report shows no picture", report.got)
    for name, words in pictures:
        said = f"the words of {name} are {words[:60]!r}, expected {ALT_WORDS} or more"
        require(len(words.split()) >= ALT_WORDS, said, report.got)
