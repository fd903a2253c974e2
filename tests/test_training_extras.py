"""What module 06 hands to learners complete, because there is nothing in it to grade."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from graders.worker.loading import load_package

from .conftest import HOUSE


@pytest.fixture(scope="module")
def training() -> Any:
    return load_package(HOUSE / "reference", "tiny_transformer", "training_extras").training


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (8.4, "8s"), (59.6, "1m 00s"), (125, "2m 05s"), (3607, "1h 00m 07s")],
)
def test_a_duration_is_told_in_its_largest_units(training: Any, seconds: float, text: str) -> None:
    assert training.utils.format_time(seconds) == text


def test_the_device_is_one_that_works(training: Any) -> None:
    assert torch.ones(1, device=training.utils.get_device()).item() == 1.0


def test_frozen_parameters_need_no_gradients_and_averages(training: Any) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Linear(5, 2))  # 20 + 12 numbers
    model[1].requires_grad_(False)
    expected = {"parameters": 128, "gradients": 80, "optimizer": 160, "total": 368}
    assert training.utils.estimate_model_memory(model) == expected


def test_the_sizes_of_a_dataset(training: Any) -> None:
    dataset = training.dataset.TextDataset([*range(24)], seq_len=5, stride=3)
    assert dataset.get_stats() == {"windows": 7, "seq_len": 5, "predictions": 35}
