"""AdamW by hand, the decay after the step; clipping by hand; a config that checks by ranges."""

import math
from dataclasses import dataclass, fields

import torch
from torch.nn import functional as F
from torch.optim.lr_scheduler import LRScheduler

POSITIVE = {"learning_rate", "grad_clip"}
NOT_NEGATIVE = {"weight_decay", "warmup_steps"}
AT_LEAST_ONE = {
    "gradient_accumulation_steps",
    "max_steps",
    "num_epochs",
    "log_interval",
    "eval_interval",
    "save_interval",
}


@dataclass(frozen=True, kw_only=True)
class TrainerConfig:
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    betas: tuple[float, float] = (0.9, 0.95)
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

    def __post_init__(self):
        for field in fields(self):
            name, value = field.name, getattr(self, field.name)
            if value is None:
                continue
            bad = (
                (name in POSITIVE and value <= 0)
                or (name in NOT_NEGATIVE and value < 0)
                or (name in AT_LEAST_ONE and value < 1)
                or (name == "betas" and any(not 0 <= beta < 1 for beta in value))
            )
            if bad:
                raise ValueError(f"{name} may not be {value}")


class MyAdamW(torch.optim.Optimizer):
    def __init__(self, params, lr, betas, eps=1e-8, weight_decay=0.0):
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            b1, b2 = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                s = self.state[p]
                if not s:
                    s["t"], s["m"], s["v"] = 0, torch.zeros_like(p), torch.zeros_like(p)
                s["t"] += 1
                s["m"] = b1 * s["m"] + (1 - b1) * p.grad
                s["v"] = b2 * s["v"] + (1 - b2) * p.grad**2
                m = s["m"] / (1 - b1 ** s["t"])
                v = s["v"] / (1 - b2 ** s["t"])
                p -= group["lr"] * m / (v.sqrt() + group["eps"])
                p *= 1 - group["lr"] * group["weight_decay"]


class Trainer:
    def __init__(self, model, train_loader, val_loader=None, config=None, scheduler=None):
        self.config = config if config is not None else TrainerConfig()
        self.model = model.to(self.config.device)
        self.train_loader = train_loader
        self.val_loader = val_loader
        if isinstance(scheduler, LRScheduler):
            self.scheduler = scheduler
            self.optimizer = scheduler.optimizer
        else:
            params = [p for p in model.parameters() if p.requires_grad]
            self.optimizer = MyAdamW(
                [
                    dict(
                        params=[p for p in params if p.ndim >= 2],
                        weight_decay=self.config.weight_decay,
                    ),
                    dict(params=[p for p in params if p.ndim < 2]),
                ],
                self.config.learning_rate,
                self.config.betas,
            )
            self.scheduler = None if scheduler is None else scheduler(self.optimizer)
        self.steps = 0
        self.epochs = 0

    def keep(self, targets):
        pad = self.config.pad_token_id
        return targets == targets if pad is None else targets != pad

    def clip(self):
        limit = self.config.grad_clip
        if limit is None:
            return
        grads = [p.grad for p in self.model.parameters() if p.grad is not None]
        norm = math.sqrt(sum(g.pow(2).sum().item() for g in grads))
        if norm > limit:
            for g in grads:
                g.mul_(limit / norm)

    def train_one_epoch(self):
        self.model.train()
        batches = list(self.train_loader)
        k = self.config.gradient_accumulation_steps
        total, tokens = 0.0, 0
        for start in range(0, len(batches), k):
            group = batches[start : start + k]
            n = sum(self.keep(y).sum().item() for _, y in group)
            for x, y in group:
                y = y.to(self.config.device)
                mine = self.keep(y).sum().item()
                if mine == 0:
                    continue
                logits, _ = self.model(x.to(self.config.device))
                mean = F.cross_entropy(logits[self.keep(y)], y[self.keep(y)])
                (mean * (mine / n)).backward()
                total += mean.item() * mine
            tokens += n
            self.clip()
            self.optimizer.step()
            self.optimizer.zero_grad()
            if self.scheduler is not None:
                self.scheduler.step()
            self.steps += 1
            if self.steps == self.config.max_steps:
                break
        self.epochs += 1
        return total / tokens

    def train(self):
        while True:
            if self.config.max_steps is not None:
                if self.steps >= self.config.max_steps:
                    return self
            elif self.epochs >= self.config.num_epochs:
                return self
            self.train_one_epoch()

    @torch.no_grad()
    def evaluate(self):
        if self.val_loader is None:
            raise ValueError("evaluate needs a val_loader")
        before = torch.random.get_rng_state()
        training = self.model.training
        self.model.eval()
        losses = []
        for x, y in self.val_loader:
            y = y.to(self.config.device)
            logits, _ = self.model(x.to(self.config.device))
            each = F.cross_entropy(logits.transpose(1, 2), y, reduction="none")
            losses.append(each[self.keep(y)])
        if training:
            self.model.train()
        torch.random.set_rng_state(before)
        loss = torch.cat(losses).mean()
        return {"loss": loss.item(), "perplexity": loss.double().exp().item()}

    def save_checkpoint(self, path):
        state = {name: value for name, value in vars(self).items() if name in ("steps", "epochs")}
        for name in ("model", "optimizer", "scheduler"):
            part = getattr(self, name)
            if part is not None:
                state[name] = part.state_dict()
        state["rng"] = torch.random.get_rng_state()
        if getattr(self.train_loader, "generator", None) is not None:
            state["order"] = self.train_loader.generator.get_state()
        torch.save(state, path)

    def load_checkpoint(self, path):
        state = torch.load(path, weights_only=False)
        self.steps, self.epochs = state.pop("steps"), state.pop("epochs")
        torch.random.set_rng_state(state.pop("rng"))
        if "order" in state:
            self.train_loader.generator.set_state(state.pop("order"))
        for name, kept in state.items():
            getattr(self, name).load_state_dict(kept)
