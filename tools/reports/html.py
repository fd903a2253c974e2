"""Reports as pages: each is one file that needs no network and no script."""

from __future__ import annotations

import base64
import hashlib
import os
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from graders.errors import printable
from graders.outcomes import Outcome
from graders.report import Report

from ..show import EXPLAINED, isolation, own_parts, state
from ..words import WORDS
from . import heatmap
from .summary import ClassSummary

LEARNERS = "learners"  # the folder of their pages, beside the page of the class


def class_page(summary: ClassSummary) -> bytes:
    """The page of a whole class, with links to those of its learners."""
    return _page("class.html", summary=summary, module=summary.module)


def learner_page(report: Report) -> bytes:
    """The page of one learner. It does not say the seed, which gives the inputs away."""
    return _page("learner.html", report=report, module=report.module)


def page_name(stem: str) -> str:
    """File name of a learner's page."""
    return f"{stem}.html"


def _page(template: str, **facts: Any) -> bytes:
    return _templates().get_template(template).render(facts).encode()


def environment(folder: Path) -> Environment:
    """The templates of HTML in a folder."""
    return Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=True,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _templates() -> Environment:
    templates = environment(Path(__file__).with_name("templates"))
    style = Markup(  # our own file and colours
        templates.get_template("style.css").render(
            values=heatmap.colours(heatmap.VALUES),
            around_zero=heatmap.colours(heatmap.AROUND_ZERO),
            around_zero_dark=heatmap.colours(heatmap.AROUND_ZERO_DARK),
        )
    )
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    templates.globals.update(
        style=style,
        style_source=f"sha256-{digest}",
        words={outcome: word for outcome, (word, _) in WORDS.items()},
        outcomes=[*Outcome],
        explained=EXPLAINED,
        state=state,
        isolation=isolation,
        own_parts=own_parts,
        learner_link=_learner_link,
        heat_maps=heatmap.heat_maps,
        place=heatmap.place,
        ticks=heatmap.ticks,
    )
    return templates


def _learner_link(stem: str) -> str:
    return f"{LEARNERS}/{quote(os.fsencode(page_name(stem)))}"


def _shown(value: object) -> object:
    """What a page shows of a value: of a text, only what is visible. Escaping comes after it."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value
