"""Checks of the capstone: samples by three strategies, written by the model that was handed in."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from .calls import Implementation
from .capstone.model import trained_model
from .capstone.samples import (
    LATER,
    SIGMAS,
    first_not_greedy,
    long_enough,
    places,
    samples_of,
    surprise,
)
from .check import check
from .compare import require
from .inputs import Draw
from .lm.diversity import diversity
from .scenarios import capstone as scenarios

WAYS = 2  # of drawing, beside the greedy one
TEXTS = 4  # of each way of drawing
CHARACTERS = 100  # of each text, new ones
JUDGED = 2  # texts of each strategy whose every chance is looked at
MOST_WAYS = 4  # ways of drawing that are looked at so

# ---- 09.3 three strategies


@check("09.3", points=4, double_only=True)
def test_strategies(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """There are samples of at least three strategies: the greedy one, and two ways of drawing."""
    samples = samples_of(learner)
    require(
        samples.greedy, "no strategy takes the likeliest character (do_sample false)", samples.got
    )
    ways = len(samples.drawn)
    said = f"{ways} different ways of drawing, expected {WAYS} or more besides the greedy one"
    require(ways >= WAYS, said, samples.got)


@check("09.3", points=2, double_only=True)
def test_lengths(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """There are at least four texts of each way of drawing, none twice, with 100 new characters each."""
    samples = samples_of(learner)
    require(samples.drawn, "nothing is drawn", samples.got)
    for sample in samples.drawn:
        texts = {text.prompt + text.new for text in long_enough([sample], CHARACTERS)}
        said = (
            f"{sample.strategy}: {len(texts)} different texts of {CHARACTERS} new characters or "
            f"more, expected {TEXTS}"
        )
        require(len(texts) >= TEXTS, said, samples.got)
    greedy = [*long_enough(samples.greedy, CHARACTERS)]
    require(greedy, f"no greedy text has {CHARACTERS} new characters", samples.got)


# ---- 09.4 the model's own words


@check("09.4", points=6, double_only=True)
def test_greedy(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each character of a greedy text is the likeliest one under the model that was handed in."""
    model, samples = trained_model(learner), samples_of(learner)
    model.fit(reference, scenarios.describe)
    texts = [*long_enough(samples.greedy, CHARACTERS)]
    require(texts, f"no greedy text has {CHARACTERS} new characters", samples.got)
    text = draw.shuffled(texts)[0]
    found = places(model, samples, text, reference, scenarios.logits, draw, LATER[False])
    wrong = first_not_greedy(found)
    said = f"a greedy text takes another character than the likeliest one: new character {wrong}"
    require(wrong is None, said, samples.got)


@check("09.4", points=8, double_only=True)
def test_drawn(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Drawn texts are as likely as texts of this model with their settings are, no less and no more."""
    model, samples = trained_model(learner), samples_of(learner)
    model.fit(reference, scenarios.describe)
    require(samples.drawn, "nothing is drawn", samples.got)
    for sample in draw.shuffled(samples.drawn)[:MOST_WAYS]:
        texts = draw.shuffled([*long_enough([sample], CHARACTERS)])[:JUDGED]
        require(texts, f"{sample.strategy}: no text of {CHARACTERS} new characters", samples.got)
        found = [
            places(model, samples, text, reference, scenarios.logits, draw, LATER[True])
            for text in texts
        ]
        seen, expected, spread = surprise(found, sample.settings)
        require(
            np.isfinite(seen),
            f"{sample.strategy}: a text holds a character that these settings rule out",
            samples.got,
        )
        said = (
            f"{sample.strategy}: -log p is {seen:.3f} nats per character, and texts of this model "
            f"with these settings have {expected:.3f}, give or take {spread:.3f}: another model, or "
            "other settings, wrote them"
        )
        require(abs(seen - expected) <= SIGMAS * spread + 1e-3, said, samples.got)


# ---- 09.5 figures of diversity


@check("09.5", points=4, double_only=True)
def test_diversity(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The figures of diversity beside each strategy are those of its texts."""
    samples = samples_of(learner)
    for sample in samples.samples:
        wanted = asdict(diversity([text.new.split() for text in sample.texts]))
        for name, value in wanted.items():
            given = sample.diversity.get(name)
            right = given == value or (
                given is not None and value is not None and abs(given - value) <= 1e-6
            )
            shown = "nothing" if given is None else f"{given:.4f}"
            want = "nothing" if value is None else f"{value:.4f}"
            said = f"{sample.strategy}: {name} is {shown}, and its texts have {want}"
            require(right, said, samples.got)
