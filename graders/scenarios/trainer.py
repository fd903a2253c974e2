"""Scenarios of module 06, ``training/trainer.py``."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..outcomes import WrongReturn
from ._torch import torch
from .model import built
from .tools import describe, number, refusals, unpack

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
Data = Mapping[str, Any]  # what ``_loader`` takes
Settings = Mapping[str, Any]  # arguments of TrainerConfig


def _loader(
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
        return data.DataLoader([(*batch,) for batch in batches], batch_size=None)  # type: ignore[arg-type]
    assert inputs is not None
    assert targets is not None
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    rows = data.TensorDataset(inputs, targets)
    return data.DataLoader(rows, batch_size=size, shuffle=True, generator=generator)


@contextmanager
def _trainer(
    tt: Any,
    model: Any,
    train: Data,
    settings: Settings | None,
    val: Data | None = None,
    scheduler: object = None,
) -> Iterator[Any]:
    """A Trainer, used in a folder of its own: whether it writes files by itself is open."""
    config = None if settings is None else tt.training.trainer.TrainerConfig(**settings)
    loaders = {"train_loader": _loader(**train)}
    if val is not None:
        loaders["val_loader"] = _loader(**val)
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="course-trainer-") as folder:
        os.chdir(folder)
        try:
            yield tt.training.trainer.Trainer(model, **loaders, config=config, scheduler=scheduler)
        finally:
            os.chdir(before)


def _changing(optimizer: Any, rates: Sequence[float]) -> Any:
    """A scheduler: step ``n`` of the optimizer is taken at ``rates[n]`` times its own rate."""
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda n: rates[min(n, len(rates) - 1)])


def _function(rates: Sequence[float]) -> Callable[[Any], Any]:
    return lambda optimizer: _changing(optimizer, rates)


def _brought(model: Any, rates: Sequence[float], momentum: float = 0.0) -> tuple[Any, list[float]]:
    """A scheduler with plain gradient descent as its optimizer, and the rates of the steps taken."""
    taken = []

    class Noted(torch.optim.SGD):
        def step(self, closure: Any = None) -> Any:  # type: ignore[override]
            taken.append(float(self.param_groups[0]["lr"]))
            return super().step(closure)

    return _changing(Noted(model.parameters(), lr=1.0, momentum=momentum), rates), taken


def _weights(model: Any) -> dict[str, Tensor]:
    return {key: weight.detach().clone() for key, weight in model.named_parameters()}


def _row(model: Any) -> Tensor:
    return torch.cat([weight.flatten() for weight in _weights(model).values()])


def _float(result: object, name: str) -> Tensor:
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
    model, _ = built(tt, config, weights, training=True)
    scheduler = None if rates is None else _function(rates)
    with _trainer(tt, model, {"batches": batches}, settings, scheduler=scheduler) as trainer:
        if epochs is None:
            trainer.train()
        for _ in range(epochs or 0):
            trainer.train_one_epoch()
    return _weights(model)


def descend(
    tt: Any,
    config: dict[str, Any],
    weights: Tensor,
    batches: list[list[Tensor]],
    settings: dict[str, Any],
    rates: list[float],
) -> dict[str, Tensor]:
    """Train with a scheduler that brings plain gradient descent, until ``train`` comes back."""
    model, _ = built(tt, config, weights, training=True)
    scheduler, taken = _brought(model, rates)
    with _trainer(tt, model, {"batches": batches}, settings, scheduler=scheduler) as trainer:
        trainer.train()
    noted = torch.tensor(taken, dtype=torch.float64)
    return {"learning rates of the steps": noted, **_weights(model)}


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
    with _trainer(tt, model, {"batches": batches}, settings) as trainer:
        found = [trainer.train_one_epoch() for _ in range(epochs)]
    return {
        f"loss of epoch {n}": _float(loss, f"loss of epoch {n}") for n, loss in enumerate(found)
    }


def evaluate(
    tt: Any,
    config: dict[str, Any],
    weights: Tensor,
    batches: list[list[Tensor]],
    settings: dict[str, Any],
) -> dict[str, Tensor]:
    """Evaluate twice on validation batches, and run the model on them; nothing is trained."""
    model, _ = built(tt, config, weights, training=True)
    data = {"batches": batches}
    found = {}
    with _trainer(tt, model, {"batches": batches[:1]}, settings, val=data) as trainer:
        for turn in ("first", "second"):
            measured = _measured(trainer)
            found |= {f"{name}, {turn} time": value for name, value in measured.items()}
    model.eval()
    for place, (inputs, _) in enumerate(batches):
        found[f"logits of batch {place}"] = _logits(model, inputs)
    return found


def _measured(trainer: Any) -> dict[str, Tensor]:
    found = trainer.evaluate()
    if not isinstance(found, dict):
        raise WrongReturn(f"it returned {describe(found)}, expected a dict")
    missing = [name for name in ("loss", "perplexity") if name not in found]
    if missing:
        raise WrongReturn(f"there is no {', '.join(missing)}; found: {[*found]}")
    return {name: _float(found[name], name) for name in ("loss", "perplexity")}


def _logits(model: Any, tokens: Tensor) -> Tensor:
    return unpack(model(tokens), "logits", "hidden states")["logits"]


def evaluate_and_look(
    tt: Any,
    config: dict[str, Any],
    weights: Tensor,
    batches: list[list[Tensor]],
    tokens: Tensor,
    training: bool,
) -> dict[str, Tensor]:
    """Evaluate; then look at weights, gradients and mode of the model, and at torch's generator."""
    model, _ = built(tt, config, weights, training)
    data = {"batches": batches}
    with _trainer(tt, model, data, {}, val=data) as trainer:
        _logits(model, tokens)[0, 0].sum().backward()
        torch.default_generator.manual_seed(1)
        trainer.evaluate()
    drawn = torch.rand(3)
    gradients = [w.grad.flatten() for w in model.parameters() if w.grad is not None]
    return {
        "draws after it": drawn,
        "gradients after it": torch.cat(gradients or [torch.empty(0)]),
        "weights after it": _row(model),
        "logits after it": _logits(model, tokens),
    }


