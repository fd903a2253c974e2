"""Scenarios of module 06, ``training/trainer.py``: evaluation, checkpoints, and a whole run."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..outcomes import WrongReturn
from ._torch import torch
from .model import built
from .tools import of_kind, refusals, unpack
from .trainer import WEIGHTS, as_measure, brought, in_a_row, made_trainer, maker

if TYPE_CHECKING:
    from torch import Tensor


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
    found: dict[str, Tensor] = {}
    with made_trainer(tt, model, {"batches": batches[:1]}, settings, val=data) as trainer:
        for turn in ("first", "second"):
            measured = _measured(trainer)
            found |= {f"{name}, {turn} time": value for name, value in measured.items()}
    model.eval()
    for place, (inputs, _) in enumerate(batches):
        found[f"logits of batch {place}"] = _logits(model, inputs)
    return found


def _measured(trainer: Any) -> dict[str, Tensor]:
    found = of_kind(trainer.evaluate(), dict)
    missing = [name for name in ("loss", "perplexity") if name not in found]
    if missing:
        raise WrongReturn(f"there is no {', '.join(missing)}; found: {[*found]}")
    return {name: as_measure(found[name], name) for name in ("loss", "perplexity")}


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
    model, own = built(tt, config, weights, training)
    data = {"batches": batches}
    with made_trainer(tt, model, data, {}, val=data) as trainer:
        torch.autograd.backward(_logits(model, tokens)[0, 0].sum())
        torch.default_generator.manual_seed(1)
        trainer.evaluate()
    drawn = torch.rand(3)
    gradients = [w.grad.flatten() for w in model.parameters() if w.grad is not None]
    return {
        "draws after it": drawn,
        "gradients after it": torch.cat(gradients or [torch.empty(0)]),
        "weights after it": in_a_row(own),
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
    with made_trainer(tt, model, data, {}, val=data) as trainer:
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
        with made_trainer(tt, model, data, {}, val=data if given else None) as trainer:
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
    """Train two epochs on shuffled rows; in between, evaluate or not. The weights around it."""
    model, own = built(tt, config, weights, training)
    before = in_a_row(own)
    with made_trainer(tt, model, rows, settings, val={"batches": batches}) as trainer:
        trainer.train_one_epoch()
        if between:
            trainer.evaluate()
        trainer.train_one_epoch()
    return {"weights before training": before, WEIGHTS: in_a_row(own)}


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
        data: what ``made_loader`` takes; a seed in it is replaced.
        seeds: of torch's generator and the loader's: for the first model, and for the new one.
        momentum: None gives a function that makes a scheduler, where there are rates.
        epochs: the two parts, epoch by epoch; None leaves it to ``train``.
    """

    @contextmanager
    def made(which: int, given: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
        torch.default_generator.manual_seed(seeds[which])
        model, own = built(tt, config, starts[which], training=True)
        scheduler: object = None
        if rates is not None:
            scheduler = maker(rates)
            if momentum is not None:
                scheduler, _ = brought(model, rates, momentum)
        rows = {**data, "seed": seeds[which]} if "seed" in data else data
        with made_trainer(tt, model, rows, given, scheduler=scheduler) as trainer:
            yield trainer, own

    def go(trainer: Any, count: int | None) -> None:
        if count is None:
            trainer.train()
        for _ in range(count or 0):
            trainer.train_one_epoch()

    part, rest = epochs or (None, None)
    found = {}
    with tempfile.TemporaryDirectory(prefix="course-trainer-") as folder:
        path = str(Path(folder) / "checkpoint.pt")
        with made(0, settings[1]) as (trainer, own):
            go(trainer, None if part is None or rest is None else part + rest)
            found["weights of the whole run"] = in_a_row(own)
        with made(0, settings[0]) as (trainer, own):
            go(trainer, part)
            trainer.save_checkpoint(path)
            found["weights when saved"] = in_a_row(own)
            if rest is not None:
                go(trainer, rest)
                found["weights of the run that was saved and went on"] = in_a_row(own)
        with made(1, settings[1]) as (trainer, own):
            trainer.load_checkpoint(path)
            found["weights when loaded"] = in_a_row(own)
            go(trainer, rest)
            found["weights of the resumed run"] = in_a_row(own)
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
    with made_trainer(tt, model, rows, settings) as trainer:
        trainer.train()
    model.eval()
    return {"logits": _logits(model, contexts)}
