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

__all__ = [
    "CheckpointManager",
    "ExperimentTracker",
    "ShapeTracer",
    "StepTimer",
    "TensorBoardTracker",
    "TrainingLogger",
    "WandbTracker",
    "apply_overrides",
    "assert_batch_consistency",
    "check_shape",
    "choose_surplus",
    "find_unhealthy",
    "get_experiment_tracker",
    "git_commit",
    "gradient_norms",
    "load_config",
    "parse_override",
    "plot_attention_pattern",
    "plot_gradient_flow",
    "plot_multi_head_attention",
    "plot_temperature_comparison",
    "plot_token_embeddings_2d",
    "plot_training_curves",
    "random_states",
    "read_log",
    "restore_random_states",
    "resume",
    "run_state",
    "save_config",
    "write_atomically",
]

_FILES = {
    "CheckpointManager": "checkpoint",
    "ExperimentTracker": "experiment",
    "ShapeTracer": "shape_checker",
    "StepTimer": "monitoring",
    "TensorBoardTracker": "experiment",
    "TrainingLogger": "logging",
    "WandbTracker": "experiment",
    "apply_overrides": "overrides",
    "assert_batch_consistency": "shape_checker",
    "check_shape": "shape_checker",
    "choose_surplus": "checkpoint",
    "find_unhealthy": "monitoring",
    "get_experiment_tracker": "experiment",
    "git_commit": "checkpoint",
    "gradient_norms": "monitoring",
    "load_config": "overrides",
    "parse_override": "overrides",
    "plot_attention_pattern": "visualization",
    "plot_gradient_flow": "visualization",
    "plot_multi_head_attention": "visualization",
    "plot_temperature_comparison": "visualization",
    "plot_token_embeddings_2d": "visualization",
    "plot_training_curves": "visualization",
    "random_states": "random_state",
    "read_log": "logging",
    "restore_random_states": "random_state",
    "resume": "checkpoint",
    "run_state": "checkpoint",
    "save_config": "overrides",
    "write_atomically": "checkpoint",
}


def __getattr__(name: str) -> Any:
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_FILES[name]}", __name__), name)
