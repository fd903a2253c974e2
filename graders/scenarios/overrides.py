"""Scenarios of module 08, ``utils/overrides.py``, on a configuration that is nobody's own."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..outcomes import WrongReturn
from ._folder import own_folder
from .tools import code_points, complaint, describe, in_chosen_calls, of_kind

if TYPE_CHECKING:
    from torch import Tensor

NEEDED = ("pydantic", "yaml")


@functools.cache
def whole_kind() -> Any:
    """A model of pydantic with models in it."""
    import pydantic  # late: the deciding process, which names scenarios, has no use for it

    def ordered(self: Any) -> Any:
        if self.low > self.high:
            raise ValueError("low is above high")
        return self

    make, at_least = pydantic.create_model, pydantic.Field
    check: Any = pydantic.model_validator(mode="after")(ordered)
    bounds = make("Bounds", low=(int, 1), high=(int, 9), __validators__={"ordered": check})
    layer = make(
        "Layer", width=(int, at_least(8, ge=1)), slope=(float, 0.5), bounds=(bounds, bounds())
    )
    optimizer = make("Optimizer", momentum=(float, 0.9), betas=(tuple[float, float], (0.5, 0.75)))
    return make(
        "Whole",
        title=(str, "none"),
        seed=(int | None, 3),
        layer=(layer, layer()),
        optimizer=(optimizer, optimizer()),
        notes=(dict[str, int], {}),  # names that are free
    )


def _values(found: object) -> Tensor:
    return code_points(json.dumps(of_kind(found, whole_kind()).model_dump(mode="json")), "values")


def parse(tt: Any, override: str) -> dict[str, Tensor]:
    """Take an override apart; the path and the value, as texts in JSON."""
    found = tt.utils.overrides.parse_override(override)
    if not isinstance(found, tuple) or len(found) != 2 or not isinstance(found[0], list):
        raise WrongReturn(
            f"it returned {describe(found)}, expected a tuple: (list of names, value)"
        )
    path, value = found
    return {
        "path": code_points(json.dumps(path), "path"),
        "value": code_points(json.dumps(value), "value"),
    }


parse_in_chosen_calls = in_chosen_calls(parse)


def apply(tt: Any, first: Sequence[str], then: Sequence[str]) -> dict[str, Tensor]:
    """Apply overrides to a configuration of defaults, more of them to the result; all three."""
    apply_overrides = tt.utils.overrides.apply_overrides
    start = whole_kind()()
    middle = apply_overrides(start, first)
    end = apply_overrides(middle, then)
    named = {"values at the end": end, "values between": middle, "values of the first": start}
    return {name: _values(config) for name, config in named.items()}


apply_in_chosen_calls = in_chosen_calls(apply)


def override_message(tt: Any, override: str) -> dict[str, Tensor]:
    """What is said of an override that is refused."""
    return {"message": complaint(lambda: apply(tt, [override], []))}


def _in_a_file(name: str, content: str, load: Callable[[Path], Any]) -> Any:
    with own_folder():
        file = Path(name)
        file.write_bytes(content.encode("latin-1"))
        return load(file)


def load(tt: Any, name: str, content: str, as_text: bool = False) -> dict[str, Tensor]:
    """Read a configuration from a file; each character of ``content`` is a byte."""

    def loaded(file: Path) -> Any:
        return tt.utils.overrides.load_config(whole_kind(), str(file) if as_text else file)

    return {"values": _values(_in_a_file(name, content, loaded))}


load_in_chosen_calls = in_chosen_calls(load)


def load_message(tt: Any, name: str, content: str) -> dict[str, Tensor]:
    """What is said of a file that is refused."""
    return {"message": complaint(lambda: load(tt, name, content))}
