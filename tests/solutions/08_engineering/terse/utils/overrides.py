"""As short as it gets: overrides become nested dicts, which are merged."""

import json
from difflib import get_close_matches
from pathlib import Path

import yaml
from pydantic import BaseModel


def parse_override(text):
    path, sign, value = text.partition("=")
    path = [part.strip() for part in path.split(".")]
    if not sign or "" in path:
        raise ValueError(f"expected path=value, got {text}")
    try:
        return path, yaml.load(value, Loader=yaml.SafeLoader)
    except yaml.error.YAMLError as e:
        raise ValueError(str(e))


def _check(tree, kind):
    for key in tree.keys() - kind.model_fields.keys():
        raise ValueError(f"{key}? {get_close_matches(key, [*kind.model_fields], 1, 0)}")
    for key, value in tree.items():
        inner = kind.model_fields[key].annotation
        if isinstance(value, dict) and isinstance(inner, type) and hasattr(inner, "model_dump"):
            _check(value, inner)


def apply_overrides(config, overrides):
    tree = config.model_dump()
    for text in overrides:
        names, value = parse_override(text)
        place = tree
        try:
            for name in names[:-1]:
                if name not in place:
                    place[name] = {}
                place = place[name]
            place[names[-1]] = value
        except TypeError:
            raise ValueError(f"{text} leads into a value")
    _check(tree, type(config))
    return type(config)(**tree)


def save_config(config: BaseModel, path):
    Path(path).write_text(json.dumps(config.model_dump(mode="json")), encoding="utf-8")


def load_config(kind, path):
    try:
        data = Path(path).read_bytes().decode()
        if str(path).endswith(".json"):
            tree = json.loads(data) if data else {}
        else:
            tree = yaml.safe_load(data)
        tree = {} if tree is None else tree
        if type(tree) is not dict:
            raise ValueError("no names and values")
        _check(tree, kind)
        return kind(**tree)
    except (ValueError, yaml.YAMLError) as e:
        raise ValueError(f"in {path}: {e}")
