"""A general loop in a base class; language models fill in what is special to them."""

from __future__ import annotations

import abc
import contextlib
import math
import random
from pathlib import Path
from types import SimpleNamespace

import torch
from torch import nn


class TrainerConfig(SimpleNamespace):
    DEFAULTS = dict(
        learning_rate=1e-3,
        weight_decay=0.01,
        betas=(0.9, 0.95),
        grad_clip=1.0,
        gradient_accumulation_steps=1,
        max_steps=None,
        num_epochs=10,
        warmup_steps=100,
        log_interval=100,
        eval_interval=500,
        save_interval=1000,
        device="cpu",
        checkpoint_dir="checkpoints",
        pad_token_id=None,
    )

    def __init__(self, **given):
        unknown = given.keys() - self.DEFAULTS.keys()
        if unknown:
            raise TypeError(f"unknown fields: {unknown}")
        super().__init__(**{**self.DEFAULTS, **given})
        self.check()

    def check(self):
        problems = []
        if self.learning_rate <= 0:
            problems.append("learning_rate")
        if self.weight_decay < 0:
            problems.append("weight_decay")
        if self.betas[0] < 0 or self.betas[0] >= 1 or not 0 <= self.betas[1] < 1:
            problems.append("betas")
        if self.grad_clip is not None and self.grad_clip <= 0:
            problems.append("grad_clip")
        for name in ("max_steps", "save_interval"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                problems.append(name)
        for name in "gradient_accumulation_steps num_epochs log_interval eval_interval".split():
            if getattr(self, name) < 1:
                problems.append(name)
        if self.warmup_steps < 0:
            problems.append("warmup_steps")
        if problems:
            raise ValueError("out of range: " + ", ".join(problems))


@contextlib.contextmanager
def quietly(model):
    """Evaluation mode, no gradients, nothing drawn; then all as before."""
    training, state = model.training, torch.get_rng_state()
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(training)
        torch.set_rng_state(state)


class Mean:
    def __init__(self):
        self.sum, self.count = 0.0, 0

    def add(self, value, n):
        self.sum += value
        self.count += n

    @property
    def value(self):
        return self.sum / self.count


class Loop(abc.ABC):
    """Epochs, groups of batches, steps, and a state that can be saved."""

    def __init__(self, accumulate, max_steps, num_epochs):
        self.accumulate, self.max_steps, self.num_epochs = accumulate, max_steps, num_epochs
        self.state = {"step": 0, "epoch": 0}

    @abc.abstractmethod
    def weight_of(self, batch): ...

    @abc.abstractmethod
    def backward(self, batch, scale): ...

    @abc.abstractmethod
    def apply(self): ...

    def run_epoch(self, loader):
        mean = Mean()
        iterator = iter(loader)
        exhausted = False
        while not exhausted:
            group = []
            while len(group) < self.accumulate:
                try:
                    group.append(next(iterator))
                except StopIteration:
                    exhausted = True
                    break
            if not group:
                break
            weight = sum(map(self.weight_of, group))
            for batch in group:
                mean.add(self.backward(batch, weight), self.weight_of(batch))
            self.apply()
            self.state["step"] += 1
            if self.max_steps is not None and self.state["step"] == self.max_steps:
                break
        self.state["epoch"] += 1
        return mean.value

    def finished(self):
        if self.max_steps is not None:
            return self.state["step"] >= self.max_steps
        return self.state["epoch"] >= self.num_epochs


class Trainer(Loop):
    def __init__(self, model, train_loader, val_loader=None, config=None, scheduler=None):
        self.config = config or TrainerConfig()
        c = self.config
        super().__init__(c.gradient_accumulation_steps, c.max_steps, c.num_epochs)
        self.model = model.to(c.device)
        self.train_loader, self.val_loader = train_loader, val_loader
        self.criterion = nn.CrossEntropyLoss(
            reduction="sum", **({} if c.pad_token_id is None else {"ignore_index": c.pad_token_id})
        )
        if hasattr(scheduler, "step"):
            self.optimizer, self.scheduler = scheduler.optimizer, scheduler
        else:
            self.optimizer = torch.optim.AdamW(self.groups(), c.learning_rate, tuple(c.betas))
            self.scheduler = scheduler and scheduler(self.optimizer)

    def groups(self):
        found = {}
        for parameter in self.model.parameters():
            decay = self.config.weight_decay if len(parameter.shape) > 1 else 0.0
            group = found.setdefault(decay, {"params": [], "weight_decay": decay})
            group["params"].append(parameter)
        return list(found.values())

    def weight_of(self, batch):
        return int((batch[1] != self.criterion.ignore_index).sum())

    def forward(self, batch):
        inputs, targets = (side.to(self.config.device) for side in batch)
        scores = self.model(inputs)[0]
        return self.criterion(scores.view(-1, scores.size(2)), targets.reshape(-1))

    def backward(self, batch, scale):
        loss = self.forward(batch)
        loss.div(scale).backward()
        return loss.item()

    def apply(self):
        clip = math.inf if self.config.grad_clip is None else self.config.grad_clip
        nn.utils.clip_grad_norm_([p for p in self.model.parameters() if p.grad is not None], clip)
        self.optimizer.step()
        for parameter in self.model.parameters():
            parameter.grad = None
        if self.scheduler is not None:
            self.scheduler.step()

    def train_one_epoch(self):
        self.model.train()
        return self.run_epoch(self.train_loader)

    def train(self):
        history = []
        while not self.finished():
            record = {"epoch": self.state["epoch"], "train": self.train_one_epoch()}
            if self.val_loader is not None:
                record.update(self.evaluate())
            history.append(record)
        return history

    def evaluate(self):
        if self.val_loader is None:
            raise ValueError("Trainer was made without a val_loader")
        mean = Mean()
        with quietly(self.model):
            for batch in self.val_loader:
                mean.add(self.forward(batch).item(), self.weight_of(batch))
        loss = mean.value
        return {"loss": loss, "perplexity": float(torch.tensor(loss).double().exp())}

    def save_checkpoint(self, path):
        own = getattr(self.train_loader, "generator", None)
        everything = {
            "weights": {name: value.clone() for name, value in self.model.state_dict().items()},
            "optimizer": self.optimizer.state_dict(),
            "scheduler": None if self.scheduler is None else dict(self.scheduler.state_dict()),
            "state": dict(self.state),
            "torch": torch.get_rng_state(),
            "own": None if own is None else own.get_state(),
            "python": random.getstate(),
        }
        path = Path(path)
        unfinished = path.with_suffix(".tmp")
        torch.save(everything, unfinished)
        unfinished.replace(path)

    def load_checkpoint(self, path):
        everything = torch.load(path, weights_only=False)
        self.model.load_state_dict(everything["weights"])
        if self.scheduler is not None:
            self.scheduler.load_state_dict(everything["scheduler"])
        self.optimizer.load_state_dict(everything["optimizer"])
        self.state = everything["state"]
        random.setstate(everything["python"])
        if everything["own"] is not None:
            self.train_loader.generator.set_state(everything["own"])
        torch.set_rng_state(everything["torch"])
