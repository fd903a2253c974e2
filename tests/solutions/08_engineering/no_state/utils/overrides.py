"""By recursion, and without a copy of the tree: each section makes its own new one."""

import json
import re
from difflib import get_close_matches
from pathlib import Path

import yaml
from pydantic import BaseModel, ValidationError


def parse_override(text):
    found = re.fullmatch(r"\s*([^=.\s]+(?:\.[^=.\s]+)*)\s*=(.*)", text, re.DOTALL)
    if not found:
        raise ValueError(f"{text!r} is no override")
    try:
        value = yaml.safe_load(found[2])
    except yaml.YAMLError as error:
        raise ValueError(f"{found[2]!r} cannot be read") from error
    return found[1].split("."), value


def _section(kind, name):
    """The model below a name, or None; ValueError where there is no such name."""
    if name not in kind.model_fields:
        similar = get_close_matches(name, kind.model_fields.keys(), 1, cutoff=0.01)
        raise ValueError(f"{name} is unknown; the most similar one is {''.join(similar)}")
    inner = kind.model_fields[name].annotation
    try:
        return inner if issubclass(inner, BaseModel) else None
    except TypeError:
        return None


def _checked(kind, values):
    if not isinstance(values, dict):
        raise ValueError(f"{values!r} stands where names and values should be")
    for name, value in values.items():
        inner = _section(kind, name)
        if inner is not None:
            _checked(inner, value)
    return values


def _with(values, names, value):
    if not isinstance(values, dict):
        raise ValueError(f"nothing is below {values!r}")
    name, *rest = names
    return {**values, name: _with(values.get(name, {}), rest, value) if rest else value}


def apply_overrides(config, overrides):
    values = config.model_dump()
    for names, value in map(parse_override, overrides):
        values = _with(values, names, value)
    kind = config.__class__
    return kind.model_validate(_checked(kind, values))


def save_config(config, path):
    Path(path).write_text(config.model_dump_json(indent=1), encoding="utf-8")


def load_config(kind, path):
    path = Path(path)
    readers = {".json": json.loads}
    read = readers.get(path.suffix, yaml.safe_load)
    try:
        text = path.read_bytes().decode("utf-8")
        values = read(text) if text.strip() else {}
        return kind.model_validate(_checked(kind, {} if values is None else values))
    except ValidationError as error:
        raise ValueError(f"{path.name} has values that are refused: {error}") from error
    except Exception as error:
        raise ValueError(f"{path.name} cannot be used: {error}") from error
