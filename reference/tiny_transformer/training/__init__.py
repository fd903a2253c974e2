"""Training: data, schedules of the learning rate, small tools, and the loop that uses them.

Each name is imported from its file when it is first asked for, so that a file which cannot be
imported yet takes no other with it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .dataset import CharTokenizer, TextDataset, create_data_loaders
    from .scheduler import WarmupCosineScheduler, WarmupLinearScheduler, get_scheduler
    from .trainer import Trainer, TrainerConfig
    from .utils import (
        AverageMeter,
        clip_gradient_norm,
        compute_perplexity,
        count_model_parameters,
        estimate_model_memory,
        format_time,
        get_device,
        get_gradient_norm,
        set_seed,
    )

__all__ = [
    "AverageMeter",
    "CharTokenizer",
    "TextDataset",
    "Trainer",
    "TrainerConfig",
    "WarmupCosineScheduler",
    "WarmupLinearScheduler",
    "clip_gradient_norm",
    "compute_perplexity",
    "count_model_parameters",
    "create_data_loaders",
    "estimate_model_memory",
    "format_time",
    "get_device",
    "get_gradient_norm",
    "get_scheduler",
    "set_seed",
]

_FILES = {
    "CharTokenizer": "dataset",
    "TextDataset": "dataset",
    "create_data_loaders": "dataset",
    "WarmupCosineScheduler": "scheduler",
    "WarmupLinearScheduler": "scheduler",
    "get_scheduler": "scheduler",
    "Trainer": "trainer",
    "TrainerConfig": "trainer",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_FILES.get(name, 'utils')}", __name__), name)
