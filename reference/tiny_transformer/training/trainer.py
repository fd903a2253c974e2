"""The training loop: batches in, better weights out, and a run that can be broken off and resumed.

Letters in the shape comments: B batch, T sequence, V = vocab_size, N targets that count.

Sources: Loshchilov & Hutter, 2019, https://arxiv.org/abs/1711.05101 (AdamW); Pascanu et al., 2013,
https://arxiv.org/abs/1211.5063 (clipping by the norm); the loop is in the spirit of nanoGPT's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import LRScheduler

Batch = Sequence[Tensor]  # inputs and targets, both int[B, T]


@dataclass
class TrainerConfig:
    """How to train. Values out of range are refused.

    Above 0: ``learning_rate``, ``grad_clip``. At least 0: ``weight_decay``, ``warmup_steps``. From 0
    on, and below 1: both ``betas``. At least 1: ``gradient_accumulation_steps``, ``max_steps``,
    ``num_epochs`` and the three intervals. None, where a field may be None, is no number, so in range.
    """

    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    betas: tuple[float, float] = (0.9, 0.95)
    grad_clip: float | None = 1.0  # None: no clipping
    gradient_accumulation_steps: int = 1  # batches that make up one optimizer step
    max_steps: int | None = None  # optimizer steps in all; None: num_epochs decides
    num_epochs: int = 10
    warmup_steps: int = 100  # for whoever makes a scheduler; the Trainer itself makes none
    log_interval: int = 100  # in optimizer steps, like the two below
    eval_interval: int = 500
    save_interval: int | None = 1000  # None: never
    device: str = "cpu"
    checkpoint_dir: str = "checkpoints"
    pad_token_id: int | None = None  # None: every target counts

    def __post_init__(self) -> None:
        """
        Raises:
            ValueError: a value is out of range; the message names the field.
        """
        ### BEGIN SOLUTION
        rates = ("learning_rate", "grad_clip")
        counts = ("gradient_accumulation_steps", "max_steps", "num_epochs")
        intervals = ("log_interval", "eval_interval", "save_interval")
        for name in (*rates, *counts, *intervals):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"{name} is {value}, expected more than 0")
        for name in ("weight_decay", "warmup_steps"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}, expected at least 0")
        if not all(0 <= beta < 1 for beta in self.betas):
            raise ValueError(f"betas are {self.betas}, expected 0 <= beta < 1")
        ### END SOLUTION


class Trainer:
    """Trains a language model, measures it, and keeps what a later run needs to go on.

    A loader gives batches ``(inputs, targets)``, int[B, T] each, of any B and T. The targets are
    shifted already: ``model(inputs)`` gives ``(logits [B, T, V], something)``, and the logits of a
    position are scored against the target of that position. *The loss of a set of targets* is the
    mean of their cross-entropies, those that equal ``pad_token_id`` left out.

    *A step* takes ``gradient_accumulation_steps`` batches, or the fewer that are left at the end of
    an epoch. Its gradient is that of the loss of all their targets together, as if they were one
    batch: a batch with twice the targets weighs twice, one of padding alone nothing. The gradient's
    total norm is clipped to ``grad_clip``; then the optimizer takes one step, then the scheduler.

    The optimizer is AdamW with ``learning_rate`` and ``betas``, all else as in torch;
    ``weight_decay`` acts on parameters of two or more dimensions, embeddings too, and on no others.

    Attributes that others may use: ``model``, ``optimizer``, ``scheduler``.
    """

    def __init__(
        self,
        model: nn.Module,
        train_loader: Iterable[Batch],
        val_loader: Iterable[Batch] | None = None,
        config: TrainerConfig | None = None,
        scheduler: LRScheduler | Callable[[Optimizer], LRScheduler] | None = None,
    ) -> None:
        """
        Args:
            model: is moved to ``config.device``, as each batch will be.
            config: None is ``TrainerConfig()``.
            scheduler: None is a constant rate. An LRScheduler brings its optimizer, which is used
                in place of the one above. A function makes a scheduler of the optimizer above.
        """
        ### BEGIN SOLUTION
        self.config = TrainerConfig() if config is None else config
        self.model = model.to(self.config.device)
        self.train_loader, self.val_loader = train_loader, val_loader
        self._loader_generator = getattr(train_loader, "generator", None)
        self.optimizer: Optimizer
        self.scheduler: LRScheduler | None
        if isinstance(scheduler, LRScheduler):
            self.optimizer, self.scheduler = scheduler.optimizer, scheduler
        else:
            self.optimizer = self._adamw()
            self.scheduler = scheduler(self.optimizer) if scheduler else None
        self.step = 0  # optimizer steps done
        self.epoch = 0  # epochs done
        ### END SOLUTION

    ### BEGIN SOLUTION
    def _adamw(self) -> Optimizer:
        parameters = [*self.model.parameters()]
        groups = [
            {
                "params": [p for p in parameters if p.dim() >= 2],
                "weight_decay": self.config.weight_decay,
            },
            {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
        ]
        return AdamW(groups, lr=self.config.learning_rate, betas=self.config.betas)

    def _groups(self) -> Iterator[list[Batch]]:
        """The batches of one epoch, as many together as make up a step."""
        batches = iter(self.train_loader)
        while group := [*islice(batches, self.config.gradient_accumulation_steps)]:
            yield group

    def _counted(self, targets: Tensor) -> Tensor:
        if self.config.pad_token_id is None:
            return torch.ones_like(targets, dtype=torch.bool)  # (B, T)
        return targets != self.config.pad_token_id  # (B, T)

    def _summed_loss(self, inputs: Tensor, targets: Tensor) -> Tensor:
        inputs, targets = inputs.to(self.config.device), targets.to(self.config.device)  # (B, T)
        logits, _ = self.model(inputs)  # (B, T, V)
        counted = self._counted(targets)  # (B, T), True at N places
        return functional.cross_entropy(  # of (N, V) and (N,): ()
            logits[counted], targets[counted], reduction="sum"
        )

    def _take_step(self, group: list[Batch]) -> tuple[float, int]:
        """Train on the batches of one step; their summed loss, and how many targets counted."""
        tokens = sum(int(self._counted(targets).sum()) for _, targets in group)
        total = 0.0
        for inputs, targets in group:
            loss = self._summed_loss(inputs, targets)  # ()
            (loss / tokens).backward()
            total += loss.item()
        if self.config.grad_clip is not None:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.config.grad_clip)
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.scheduler is not None:
            self.scheduler.step()
        self.step += 1
        return total, tokens

    def _done(self) -> bool:
        if self.config.max_steps is None:
            return self.epoch >= self.config.num_epochs
        return self.step >= self.config.max_steps

    ### END SOLUTION

    def train(self) -> None:
        """Train until ``max_steps`` steps are done or, where that is None, ``num_epochs`` epochs.

        ``max_steps`` decides alone: the last epoch may end early, and there may be more or fewer
        epochs than ``num_epochs``. Steps and epochs done before ``save_checkpoint`` count too.
        """
        ### BEGIN SOLUTION
        while not self._done():
            self.train_one_epoch()
        ### END SOLUTION

    def train_one_epoch(self) -> float:
        """Train on each batch of the loader once, in its order, the model in training mode.

        Returns:
            the loss of all targets of the epoch, each as it was before its step.
        """
        ### BEGIN SOLUTION
        self.model.train()
        total, tokens = 0.0, 0
        for group in self._groups():
            loss, count = self._take_step(group)
            total, tokens = total + loss, tokens + count
            self._report(loss / count)
            if self.step == self.config.max_steps:
                break
        self.epoch += 1
        return total / tokens
        ### END SOLUTION

    def _report(self, loss: float) -> None:
        """For after a step: what the three intervals of the config ask for. Change it as you like.

        It needs ``self.config``, ``self.val_loader``, and in ``self.step`` the number of steps done.
        """
        step, config = self.step, self.config
        if step % config.log_interval == 0:
            print(f"step {step}: training loss {loss:.4f}")
        if self.val_loader is not None and step % config.eval_interval == 0:
            print(f"step {step}: validation loss {self.evaluate()['loss']:.4f}")
        if config.save_interval is not None and step % config.save_interval == 0:
            folder = Path(config.checkpoint_dir)
            folder.mkdir(parents=True, exist_ok=True)
            self.save_checkpoint(folder / f"step_{step}.pt")

    def evaluate(self) -> dict[str, float]:
        """Measure the model on the validation data, and leave no trace.

        It runs in evaluation mode and without gradients. After it, the model is in the mode it was
        in, and torch's generator in the state it was in, so that training goes on as if there had
        been no evaluation. (A DataLoader draws from that generator when it starts, even one that
        does not shuffle.)

        Returns:
            ``loss``, of all targets of ``val_loader`` together, and ``perplexity``, its exponential
            (infinity where that is beyond a float).

        Raises:
            ValueError: there is no ``val_loader``.
        """
        ### BEGIN SOLUTION
        if self.val_loader is None:
            raise ValueError("val_loader is None, expected a loader to evaluate on")
        was_training = self.model.training
        self.model.eval()
        total, tokens = 0.0, 0
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            for inputs, targets in self.val_loader:
                total += self._summed_loss(inputs, targets).item()
                tokens += int(self._counted(targets).sum())
        self.model.train(was_training)
        loss = total / tokens
        try:
            return {"loss": loss, "perplexity": math.exp(loss)}
        except OverflowError:
            return {"loss": loss, "perplexity": math.inf}
        ### END SOLUTION

    def save_checkpoint(self, path: str | Path) -> None:
        """Write all that training has changed into one file.

        That is: weights, optimizer, scheduler (where there is one), the numbers of steps and epochs
        done, torch's generator, and the generator of the train loader (``train_loader.generator``,
        where it has one of its own).
        """
        ### BEGIN SOLUTION
        generator = self._loader_generator
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler and self.scheduler.state_dict(),
            "step": self.step,
            "epoch": self.epoch,
            "torch_generator": torch.get_rng_state(),
            "loader_generator": generator and generator.get_state(),
        }
        torch.save(state, path)
        ### END SOLUTION

    def load_checkpoint(self, path: str | Path) -> None:
        """Put everything back as it was when ``save_checkpoint`` wrote ``path``.

        Saved between two epochs and loaded into a new Trainer, made alike but for weights and
        generators, it goes on, on the CPU, bit for bit as the first one would have. (Where
        ``max_steps`` cut an epoch short, a shuffling loader may go on in another order.)
        """
        ### BEGIN SOLUTION
        state = torch.load(path, map_location="cpu", weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler is not None:
            self.scheduler.load_state_dict(state["scheduler"])
        self.step, self.epoch = state["step"], state["epoch"]
        torch.set_rng_state(state["torch_generator"])
        if self._loader_generator is not None:
            self._loader_generator.set_state(state["loader_generator"])
        ### END SOLUTION