def evaluate_watched(
    tt: Any, config: dict[str, Any], weights: Tensor, batches: list[list[Tensor]]
) -> dict[str, Tensor]:
    """Evaluate; the logits that the model gave meanwhile, and how many of them carried a gradient."""
    model, _ = built(tt, config, weights)
    given = []
    forward = model.forward

    def watched(*inputs: Any, **named: Any) -> Any:
        result = forward(*inputs, **named)
        given.append(unpack(result, "logits", "hidden states")["logits"])
        return result

    model.forward = watched
    data = {"batches": batches}
    with _trainer(tt, model, data, {}, val=data) as trainer:
        trainer.evaluate()
    carried = sum(logits.requires_grad for logits in given)
    shown = {f"logits of call {n}": logits for n, logits in enumerate(given)}
    return {**shown, "logits with a gradient": torch.tensor(carried)}


def evaluate_in_chosen_ways(tt: Any, calls: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
    """Evaluate several models, some without validation data, which must be refused."""

    def call(
        config: dict[str, Any], weights: Tensor, batches: list[list[Tensor]], given: bool
    ) -> dict[str, Tensor]:
        model, _ = built(tt, config, weights)
        data = {"batches": batches}
        with _trainer(tt, model, data, {}, val=data if given else None) as trainer:
            try:
                return _measured(trainer)
            except WrongReturn:
                if given:
                    raise
                return {}  # what is returned where nothing should be is not looked at

    return refusals(call, calls)


def train_around_evaluation(
    tt: Any,
    config: dict[str, Any],
    weights: Tensor,
    rows: dict[str, Any],
    batches: list[list[Tensor]],
    settings: dict[str, Any],
    between: bool,
    training: bool,
) -> dict[str, Tensor]:
    """Train two epochs on shuffled rows; in between, evaluate or not. The weights after."""
    model, _ = built(tt, config, weights, training)
    with _trainer(tt, model, rows, settings, val={"batches": batches}) as trainer:
        trainer.train_one_epoch()
        if between:
            trainer.evaluate()
        trainer.train_one_epoch()
    return _weights(model)


def resume(
    tt: Any,
    config: dict[str, Any],
    starts: list[Tensor],
    data: dict[str, Any],
    settings: list[dict[str, Any]],
    seeds: list[int],
    rates: list[float] | None = None,
    momentum: float | None = None,
    epochs: tuple[int, int] | None = None,
) -> dict[str, Tensor]:
    """Train without a break; train a part, save, load into a new Trainer, train the rest.

    Args:
        starts: weights of the first model, and of the new one.
        settings: of the first part, and of the whole.
        data: what ``_loader`` takes; a seed in it is replaced.
        seeds: of torch's generator and the loader's: for the first model, and for the new one.
        momentum: None gives a function that makes a scheduler, where there are rates.
        epochs: the two parts, epoch by epoch; None leaves it to ``train``.
    """

    @contextmanager
    def made(which: int, given: Settings) -> Iterator[tuple[Any, Any]]:
        torch.default_generator.manual_seed(seeds[which])
        model, _ = built(tt, config, starts[which], training=True)
        scheduler: object = None
        if rates is not None:
            scheduler = _function(rates)
            if momentum is not None:
                scheduler, _ = _brought(model, rates, momentum)
        own = {**data, "seed": seeds[which]} if "seed" in data else data
        with _trainer(tt, model, own, given, scheduler=scheduler) as trainer:
            yield trainer, model

    def go(trainer: Any, count: int | None) -> None:
        if count is None:
            trainer.train()
        for _ in range(count or 0):
            trainer.train_one_epoch()

    part, rest = epochs or (None, None)
    found = {}
    with tempfile.TemporaryDirectory(prefix="course-trainer-") as folder:
        path = str(Path(folder) / "checkpoint.pt")
        with made(0, settings[1]) as (trainer, model):
            go(trainer, None if part is None or rest is None else part + rest)
            found["weights of the whole run"] = _row(model)
        with made(0, settings[0]) as (trainer, model):
            go(trainer, part)
            trainer.save_checkpoint(path)
            found["weights when saved"] = _row(model)
            if rest is not None:
                go(trainer, rest)
                found["weights of the run that was saved and went on"] = _row(model)
        with made(1, settings[1]) as (trainer, model):
            trainer.load_checkpoint(path)
            found["weights when loaded"] = _row(model)
            go(trainer, rest)
            found["weights of the resumed run"] = _row(model)
    return found


def train_and_predict(
    tt: Any,
    config: dict[str, Any],
    weights: Tensor,
    rows: dict[str, Any],
    settings: dict[str, Any],
    contexts: Tensor,
) -> dict[str, Tensor]:
    """Train on shuffled rows, and score what may come next at each position of other texts."""
    model, _ = built(tt, config, weights, training=True)
    with _trainer(tt, model, rows, settings) as trainer:
        trainer.train()
    model.eval()
    return {"logits": _logits(model, contexts)}


def config_values(tt: Any, settings: dict[str, Any]) -> dict[str, Tensor]:
    """Make a TrainerConfig; its fields, None as NaN and texts as UTF-8."""
    config = tt.training.trainer.TrainerConfig(**settings)
    found = {}
    for name in FIELDS:
        value = getattr(config, name)
        found[name] = _float(float("nan") if value is None else value, name)
    for name in ("device", "checkpoint_dir"):
        found[name] = torch.tensor([*str(getattr(config, name)).encode()])
    for place, beta in enumerate(config.betas):
        found[f"beta {place + 1}"] = _float(beta, f"beta {place + 1}")
    return found


def configs_in_chosen_calls(tt: Any, calls: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
    """Make several TrainerConfigs, some with values that must be refused."""
    return refusals(lambda **settings: config_values(tt, settings), calls)
