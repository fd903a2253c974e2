"""From scores to text: ways to choose the next token, and a generator that writes with them.

A name is loaded when it is first asked for, so a mistake in one file does not lock the other.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .generator import GeneratorConfig, TextGenerator
    from .strategies import (
        combined_sample,
        filter_top_k,
        filter_top_p,
        greedy_sample,
        temperature_sample,
        top_k_sample,
        top_p_sample,
    )

__all__ = [
    "GeneratorConfig",
    "TextGenerator",
    "combined_sample",
    "filter_top_k",
    "filter_top_p",
    "greedy_sample",
    "temperature_sample",
    "top_k_sample",
    "top_p_sample",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    file = ".generator" if name in ("GeneratorConfig", "TextGenerator") else ".strategies"
    return getattr(importlib.import_module(file, __name__), name)
