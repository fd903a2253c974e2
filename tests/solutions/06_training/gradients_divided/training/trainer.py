"""Sums all losses of a step, counts as it goes, and divides the gradients at the end."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F


@dataclass
class TrainerConfig:
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    betas: tuple = (0.9, 0.95)
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
        if not self.learning_rate > 0:
            raise ValueError("learning_rate must be positive")
        if self.weight_decay < 0:
            raise ValueError("weight_decay must not be negative")
        b1, b2 = self.betas
        if b1 < 0 or b1 >= 1 or b2 < 0 or b2 >= 1:
            raise ValueError("betas must be in [0, 1)")
        if self.grad_clip is not None and not self.grad_clip > 0:
            raise ValueError("grad_clip must be positive or None")
        if self.gradient_accumulation_steps < 1:
            raise ValueError("gradient_accumulation_steps must be at least 1")
        if self.max_steps is not None and self.max_steps < 1:
            raise ValueError("max_steps must be at least 1 or None")
        if self.num_epochs < 1:
            raise ValueError("num_epochs must be at least 1")
        if self.warmup_steps < 0:
            raise ValueError("warmup_steps must not be negative")
        if self.log_interval < 1 or self.eval_interval < 1:
            raise ValueError("intervals must be at least 1")
        if self.save_interval is not None and self.save_interval < 1:
            raise ValueError("save_interval must be at least 1 or None")


class Trainer:
    def __init__(self, model, train_loader, val_loader=None, config=None, scheduler=None):
        if config is None:
            config = TrainerConfig()
        self.config = config
        self.device = torch.device(config.device)
        self.model = model
        self.model.to(self.device)
        self.train_loader = train_loader
        self.val_loader = val_loader
        if scheduler is None or not hasattr(scheduler, "optimizer"):
            decay, no_decay = [], []
            for name, p in model.named_parameters():
                if p.ndim > 1:
                    decay.append(p)
                else:
                    no_decay.append(p)
            self.optimizer = torch.optim.AdamW(
                [{"params": decay}, {"params": no_decay, "weight_decay": 0}],
                lr=config.learning_rate,
                betas=tuple(config.betas),
                weight_decay=config.weight_decay,
                foreach=True,
            )
            self.scheduler = scheduler(self.optimizer) if scheduler is not None else None
        else:
            self.scheduler = scheduler
            self.optimizer = scheduler.optimizer
        self.global_step = 0
        self.current_epoch = 0

    def compute_loss(self, batch):
        x, y = batch
        x = x.to(self.device)
        y = y.to(self.device)
        out = self.model(x)[0]
        pad = self.config.pad_token_id
        ignore = pad if pad is not None else -100
        loss = F.cross_entropy(
            out.reshape(-1, out.shape[-1]), y.reshape(-1), ignore_index=ignore, reduction="sum"
        )
        return loss, (y != ignore).sum().item()

    def finish_step(self, n_tokens):
        with torch.no_grad():
            for p in self.model.parameters():
                if p.grad is not None:
                    p.grad.div_(n_tokens)
        if self.config.grad_clip is not None:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.grad_clip)
        self.optimizer.step()
        if self.scheduler is not None:
            self.scheduler.step()
        self.optimizer.zero_grad(set_to_none=False)
        self.global_step += 1

    def reached(self):
        return self.config.max_steps is not None and self.global_step >= self.config.max_steps

    def train_one_epoch(self):
        self.model.train()
        self.optimizer.zero_grad()
        loss_sum = 0.0
        n_sum = 0
        n_step = 0
        n_batches = 0
        stopped = False
        for batch in self.train_loader:
            loss, n = self.compute_loss(batch)
            loss.backward()
            loss_sum += float(loss)
            n_sum += n
            n_step += n
            n_batches += 1
            if n_batches == self.config.gradient_accumulation_steps:
                self.finish_step(n_step)
                n_step = n_batches = 0
                if self.config.max_steps and self.global_step == self.config.max_steps:
                    stopped = True
                    break
        if n_batches > 0 and not stopped:
            self.finish_step(n_step)
        self.current_epoch += 1
        return loss_sum / n_sum

    def train(self):
        if self.config.max_steps is not None:
            while not self.reached():
                self.train_one_epoch()
        else:
            for _ in range(self.current_epoch, self.config.num_epochs):
                self.train_one_epoch()

    def evaluate(self):
        if self.val_loader is None:
            raise ValueError("there is no validation loader")
        mode = self.model.training
        rng = torch.get_rng_state()
        self.model.eval()
        loss_sum = 0.0
        n_sum = 0
        try:
            with torch.no_grad():
                for batch in self.val_loader:
                    loss, n = self.compute_loss(batch)
                    loss_sum += float(loss)
                    n_sum += n
        finally:
            self.model.train(mode)
            torch.set_rng_state(rng)
        avg = loss_sum / n_sum
        ppl = torch.exp(torch.tensor(avg, dtype=torch.float64)).item()
        return {"loss": avg, "perplexity": ppl}

    def save_checkpoint(self, path):
        gen = self.train_loader.generator
        ckpt = {
            "model_state_dict": self.model.state_dict(),
            "optimizer_state_dict": self.optimizer.state_dict(),
            "global_step": self.global_step,
            "current_epoch": self.current_epoch,
            "rng": torch.get_rng_state(),
        }
        if self.scheduler:
            ckpt["scheduler_state_dict"] = self.scheduler.state_dict()
        if gen is not None:
            ckpt["loader_rng"] = gen.get_state()
        torch.save(ckpt, path)

    def load_checkpoint(self, path):
        ckpt = torch.load(path)
        self.model.load_state_dict(ckpt["model_state_dict"])
        self.optimizer.load_state_dict(ckpt["optimizer_state_dict"])
        self.global_step = ckpt["global_step"]
        self.current_epoch = ckpt["current_epoch"]
        if self.scheduler and "scheduler_state_dict" in ckpt:
            self.scheduler.load_state_dict(ckpt["scheduler_state_dict"])
        if "loader_rng" in ckpt:
            self.train_loader.generator.set_state(ckpt["loader_rng"])
        torch.set_rng_state(ckpt["rng"])
