"""As few attributes as possible: the step and the loss are functions made once, in the constructor."""

import math
import pickle
from typing import NamedTuple

import torch
from torch import nn


class _Fields(NamedTuple):
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    betas: tuple = (0.9, 0.95)
    grad_clip: float | None = 1.0
    gradient_accumulation_steps: int = 1
    max_steps: int | None = None
    num_epochs: int = 10
    warmup_steps: int = 100
    log_interval: int = 100
    eval_interval: int = 500
    save_interval: int | None = 1000
    device: str = "cpu"
    checkpoint_dir: str = "checkpoints"
    pad_token_id: int | None = None


RULES = {
    "learning_rate": lambda v: v > 0,
    "weight_decay": lambda v: v >= 0,
    "betas": lambda v: min(v) >= 0 and max(v) < 1,
    "grad_clip": lambda v: v is None or v > 0,
    "gradient_accumulation_steps": lambda v: v >= 1,
    "max_steps": lambda v: v is None or v >= 1,
    "num_epochs": lambda v: v >= 1,
    "warmup_steps": lambda v: v >= 0,
    "log_interval": lambda v: v >= 1,
    "eval_interval": lambda v: v >= 1,
    "save_interval": lambda v: v is None or v >= 1,
}


class TrainerConfig(_Fields):
    def __new__(cls, *args, **kwargs):
        made = super().__new__(cls, *args, **kwargs)
        for field, rule in RULES.items():
            if not rule(getattr(made, field)):
                raise ValueError(f"{field}: {getattr(made, field)} is out of range")
        return made


def make_optimizer(model, config):
    def group(wanted, decay):
        return {"params": list(filter(wanted, model.parameters())), "weight_decay": decay}

    return torch.optim.AdamW(
        [group(lambda p: p.dim() > 1, config.weight_decay), group(lambda p: p.dim() <= 1, 0.0)],
        lr=config.learning_rate,
        betas=config.betas,
    )


def make_loss(model, config):
    def loss(inputs, targets):
        logits = model(inputs.to(config.device))[0]
        targets = targets.to(config.device)
        logs = logits.log_softmax(dim=-1)
        losses = -logs.gather(-1, targets.clamp(min=0).unsqueeze(-1)).squeeze(-1)
        mask = torch.ones_like(losses)
        if config.pad_token_id is not None:
            mask = (targets != config.pad_token_id).to(losses.dtype)
        return (losses * mask).sum(), int(mask.sum())

    return loss


def make_step(model, config, loss, optimizer, scheduler):
    def step(group):
        optimizer.zero_grad()
        results = [loss(*batch) for batch in group]
        tokens = sum(count for _, count in results)
        whole = sum(summed for summed, _ in results) / tokens
        whole.backward()
        if config.grad_clip:
            nn.utils.clip_grad_norm_(model.parameters(), config.grad_clip)
        optimizer.step()
        if scheduler:
            scheduler.step()
        return whole.item() * tokens, tokens

    return step


class Trainer:
    def __init__(self, model, train_loader, val_loader=None, config=None, scheduler=None):
        config = config or TrainerConfig()
        self.model = model.to(config.device)
        if callable(scheduler):
            self.optimizer = make_optimizer(model, config)
            scheduler = scheduler(self.optimizer)
        elif scheduler:
            self.optimizer = scheduler.optimizer
        else:
            self.optimizer = make_optimizer(model, config)
        self.scheduler = scheduler
        self._config, self._train, self._val = config, train_loader, val_loader
        self._loss = make_loss(model, config)
        self._step = make_step(model, config, self._loss, self.optimizer, scheduler)
        self._done = {"steps": 0, "epochs": 0}

    def train(self):
        done, config = self._done, self._config
        if config.max_steps is None:
            goes_on = lambda: done["epochs"] < config.num_epochs  # noqa: E731
        else:
            goes_on = lambda: done["steps"] < config.max_steps  # noqa: E731
        losses = []
        while goes_on():
            losses.append(self.train_one_epoch())
        return losses

    def train_one_epoch(self):
        self.model.train(True)
        sums, group, full = [], [], self._config.gradient_accumulation_steps

        def flush():
            sums.append(self._step(group))
            group.clear()
            self._done["steps"] += 1
            return self._done["steps"] == self._config.max_steps

        for batch in self._train:
            group.append(batch)
            if len(group) == full and flush():
                break
        else:
            if group:
                flush()
        self._done["epochs"] += 1
        losses, counts = zip(*sums)
        return math.fsum(losses) / sum(counts)

    def evaluate(self):
        if not self._val:
            raise ValueError("no val_loader")
        mode = self.model.training
        with torch.inference_mode(), torch.random.fork_rng(devices=[]):
            self.model.train(False)
            pairs = [self._loss(*batch) for batch in self._val]
            self.model.train(mode)
        loss = math.fsum(summed.item() for summed, _ in pairs) / sum(n for _, n in pairs)
        return dict(loss=loss, perplexity=math.exp(loss) if loss < 709 else math.inf)

    def save_checkpoint(self, path):
        parts = [self.model, self.optimizer, *([self.scheduler] if self.scheduler else [])]
        generators = [torch.default_generator, getattr(self._train, "generator", None)]
        state = {
            "parts": [part.state_dict() for part in parts],
            "generators": [g.get_state() if g is not None else None for g in generators],
            "done": dict(self._done),
        }
        with open(path, "wb") as file:
            pickle.dump(state, file)

    def load_checkpoint(self, path):
        with open(path, "rb") as file:
            state = pickle.load(file)
        parts = [self.model, self.optimizer, *([self.scheduler] if self.scheduler else [])]
        for part, kept in zip(parts, state["parts"]):
            part.load_state_dict(kept)
        generators = [torch.default_generator, getattr(self._train, "generator", None)]
        for generator, kept in zip(generators, state["generators"]):
            if kept is not None:
                generator.set_state(kept)
        self._done.update(state["done"])
