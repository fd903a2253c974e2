"""The settings of a run: a file from ``configs/``, what it extends, and ``--set`` on top.

extends: base            # optional: the file in configs/ whose values stand where this has none
model: {d_model: 64}     # the fields of ExperimentConfig, in tiny_transformer/config.py
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from graders.errors import CourseError

from .package import Own

FOLDER = "configs"
EXTENDS = "extends"
_DEEPEST = 8  # files that extend each other
Tree = dict[str, Any]


def load_config(own: Own, name: str, changes: Sequence[str] = ()) -> Any:
    """The settings of a run, checked: an ``ExperimentConfig`` of the package in use.

    Args:
        name: of a file in ``configs/`` without its ``.yaml``, or a path.
        changes: like ``training.max_steps=200``; the value is YAML. The last one counts.

    Raises:
        CourseError: there is no such file, or a key or value in it or in ``changes`` is wrong; it
            names the file, the key, and the nearest one there is.
    """
    path = find_config(own.course.root, name)
    return validated(own, changed(read_config(path), changes), str(path))


def find_config(root: Path, name: str) -> Path:
    """The file of a config by its name or path. CourseError lists what there is."""
    folder = root / FOLDER
    for path in (folder / f"{name}.yaml", Path(name)):
        if path.is_file():
            return path
    known = sorted(path.stem for path in folder.glob("*.yaml"))
    if not known:
        raise CourseError(
            f"There is no config {name}, and no settings in {FOLDER}/ at all: training comes with "
            "module 06. `course status` lists the modules that you have; or name a YAML file."
        )
    near = get_close_matches(name, known, n=1)
    guess = f" Did you mean {near[0]}?" if near else ""
    raise CourseError(
        f"There is no config {name}.{guess} Name one of {', '.join(known)} (in {FOLDER}/) "
        "or a YAML file."
    )


def read_config(path: Path, depth: int = 0) -> Tree:
    """The values in a file, on those of the file that it extends; not checked yet."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(f"{path} cannot be read as UTF-8 text ({error}).") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or error
        raise CourseError(f"{path}{line}: this is not valid YAML: {problem}. Mend it.") from None
    except RecursionError:
        raise CourseError(f"{path} is nested too deeply. Mend it.") from None
    values = {} if values is None else values
    if not isinstance(values, dict):
        raise CourseError(
            f"{path} holds a {type(values).__name__}, expected keys with values, like `model:`."
        )
    base = values.pop(EXTENDS, None)
    if base is None:
        return values
    file = path.parent / f"{base}.yaml"
    if depth == _DEEPEST or not file.is_file():
        problem = f"there is no {file}" if depth < _DEEPEST else "it extends itself"
        raise CourseError(f"{path}: `{EXTENDS}: {base}`: {problem}. Name another file beside it.")
    return _merged(read_config(file, depth + 1), values)


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> Tree:
    both = {**under, **over}
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(under.get(key), dict):
            both[key] = _merged(under[key], value)
    return both


def changed(values: Mapping[str, Any], changes: Sequence[str]) -> Tree:
    """``values`` with what ``--set KEY=VALUE`` says. CourseError where that is no such thing."""
    for change in changes:
        key, sign, text = change.partition("=")
        if not sign or not key.strip():
            raise CourseError(f"--set {change}: expected KEY=VALUE, like training.max_steps=200.")
        try:
            value: Any = yaml.safe_load(text)
        except yaml.YAMLError:
            raise CourseError(f"--set {change}: {text!r} is not valid YAML. Quote it.") from None
        for part in reversed(key.strip().split(".")):
            value = {part: value}
        values = _merged(values, value)
    return dict(values)


def validated(own: Own, values: Mapping[str, Any], source: str) -> Any:
    """``values`` as an ``ExperimentConfig`` of the package in use.

    Args:
        source: where the values are from, for the message.

    Raises:
        CourseError: a key is unknown or a value refused; it names the key and the nearest known.
    """
    with own.code():
        kind: type[BaseModel] = own.tt.config.ExperimentConfig
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        known = [*_fields(kind)]
        wrong = "; ".join(_told(item, known) for item in error.errors())
        raise CourseError(f"{source}: {wrong}. Mend it there or with --set KEY=VALUE.") from None


def _told(item: Any, known: Sequence[str]) -> str:
    """One mistake, in words."""
    key = ".".join(map(str, item["loc"])) or "the whole"
    if item["type"] == "extra_forbidden":
        return f"there is no {key}, {_guess(key, known)}"
    said = item["msg"].removeprefix("Value error, ")
    if item["type"] == "value_error":
        return f"{key}: {said}"
    return f"{key} is {json.dumps(item['input'], default=repr)}: {said}"


def _guess(key: str, known: Sequence[str]) -> str:
    last = key.rpartition(".")[2]
    same = [name for name in known if name.rpartition(".")[2] == last]
    near = same or get_close_matches(key, known, n=1, cutoff=0.5)
    if not near:  # in another section, perhaps
        by_last = {name.rpartition(".")[2]: name for name in known}
        near = [by_last[found] for found in get_close_matches(last, by_last, n=1)]
    return f"the nearest is {near[0]}" if near else f"known are {', '.join(known)}"


def _fields(kind: type[BaseModel], before: str = "") -> Iterator[str]:
    for name, info in kind.model_fields.items():
        inner = info.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _fields(inner, f"{before}{name}.")
        else:
            yield f"{before}{name}"
