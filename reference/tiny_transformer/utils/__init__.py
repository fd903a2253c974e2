"""Tools of the trade: shapes, logs, checkpoints, settings, trackers, timers, random states, plots.

Each name is imported from its file when it is first asked for, so that a file which cannot be
imported yet takes no other with it, and matplotlib is loaded only by who plots.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .checkpoint import (
        CheckpointManager,
        choose_surplus,
        git_commit,
        resume,
        run_state,
        write_atomically,
    )
    from .experiment import (
        ExperimentTracker,
        TensorBoardTracker,
        WandbTracker,
        get_experiment_tracker,
    )
    from .logging import TrainingLogger, read_log
    from .monitoring import StepTimer, find_unhealthy, gradient_norms
    from .overrides import apply_overrides, load_config, parse_override, save_config
    from .random_state import random_states, restore_random_states
    from .shape_checker import ShapeTracer, assert_batch_consistency, check_shape
    from .visualization import (
        plot_attention_pattern,
        plot_gradient_flow,
        plot_multi_head_attention,
        plot_temperature_comparison,
        plot_token_embeddings_2d,
        plot_training_curves,
    )

_NAMES = {
    "checkpoint": (
        "CheckpointManager",
        "choose_surplus",
        "git_commit",
        "resume",
        "run_state",
        "write_atomically",
    ),
    "experiment": (
        "ExperimentTracker",
        "TensorBoardTracker",
        "WandbTracker",
        "get_experiment_tracker",
    ),
    "logging": ("TrainingLogger", "read_log"),
    "monitoring": ("StepTimer", "find_unhealthy", "gradient_norms"),
    "overrides": ("apply_overrides", "load_config", "parse_override", "save_config"),
    "random_state": ("random_states", "restore_random_states"),
    "shape_checker": ("ShapeTracer", "assert_batch_consistency", "check_shape"),
    "visualization": (
        "plot_attention_pattern",
        "plot_gradient_flow",
        "plot_multi_head_attention",
        "plot_temperature_comparison",
        "plot_token_embeddings_2d",
        "plot_training_curves",
    ),
}
_FILES = {name: file for file, names in _NAMES.items() for name in names}
__all__ = sorted(_FILES)


def __getattr__(name: str) -> Any:
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_FILES[name]}", __name__), name)
