"""Resumes in the middle of an epoch too: it keeps how the epoch began, and passes over what was done."""

import math
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch.optim.lr_scheduler import LambdaLR, LRScheduler

OPTIONAL = ("grad_clip", "max_steps", "save_interval")


@dataclass
class TrainerConfig:
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    betas: tuple = field(default_factory=lambda: (0.9, 0.95))
    grad_clip: float = 1.0
    gradient_accumulation_steps: int = 1
    max_steps: int = None
    num_epochs: int = 10
    warmup_steps: int = 100
    log_interval: int = 100
    eval_interval: int = 500
    save_interval: int = 1000
    device: str = "cpu"
    checkpoint_dir: str = "checkpoints"
    pad_token_id: int = None

    def __post_init__(self):
        for name in (
            "learning_rate grad_clip gradient_accumulation_steps max_steps num_epochs "
            "log_interval eval_interval save_interval"
        ).split():
            value = getattr(self, name)
            if name in OPTIONAL and value is None:
                continue
            if not value > 0:
                raise ValueError(f"{name} must be positive, not {value}")
        for name in ("weight_decay", "warmup_steps"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must not be negative")
        if not (0 <= self.betas[0] < 1 and 0 <= self.betas[1] < 1):
            raise ValueError(f"betas: {self.betas}")


class Trainer:
    def __init__(self, model, train_loader, val_loader=None, config=None, scheduler=None):
        self.config = config or TrainerConfig()
        self.model = model.to(self.config.device)
        self.train_loader, self.val_loader = train_loader, val_loader
        if isinstance(scheduler, LRScheduler):
            self.optimizer = scheduler.optimizer
            self.scheduler = scheduler
        else:
            matrices = [p for p in model.parameters() if p.dim() != 1]
            vectors = [p for p in model.parameters() if p.dim() == 1]
            self.optimizer = torch.optim.AdamW(
                [
                    {"params": vectors, "weight_decay": 0.0},
                    {"params": matrices, "weight_decay": self.config.weight_decay},
                ],
                lr=self.config.learning_rate,
                betas=(self.config.betas[0], self.config.betas[1]),
            )
            make = scheduler or (lambda optimizer: LambdaLR(optimizer, lambda step: 1.0))
            self.scheduler = make(self.optimizer)
        self.step, self.epoch, self.batches_done = 0, 0, 0
        self.epoch_start = None

    # ---- randomness

    def generators(self):
        own = getattr(self.train_loader, "generator", None)
        return [torch.default_generator] + ([] if own is None else [own])

    def states(self):
        return [generator.get_state() for generator in self.generators()]

    def set_states(self, states):
        for generator, state in zip(self.generators(), states):
            generator.set_state(state)

    def batches(self):
        """The batches of this epoch that were not done yet."""
        now = None
        if self.batches_done:
            now = self.states()
            self.set_states(self.epoch_start)
        else:
            self.epoch_start = self.states()
        iterator = iter(self.train_loader)
        for _ in range(self.batches_done):
            next(iterator)
        if now is not None:
            self.set_states(now[:1] + self.states()[1:])
        return iterator

    # ---- training

    def losses(self, x, y):
        logits, _ = self.model(x.to(self.config.device))
        y = y.to(self.config.device).flatten()
        each = F.cross_entropy(logits.flatten(end_dim=1), y.clamp(min=0), reduction="none")
        pad = self.config.pad_token_id
        return each if pad is None else each.masked_select(y != pad)

    def train_one_epoch(self):
        self.model.train()
        iterator = self.batches()
        loss_sum, count = 0.0, 0
        over = False
        while not over:
            self.optimizer.zero_grad()
            tokens, taken = 0, 0
            for batch in iterator:
                each = self.losses(*batch)
                each.sum().backward()
                loss_sum += each.sum().item()
                tokens += len(each)
                taken += 1
                if taken == self.config.gradient_accumulation_steps:
                    break
            if taken < self.config.gradient_accumulation_steps:
                over = True
            if taken == 0:
                break
            for p in self.model.parameters():
                if p.grad is not None:
                    p.grad /= tokens
            if self.config.grad_clip is not None:
                torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.grad_clip)
            self.optimizer.step()
            self.scheduler.step()
            self.step += 1
            self.batches_done += taken
            count += tokens
            if self.step == self.config.max_steps:
                if self.batches_done < len(self.train_loader):
                    return loss_sum / count
                over = True
                next(iterator, None)
        self.epoch += 1
        self.batches_done = 0
        return loss_sum / count

    def train(self):
        steps, epochs = self.config.max_steps, self.config.num_epochs
        while self.step < steps if steps else self.epoch < epochs:
            self.train_one_epoch()

    def evaluate(self):
        if self.val_loader is None:
            raise ValueError("val_loader is missing")
        state, training = torch.get_rng_state(), self.model.training
        self.model.eval()
        with torch.no_grad():
            each = torch.cat([self.losses(x, y) for x, y in self.val_loader])
        self.model.train(training)
        torch.set_rng_state(state)
        loss = each.double().mean().item()
        return {"loss": loss, "perplexity": math.exp(loss) if loss < 700 else float("inf")}

    def save_checkpoint(self, path):
        torch.save(
            {
                "weights": self.model.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "scheduler": self.scheduler.state_dict(),
                "place": (self.step, self.epoch, self.batches_done),
                "epoch_start": self.epoch_start,
                "states": self.states(),
            },
            path,
        )

    def load_checkpoint(self, path):
        kept = torch.load(path)
        self.model.load_state_dict(kept["weights"])
        self.optimizer.load_state_dict(kept["optimizer"])
        self.scheduler.load_state_dict(kept["scheduler"])
        self.step, self.epoch, self.batches_done = kept["place"]
        self.epoch_start = kept["epoch_start"]
        self.set_states(kept["states"])
