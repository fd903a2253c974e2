"""The training is a generator that yields after each step; whoever wants steps takes them from it."""

import math
import os
from dataclasses import asdict, dataclass

import torch
from torch.nn.functional import cross_entropy


def require(ok, name, value):
    if not ok:
        raise ValueError(f"{name}={value!r}")


@dataclass
class TrainerConfig:
    learning_rate: float = 0.001
    weight_decay: float = 0.01
    betas: tuple = (0.9, 0.95)
    grad_clip: object = 1.0
    gradient_accumulation_steps: int = 1
    max_steps: object = None
    num_epochs: int = 10
    warmup_steps: int = 100
    log_interval: int = 100
    eval_interval: int = 500
    save_interval: object = 1000
    device: str = "cpu"
    checkpoint_dir: str = "checkpoints"
    pad_token_id: object = None

    def __post_init__(self):
        values = asdict(self)
        inf = math.inf
        for name, low, high in (
            ("weight_decay", 0, inf),
            ("gradient_accumulation_steps", 1, inf),
            ("max_steps", 1, inf),
            ("num_epochs", 1, inf),
            ("warmup_steps", 0, inf),
            ("log_interval", 1, inf),
            ("eval_interval", 1, inf),
            ("save_interval", 1, inf),
        ):
            require(values[name] is None or low <= values[name] <= high, name, values[name])
        require(self.learning_rate > 0, "learning_rate", self.learning_rate)
        require(self.grad_clip is None or self.grad_clip > 0, "grad_clip", self.grad_clip)
        for beta in self.betas:
            require(0 <= beta < 1, "betas", self.betas)


class Trainer:
    def __init__(self, model, train_loader, val_loader=None, config=None, scheduler=None):
        self.config = config or TrainerConfig()
        os.makedirs(self.config.checkpoint_dir, exist_ok=True)
        self.model = model.to(self.config.device)
        self.loaders = {"train": train_loader, "val": val_loader}
        self.optimizer = getattr(scheduler, "optimizer", None) or self.adamw()
        self.scheduler = scheduler
        if scheduler is not None and not isinstance(
            scheduler, torch.optim.lr_scheduler.LRScheduler
        ):
            self.scheduler = scheduler(self.optimizer)
        self.counts = torch.zeros(2, dtype=torch.long)  # steps and epochs
        self.best = math.inf

    def adamw(self):
        by_rank = {True: [], False: []}
        for parameter in self.model.parameters():
            by_rank[parameter.dim() >= 2].append(parameter)
        optimizer = torch.optim.AdamW(by_rank[True], lr=self.config.learning_rate)
        optimizer.param_groups[0]["weight_decay"] = self.config.weight_decay
        optimizer.add_param_group({"params": by_rank[False], "weight_decay": 0.0})
        for group in optimizer.param_groups:
            group["betas"] = tuple(self.config.betas)
        return optimizer

    def mean_loss(self, inputs, targets):
        pad = -100 if self.config.pad_token_id is None else self.config.pad_token_id
        logits, _ = self.model(inputs.to(self.config.device))
        targets = targets.to(self.config.device)
        count = (targets != pad).sum()
        if count == 0:
            return logits.sum() * 0.0, count
        return cross_entropy(logits.permute(0, 2, 1), targets, ignore_index=pad), count

    def updates(self):
        """One epoch: yields the mean loss and the number of targets of each update."""
        k = self.config.gradient_accumulation_steps
        queue = []
        for number, batch in enumerate(self.loaders["train"], 1):
            queue.append(batch)
            if number % k == 0:
                yield self.update(queue)
                queue = []
        if queue:
            yield self.update(queue)

    def update(self, queue):
        pad = self.config.pad_token_id
        sizes = [y.numel() if pad is None else int(y.ne(pad).sum()) for _, y in queue]
        self.model.train()
        self.optimizer.zero_grad(set_to_none=True)
        value = 0.0
        for (x, y), size in zip(queue, sizes):
            loss = self.mean_loss(x, y)[0] * size / sum(sizes)
            loss.backward()
            value += loss.detach().item()
        if self.config.grad_clip is not None:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), max_norm=self.config.grad_clip)
        self.optimizer.step()
        if self.scheduler is not None:
            self.scheduler.step()
        self.counts[0] += 1
        return value, sum(sizes)

    def stream(self):
        while True:
            yield from self.updates()
            self.counts[1] += 1

    def train(self):
        if self.config.max_steps is not None:
            missing = self.config.max_steps - int(self.counts[0])
            if missing > 0:
                for number, (loss, _) in enumerate(self.stream(), 1):
                    if self.loaders["val"] is not None:
                        if int(self.counts[0]) % self.config.eval_interval == 0:
                            self.best = min(self.best, self.evaluate()["loss"])
                    if number == missing:
                        break
            return
        while int(self.counts[1]) < self.config.num_epochs:
            self.train_one_epoch()
            self.save_checkpoint(os.path.join(self.config.checkpoint_dir, "latest.pt"))

    def train_one_epoch(self):
        whole, tokens = 0.0, 0
        for loss, size in self.updates():
            whole += loss * size
            tokens += size
        self.counts[1] += 1
        return whole / tokens

    def evaluate(self):
        if self.loaders["val"] is None:
            raise ValueError("no validation loader was given")
        modes = {module: module.training for module in self.model.modules()}
        self.model.eval()
        whole, tokens = 0.0, 0
        with torch.no_grad(), torch.random.fork_rng(devices=()):
            for batch in self.loaders["val"]:
                loss, count = self.mean_loss(*batch)
                whole += loss.item() * count.item()
                tokens += count.item()
        for module, mode in modes.items():
            module.training = mode
        loss = whole / tokens
        try:
            perplexity = math.e**loss
        except OverflowError:
            perplexity = float("inf")
        return {"loss": loss, "perplexity": perplexity, "tokens": tokens}

    def save_checkpoint(self, path):
        os.makedirs(path, exist_ok=True)
        torch.save(self.model.state_dict(), os.path.join(path, "model.pt"))
        torch.save(self.optimizer.state_dict(), os.path.join(path, "optimizer.pt"))
        if self.scheduler is not None:
            torch.save(self.scheduler.state_dict(), os.path.join(path, "scheduler.pt"))
        torch.save(self.counts, os.path.join(path, "counts.pt"))
        torch.save(torch.get_rng_state(), os.path.join(path, "torch.pt"))
        if self.loaders["train"].generator is not None:
            torch.save(self.loaders["train"].generator.get_state(), os.path.join(path, "loader.pt"))

    def load_checkpoint(self, path):
        def read(name):
            return torch.load(os.path.join(path, name + ".pt"))

        self.model.load_state_dict(read("model"))
        self.optimizer.load_state_dict(read("optimizer"))
        if self.scheduler is not None:
            self.scheduler.load_state_dict(read("scheduler"))
        self.counts = read("counts")
        torch.set_rng_state(read("torch"))
        if self.loaders["train"].generator is not None:
            self.loaders["train"].generator.set_state(read("loader"))
