"""Copies of models in place of trees: each section is rebuilt from the inside out."""

import copy
import json
import os
from difflib import get_close_matches

import yaml


def parse_override(text):
    left, sign, right = text.partition("=")
    names = [*map(str.strip, left.split("."))]
    if sign == "" or not all(map(len, names)):
        raise ValueError(f"write section.name=value, not {text}")
    try:
        return names, next(yaml.safe_load_all(right), None)
    except yaml.YAMLError:
        raise ValueError(f"{right} is not YAML")


def _sections(kind):
    """The models within a model, by the names of their fields."""
    kinds = {name: field.annotation for name, field in kind.model_fields.items()}
    return {
        name: inner for name, inner in kinds.items() if hasattr(inner, "__pydantic_validator__")
    }


def _look(kind, values, place=""):
    fields, sections = kind.model_fields, _sections(kind)
    for name in values:
        if name in fields:
            if name in sections and isinstance(values[name], dict):
                _look(sections[name], values[name], f"{place}{name}.")
            continue
        near = get_close_matches(name, list(fields), n=len(fields), cutoff=0.0)
        raise ValueError(f"{place}{name} is not known. Perhaps {place}{near[0]}?")


def apply_overrides(config, overrides):
    tree = copy.deepcopy(config.model_dump(mode="python"))
    for text in overrides:
        names, value = parse_override(text)
        branch = tree
        while len(names) > 1:
            branch = branch.setdefault(names.pop(0), {})
            if not hasattr(branch, "setdefault"):
                raise ValueError(f"{text} goes through a value")
        branch[names.pop()] = value
    _look(type(config), tree)
    return type(config).model_validate(tree)


def save_config(config, path):
    with open(path, "w", encoding="utf-8") as file:
        yaml.safe_dump(json.loads(config.model_dump_json()), file)


def load_config(kind, path):
    _, end = os.path.splitext(path)
    with open(path, "rb") as file:
        content = file.read()
    try:
        content = content.decode("utf-8")
        if not content.strip():
            return kind()
        values = json.loads(content) if end == ".json" else yaml.safe_load(content)
        if values is None:
            return kind()
        if not hasattr(values, "items"):
            raise ValueError(f"a {type(values).__name__} is no configuration")
        _look(kind, values)
        return kind.model_validate(values)
    except (ValueError, yaml.YAMLError) as error:
        raise ValueError(f"{os.fspath(path)}\n{error}")
