"""One configuration: read from a file, changed from the command line, validated as a whole.

It works for any model of pydantic, nested as deep as you like, ``tiny_transformer.config`` for one.

Source: https://docs.pydantic.dev/latest/concepts/models/
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel

Config = TypeVar("Config", bound=BaseModel)


def parse_override(text: str) -> tuple[list[str], Any]:
    """Take ``training.max_steps=200`` apart, into ``["training", "max_steps"]`` and 200.

    What stands before the first ``=`` is a path of names with dots between them; blanks around it do
    not matter. What follows is a value in YAML: ``200``, ``0.5``, ``true``, ``null``, ``[1, 2]``, or a
    text, in which more ``=`` may stand. No value at all is None.

    Raises:
        ValueError: there is no ``=``, a name in the path is empty, or the value is no YAML.
    """
    ### BEGIN SOLUTION
    path, found, value = text.partition("=")
    names = path.strip().split(".")
    if not found or not all(names):
        raise ValueError(f"override {text!r}: expected section.name=value")
    try:
        return names, yaml.safe_load(value)
    except yaml.YAMLError as broken:
        raise ValueError(f"override {text!r}: the value is no YAML: {broken}") from broken
    ### END SOLUTION


### BEGIN SOLUTION
def _refuse_unknown(settings: Mapping[str, Any], kind: type[BaseModel]) -> None:
    """ValueError where there are settings that ``kind``, or a model within it, has no field for."""
    for name, value in settings.items():
        if name not in kind.model_fields:
            near = get_close_matches(name, kind.model_fields, n=1, cutoff=0.0)
            raise ValueError(f"unknown key {name!r}. Did you mean {near[0]!r}?")
        inner: Any = kind.model_fields[name].annotation
        if isinstance(value, Mapping) and hasattr(inner, "model_fields"):
            _refuse_unknown(value, inner)


def _validated(kind: type[Config], settings: Any) -> Config:
    if not isinstance(settings, Mapping):
        raise ValueError(f"expected names and values of {kind.__name__}, got {settings!r}")
    _refuse_unknown(settings, kind)
    return kind.model_validate(settings)


### END SOLUTION
def apply_overrides(config: Config, overrides: Sequence[str]) -> Config:
    """A copy of a configuration in which some values are others.

    Overrides, as in ``parse_override``, are applied in their order: of two for one value the later
    counts. The result is validated as a whole once all are applied; ``config`` itself stays as it is.

    Raises:
        ValueError: a path leads to no value of this configuration, or a value is refused by its model
            (pydantic's ValidationError is a ValueError). Where a name is unknown, the message holds
            the most similar one of those known in that place, as ``difflib`` judges it.
    """
    ### BEGIN SOLUTION
    tree = config.model_dump()
    for text in overrides:
        (*sections, last), value = parse_override(text)
        place = tree
        for name in sections:
            place = place.setdefault(name, {})
            if not isinstance(place, dict):
                raise ValueError(f"override {text!r}: {name} is a value, which holds no others")
        place[last] = value
    return _validated(type(config), tree)
    ### END SOLUTION


def save_config(config: BaseModel, path: str | Path) -> None:
    """Write a configuration as JSON where the path ends in ``.json``, else as YAML, in UTF-8."""
    values = config.model_dump(mode="json")
    as_json = Path(path).suffix == ".json"
    text = json.dumps(values, indent=2) if as_json else yaml.safe_dump(values, sort_keys=False)
    Path(path).write_text(text, encoding="utf-8")


def load_config(kind: type[Config], path: str | Path) -> Config:
    """Read a configuration from a file in UTF-8: JSON where its name ends in ``.json``, else YAML.

    A value that the file does not give has its default; a file without anything in it is one of
    defaults alone.

    Raises:
        ValueError: the file is no valid JSON or YAML, holds something else than names and values, has
            a name that its model does not know (at any depth; the message holds the most similar one,
            as in ``apply_overrides``), or a value that the model refuses. The message holds the name
            of the file.
    """
    ### BEGIN SOLUTION
    path = Path(path)
    try:
        written = path.read_text(encoding="utf-8")
        values = json.loads(written or "{}") if path.suffix == ".json" else yaml.safe_load(written)
        return _validated(kind, {} if values is None else values)
    except (ValueError, yaml.YAMLError) as broken:
        raise ValueError(f"{path}: {broken}") from broken
    ### END SOLUTION
