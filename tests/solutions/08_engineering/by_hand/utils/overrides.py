"""Step by step."""

import difflib
import json
from pathlib import Path

import yaml


def parse_override(text):
    place = text.find("=")
    if place < 0:
        raise ValueError("no = in " + text)
    path, rest = text[:place].strip(), text[place + 1 :]
    names = path.split(".")
    for name in names:
        if name == "":
            raise ValueError("an empty name in " + text)
    try:
        value = yaml.safe_load(rest)
    except yaml.YAMLError as error:
        raise ValueError(f"{rest} is no YAML") from error
    return names, value


def check_keys(values, kind):
    for name in values:
        if name not in kind.model_fields:
            best, score = None, -1.0
            for known in kind.model_fields:
                ratio = difflib.SequenceMatcher(None, name, known).ratio()
                if ratio > score:
                    best, score = known, ratio
            raise ValueError(f"there is no {name} here, did you mean {best}?")
        inner = kind.model_fields[name].annotation
        if isinstance(values[name], dict) and hasattr(inner, "model_validate"):
            check_keys(values[name], inner)


def apply_overrides(config, overrides):
    kind = type(config)
    tree = json.loads(config.model_dump_json())
    for text in overrides:
        names, value = parse_override(text)
        place = tree
        for name in names[:-1]:
            if name not in place:
                check_keys({name: {}}, kind) if place is tree else None
                place[name] = {}
            place = place[name]
            if type(place) is not dict:
                raise ValueError(f"{text}: {name} holds nothing below it")
        place[names[-1]] = value
    check_keys(tree, kind)
    return kind(**tree)


def save_config(config, path):
    Path(path).write_text(config.model_dump_json(), encoding="utf-8")


def load_config(kind, path):
    name = str(path)
    with open(name, "rb") as file:
        data = file.read()
    try:
        text = data.decode("utf-8")
        if name.endswith(".json"):
            values = {} if text.strip() == "" else json.loads(text)
        else:
            values = yaml.safe_load(text)
            if values is None:
                values = {}
        if not isinstance(values, dict):
            raise ValueError("expected names and values")
        check_keys(values, kind)
        return kind(**values)
    except yaml.YAMLError as error:
        raise ValueError(f"{name} is no YAML: {error}") from error
    except ValueError as error:
        raise ValueError(f"{name} is refused: {error}") from error
