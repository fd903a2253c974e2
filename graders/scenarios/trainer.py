"""Scenarios of module 06, ``training/trainer.py``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ._folder import own_folder
from ._torch import torch
from .model import built
from .tools import number, refusals

if TYPE_CHECKING:
    from torch import Tensor

NEEDED = ("torch._dynamo",)  # the first optimizer imports it, in a second
FIELDS = (  # of TrainerConfig, those that are numbers or None
    "learning_rate",
    "weight_decay",
    "grad_clip",
    "gradient_accumulation_steps",
    "max_steps",
    "num_epochs",
    "warmup_steps",
    "log_interval",
    "eval_interval",
    "save_interval",
    "pad_token_id",
)
WEIGHTS, RATES = "weights after training", "learning rates of the steps"
Data = Mapping[str, Any]  # what ``made_loader`` takes
Settings = Mapping[str, Any]  # arguments of TrainerConfig


def made_loader(
    batches: Sequence[Sequence[Tensor]] | None = None,
    inputs: Tensor | None = None,
    targets: Tensor | None = None,
    size: int | None = None,
    seed: int | None = None,
) -> Any:
    """A DataLoader: of batches as they are, or of rows in batches of ``size``, shuffled.

    With a seed, it shuffles by a generator of its own.
    """
    data = torch.utils.data
    if batches is not None:
        whole: Any = [(*batch,) for batch in batches]  # a list will do as a Dataset
        return data.DataLoader(whole, batch_size=None)
    assert inputs is not None
    assert targets is not None
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    rows = data.TensorDataset(inputs, targets)
    return data.DataLoader(rows, batch_size=size, shuffle=True, generator=generator)


@contextmanager
def made_trainer(
    tt: Any,
    model: Any,
    train: Data,
    settings: Settings | None,
    val: Data | None = None,
    scheduler: object = None,
) -> Iterator[Any]:
    """A Trainer, used in a folder of its own: whether it writes files by itself is open."""
    config = None if settings is None else tt.training.trainer.TrainerConfig(**settings)
    loaders = {"train_loader": made_loader(**train)}
    if val is not None:
        loaders["val_loader"] = made_loader(**val)
    with own_folder():
        yield tt.training.trainer.Trainer(model, **loaders, config=config, scheduler=scheduler)


def _changing(optimizer: Any, rates: Sequence[float]) -> Any:
    """A scheduler: step ``n`` of the optimizer is taken at ``rates[n]`` times its own rate."""
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda n: rates[min(n, len(rates) - 1)])


def maker(rates: Sequence[float]) -> Callable[[Any], Any]:
    """A function that makes a scheduler of an optimizer."""
    return lambda optimizer: _changing(optimizer, rates)


def brought(model: Any, rates: Sequence[float], momentum: float = 0.0) -> tuple[Any, list[float]]:
    """A scheduler with plain gradient descent as its optimizer, and the rates of the steps taken."""
    taken = []

    class Noted(torch.optim.SGD):
        def step(self, closure: Any = None) -> Any:
            taken.append(float(self.param_groups[0]["lr"]))
            return super().step(closure)

    return _changing(Noted(model.parameters(), lr=1.0, momentum=momentum), rates), taken


def in_a_row(own: Mapping[str, Tensor]) -> Tensor:
    """Copies of all weights that can be trained, in one row, in the order of ``model.shapes``."""
    return torch.cat([weight.detach().flatten() for weight in own.values() if weight.requires_grad])


def as_float(result: object, name: str) -> Tensor:
    """A number as float64[]; WrongReturn where it is none of Python's own."""
    return number(float(result) if isinstance(result, int) else result, name)


def train(
    tt: Any,
    config: dict[str, Any],
    weights: Tensor,
    batches: list[list[Tensor]],
    settings: dict[str, Any] | None = None,
    rates: list[float] | None = None,
    epochs: int | None = None,
) -> dict[str, Tensor]:
    """Train, epoch by epoch or until ``train`` comes back, and look at the weights.

    With rates, a function that makes a scheduler is given.
    """
    model, own = built(tt, config, weights, training=True)
    scheduler = None if rates is None else maker(rates)
    with made_trainer(tt, model, {"batches": batches}, settings, scheduler=scheduler) as trainer:
        if epochs is None:
            trainer.train()
        for _ in range(epochs or 0):
            trainer.train_one_epoch()
    return {WEIGHTS: in_a_row(own)}


def descend(
    tt: Any,
    config: dict[str, Any],
    weights: Tensor,
    batches: list[list[Tensor]],
    settings: dict[str, Any],
    rates: list[float],
) -> dict[str, Tensor]:
    """Train with a scheduler that brings plain gradient descent, until ``train`` comes back."""
    model, own = built(tt, config, weights, training=True)
    scheduler, taken = brought(model, rates)
    with made_trainer(tt, model, {"batches": batches}, settings, scheduler=scheduler) as trainer:
        trainer.train()
    noted = torch.tensor(taken, dtype=torch.float64)
    return {RATES: noted, WEIGHTS: in_a_row(own)}


def as_measure(result: object, name: str) -> Tensor:
    """A number as float32[]: a mean that was taken in float32 is right too."""
    return as_float(result, name).float()


def epoch_losses(
    tt: Any,
    config: dict[str, Any],
    weights: Tensor,
    batches: list[list[Tensor]],
    settings: dict[str, Any],
    epochs: int,
) -> dict[str, Tensor]:
    """Train epoch by epoch; what each gives back."""
    model, _ = built(tt, config, weights, training=True)
    with made_trainer(tt, model, {"batches": batches}, settings) as trainer:
        found = [trainer.train_one_epoch() for _ in range(epochs)]
    return {
        f"loss of epoch {n}": as_measure(loss, f"loss of epoch {n}") for n, loss in enumerate(found)
    }


def config_values(tt: Any, settings: dict[str, Any]) -> dict[str, Tensor]:
    """Make a TrainerConfig; its fields, None as NaN and texts as UTF-8."""
    config = tt.training.trainer.TrainerConfig(**settings)
    found = {}
    for name in FIELDS:
        value = getattr(config, name)
        found[name] = as_float(float("nan") if value is None else value, name)
    for name in ("device", "checkpoint_dir"):
        found[name] = torch.tensor([*str(getattr(config, name)).encode()])
    for place, beta in enumerate(config.betas):
        found[f"beta {place + 1}"] = as_float(beta, f"beta {place + 1}")
    return found


def configs_in_chosen_calls(tt: Any, calls: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
    """Make several TrainerConfigs, some with values that must be refused."""
    return refusals(lambda **settings: config_values(tt, settings), calls)
