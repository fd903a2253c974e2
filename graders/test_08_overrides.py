"""Checks of module 08, ``utils/overrides.py``, on a configuration of the scenario's own."""

from __future__ import annotations

import copy
import json
from typing import Any

from .calls import Implementation
from .check import check
from .compare import assert_refuses
from .engineering_inputs import assert_json, assert_says, named
from .inputs import Draw
from .scenarios import overrides as scenarios

DEFAULTS: dict[str, Any] = {
    "title": "none",
    "seed": 3,
    "layer": {"width": 8, "slope": 0.5, "bounds": {"low": 1, "high": 9}},
    "optimizer": {"momentum": 0.9, "betas": [0.5, 0.75]},
    "notes": {},
}


def changed(**values: Any) -> dict[str, Any]:
    """The defaults with some values changed; two underscores lead into a section."""
    made = copy.deepcopy(DEFAULTS)
    for path, value in values.items():
        *sections, last = path.split("__")
        place = made
        for name in sections:
            place = place[name]
        place[last] = value
    return made


# ---- 08.6 parse_override


@check("08.6", points=2)
def test_override_parts(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The path is a list of names, the value what YAML makes of it."""
    first, second, third = named(draw, 3)
    whole = int(draw.integers(100, 900))
    for text, path, value in (
        (f"{first}.{second}={whole}", [first, second], whole),
        (f"{third}=0.25", [third], 0.25),
        (f" {first}.{second}.{third} = true", [first, second, third], True),
        (f"{second}=null", [second], None),
        (f"{second}=", [second], None),
        (f"{first}=[1, -2.5, ab]", [first], [1, -2.5, "ab"]),
        (f"{first}.{third}=a.b=c=d", [first, third], "a.b=c=d"),
        (f"{third}='007'", [third], "007"),
    ):
        got = learner.run(scenarios.parse, override=text)
        assert_json(got, "path", path)
        assert_json(got, "value", value)


@check("08.6", points=1)
def test_override_refused(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """No sign, an empty name, and a value that is no YAML are a ValueError."""
    first, second = named(draw, 2)
    assert_refuses(
        learner,
        reference,
        scenarios.parse_in_chosen_calls,
        draw=draw,
        good=[{"override": f"{first}.{second}=5"}, {"override": f"{second}=x=y"}],
        bad={
            "no sign": {"override": f"{first}.{second}"},
            "an empty name within": {"override": f"{first}..{second}=5"},
            "an empty name at the start": {"override": f".{first}=5"},
            "an empty name at the end": {"override": f"{first}.=5"},
            "no path": {"override": "=5"},
            "a blank path": {"override": "  =5"},
            "a list that does not end": {"override": f"{first}=[1, 2"},
            "a text that does not end": {"override": f"{first}='x"},
        },
    )


# ---- 08.7 apply_overrides


def asked(*first: str, then: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"first": [*first], "then": [*then]}


@check("08.7", points=2)
def test_overrides_applied(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Values at any depth are changed in a copy, the later of two counts, the rest stays."""
    width, low = (int(number) for number in draw.integers(2, 9, 2))
    call = asked(
        "layer.width=99",
        f"layer.width={width}",
        f"layer.bounds.low={low}",
        "seed=null",
        "title='5'",
        "title=of a run",
        then=(
            "notes={by: 2}",
            "optimizer.betas=[0.25, 0.125]",
            "layer.slope=1e-3",
            "layer.width=77",
        ),
    )
    got = learner.run(scenarios.apply, **call)
    changes = {"layer__width": width, "layer__bounds__low": low, "seed": None, "title": "of a run"}
    assert_json(got, "values between", changed(**changes))
    more = {
        "notes": {"by": 2},
        "optimizer__betas": [0.25, 0.125],
        "layer__slope": 1e-3,
        "layer__width": 77,
    }
    assert_json(got, "values at the end", changed(**{**changes, **more}))
    assert_json(got, "values of the first", DEFAULTS)
    got = learner.run(scenarios.apply, **asked())
    assert_json(got, "values at the end", DEFAULTS)


@check("08.7", points=1)
def test_overrides_together(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Values are validated once all are applied, so that two can change together."""
    low = int(draw.integers(20, 40))
    got = learner.run(scenarios.apply, **asked(f"layer.bounds.high={low}"))
    assert_json(got, "values at the end", changed(layer__bounds__high=low))
    both = (f"layer.bounds.low={low}", f"layer.bounds.high={low + 3}")
    got = learner.run(scenarios.apply, **asked(*both, then=(f"layer.bounds.low={low + 2}",)))
    between = changed(layer__bounds={"low": low, "high": low + 3})
    assert_json(got, "values between", between)
    assert_json(got, "values at the end", changed(layer__bounds={"low": low + 2, "high": low + 3}))


@check("08.7", points=2)
def test_overrides_refused(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Unknown names, values that the model refuses, and paths through a value are a ValueError."""
    assert_refuses(
        learner,
        reference,
        scenarios.apply_in_chosen_calls,
        draw=draw,
        good=[
            asked("layer.width=4", then=("seed=5",)),
            asked("layer.bounds.high=8"),
            asked("layer={width: 5, bounds: {low: 2}}"),
        ],
        bad={
            "an unknown name": asked("sed=4"),
            "an unknown name in a section": asked("layer.widht=4"),
            "an unknown name far below": asked("layer.bounds.hi=4"),
            "a known name in the wrong section": asked("optimizer.width=4"),
            "an unknown section": asked("layers.width=4"),
            "an unknown name in a section given whole": asked("layer={widht: 5}"),
            "a value out of range": asked("layer.width=0"),
            "a text for a number": asked("layer.width=wide"),
            "two values that do not fit together": asked("layer.bounds.low=11"),
            "a path through a number": asked("layer.width.x=4"),
            "a path through a list": asked("optimizer.betas.x=4"),
            "a number for a section": asked("layer=4"),
            "a good one, then a bad one": asked("seed=5", "layer.width=-1"),
        },
    )


@check("08.7", points=1)
def test_overrides_nearest(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Of an unknown name the message holds the most similar one of that place."""
    for override, near in (
        ("layer.widht=4", "width"),
        ("layer.bounds.hihg=4", "high"),
        ("sede=4", "seed"),
        ("optimiser.momentum=0.5", "optimizer"),
        ("optimizer.mm=0.5", "momentum"),  # far, but nearer than betas
    ):
        assert_says(learner.run(scenarios.override_message, override=override), near)


# ---- 08.8 load_config

YAML = """
# a comment
title: of a file, naïve
layer:
  width: 12
  bounds: {high: 5}
optimizer:
  betas: [0.25, 0.125]
"""


def file(name: str, content: str | bytes, **others: Any) -> dict[str, Any]:
    data = content.encode() if isinstance(content, str) else content
    return {"name": name, "content": data.decode("latin-1"), **others}


@check("08.8", points=2)
def test_config_read(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """JSON and YAML are read, in UTF-8; what is not given has its default; a path may be a text."""
    width = int(draw.integers(20, 90))
    want = changed(
        title="of a file, naïve",
        layer__width=12,
        layer__bounds__high=5,
        optimizer__betas=[0.25, 0.125],
    )
    other = {"seed": None, "layer": {"width": width, "slope": 1e-5}, "title": "\t\u65e5"}
    of_other = changed(seed=None, layer__width=width, layer__slope=1e-5, title="\t\u65e5")
    text = json.dumps(other, ensure_ascii=False, indent="\t")  # a tab is no blank in YAML
    for given, expected in (
        (file("run.yaml", YAML), want),
        (file("run.yml", YAML, as_text=True), want),
        (file("run.json", text), of_other),
        (file("run.json", text, as_text=True), of_other),
        (file("run.yaml", ""), DEFAULTS),
        (file("run.yaml", "# nothing\n"), DEFAULTS),
        (file("run.json", ""), DEFAULTS),
        (file("run.json", "{}"), DEFAULTS),
    ):
        assert_json(learner.run(scenarios.load, **given), "values", expected)


@check("08.8", points=2)
def test_config_refused(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Broken files, unknown names, refused values and what is no set of names are a ValueError."""
    assert_refuses(
        learner,
        reference,
        scenarios.load_in_chosen_calls,
        draw=draw,
        good=[file("run.yaml", YAML), file("run.json", '{"seed": 4}'), file("run.yaml", "")],
        bad={
            "broken YAML": file("run.yaml", "layer: [1, 2"),
            "broken JSON": file("run.json", '{"seed": 4'),
            "YAML where JSON is expected": file("run.json", "seed: 4"),
            "a file that is not UTF-8": file("run.yaml", b"title: na\xefve\n"),
            "a list": file("run.yaml", "- seed\n- 4\n"),
            "an empty list": file("run.json", "[]"),
            "a number": file("run.yaml", "0"),
            "an unknown name": file("run.yaml", "sed: 4\n"),
            "an unknown name in a section": file("run.json", '{"layer": {"widht": 4}}'),
            "an unknown name far below": file("run.yaml", "layer: {bounds: {hi: 4}}"),
            "a value out of range": file("run.yaml", "layer: {width: 0}"),
            "a section without values": file("run.yaml", "layer: 5"),
        },
    )


@check("08.8", points=1)
def test_config_messages(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The message holds the file's name, and of an unknown name the most similar one."""
    first, second = named(draw, 2)
    for name, content, *words in (
        (f"{first}.yaml", "layer: {widht: 4}", "width"),
        (f"{second}.json", '{"sede": 4}', "seed"),
        (f"{second}.yaml", "layer: {width: 0}", "width"),
        (f"{first}.json", "{"),
        (f"{first}.yaml", "layer: [1"),
        (f"{second}.yaml", "- 1"),
    ):
        assert_says(learner.run(scenarios.load_message, **file(name, content)), name, *words)
