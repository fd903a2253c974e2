"""What ``course train`` does: drive the learner's own Trainer, one optimizer step at a time.

The Trainer is given a loader with the batches of one step, so that each ``train_one_epoch()`` is a
step and returns its loss. What lies between the steps is done here: figures, checkpoints, and an
end that leaves everything so that the run can go on. No part of a Trainer is touched but ``model``,
``optimizer``, ``scheduler`` and its methods.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graders.errors import CourseError
from graders.lm.checkpoint import Facts
from graders.lm.corpus import Corpus

from .chance import chance_of, set_chance
from .checkpoint import Checkpoint, write_checkpoint
from .feed import Feed, in_order
from .guard import NotFinite, find_source, watch
from .package import Own
from .runs import checkpoint_path, prune
from .use import Tokenizer, load_weights
from .variants import in_one_pass, prepared
from .world import World

if TYPE_CHECKING:
    from torch import Tensor, nn

_NEVER = 10**9  # steps: the tool reports in place of the Trainer


@dataclass
class Run:
    """A run in memory: the learner's parts, put together as a config says.

    Attributes:
        config: an ExperimentConfig.
        model: the plain model; the Trainer may hold it wrapped.
        total: optimizer steps of the whole run.
        step: optimizer steps done.
    """

    own: Own
    config: Any
    device: str
    world: World
    tokenizer: Tokenizer
    model: nn.Module
    trainer: Any
    feed: Feed
    total: int
    about: dict[str, Any]  # of every checkpoint: ``commit`` and ``versions``
    step: int = 0
    loss: float | None = None
    _chance: list[Tensor] = field(default_factory=list)  # of each process, after the last step

    def take_step(self) -> tuple[float, float]:
        """One optimizer step. Returns the loss before it and the rate of it.

        Raises:
            NotFinite: a gradient is NaN or infinite; then the step was not taken.
            CourseError: the learner's code raised something.
        """
        rate = float(self.trainer.optimizer.param_groups[0]["lr"])
        seen = self.feed.seen
        try:
            with self.own.code():
                loss = float(self.trainer.train_one_epoch())
        except NotFinite:
            self.feed.seen = seen
            raise
        if self.feed.seen == seen:
            raise CourseError(
                "Trainer.train_one_epoch() took no batch from its loader: course grade 06 says more."
            )
        self.step += 1
        [self.loss] = self.world.mean([loss])
        self._chance = self.world.gathered(chance_of(self.device))
        return self.loss, rate

    def evaluate(self) -> float:
        """Loss on the held-out text, nats per token. It leaves no trace in the stream of chance."""
        before = chance_of(self.device)
        with self.own.code():
            loss = float(self.trainer.evaluate()["loss"])
        set_chance(self.device, before)
        return loss

    def save(self, folder: Path, val_loss: float | None) -> Path:
        """Write a checkpoint of this step, and remove old ones. CourseError if it cannot be."""
        path = checkpoint_path(folder, self.step)
        facts = Facts(
            config=self.config.model_dump(mode="json"),
            characters=self.tokenizer.characters,
            step=self.step,
            windows=self.feed.seen,
            train_loss=self.loss,
            val_loss=val_loss,
            **self.about,
        )
        state = {
            "optimizer": self.trainer.optimizer.state_dict()["state"],
            "chance": self._chance,
            "device": self.device.partition(":")[0],
        }
        write_checkpoint(path, Checkpoint(facts, self.model.state_dict(), state))
        prune(folder, self.config.training.keep_last)
        return path

    def where_it_broke(self) -> str:
        """Where the step that could not be taken went wrong, in words."""
        return find_source(self.model, self.feed.last)

    def restore(self, read: Checkpoint, path: Path) -> None:
        """Go on where a checkpoint was written.

        What follows from settings and step (rates, order of the windows) is made anew; so a run
        with the same settings goes on bit for bit, and one with others follows the others.

        Raises:
            CourseError: the checkpoint does not fit.
        """
        load_weights(self.model, read.weights, path)
        optimizer, scheduler = self.trainer.optimizer, self.trainer.scheduler
        fresh = optimizer.state_dict()
        moments = read.state.get("optimizer")
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        if not _fits(moments, parameters):
            raise CourseError(
                f"{path}: what it holds of the optimizer does not fit the model. Train again."
            )
        optimizer.load_state_dict({**fresh, "state": moments})
        self.step, self.loss = read.facts.step, read.facts.train_loss
        self.feed.seen = read.facts.windows
        with warnings.catch_warnings(), self.own.code():
            warnings.simplefilter("ignore")  # torch's, that no optimizer step went before
            for _ in range(self.step if scheduler is not None else 0):
                scheduler.step()
        saved = read.state.get("chance", [])
        same_device = read.state.get("device") == self.device.partition(":")[0]
        if same_device and self.world.rank < len(saved):
            set_chance(self.device, saved[self.world.rank])
        self._chance = self.world.gathered(chance_of(self.device))


def _fits(moments: Any, parameters: list[Tensor]) -> bool:
    """Whether an optimizer's state has entries of these parameters only, in their shapes."""
    import torch

    if not isinstance(moments, dict):
        return False
    for number, entry in moments.items():
        if number not in range(len(parameters)) or not isinstance(entry, dict):
            return False
        shape = parameters[number].shape
        tensors = [value for value in entry.values() if isinstance(value, torch.Tensor)]
        if any(tensor.shape not in (shape, torch.Size([])) for tensor in tensors):
            return False
    return True


def start_run(
    own: Own,
    config: Any,
    corpus: Corpus,
    device: str,
    world: World,
    about: dict[str, Any],
    characters: list[str] | None = None,
    warn: Callable[[str], None] = print,
) -> Run:
    """Put a run together, before its first step.

    Args:
        config: an ExperimentConfig.
        characters: the vocabulary that the model has already; None is that of the training text.
        about: the ``commit`` and ``versions`` of every checkpoint.
        warn: is told what is left out of the held-out text.

    Raises:
        CourseError: an exercise is not written, or settings, text and vocabulary do not fit.
    """
    import torch

    settings = config.training
    if settings.batch_size % world.size:
        raise CourseError(
            f"training.batch_size is {settings.batch_size}, expected a multiple of {world.size}: "
            "that many processes share each batch."
        )
    tokenizer = Tokenizer(own, characters) if characters else Tokenizer.fitted(own, corpus.train)
    if unknown := tokenizer.unknown(corpus.train):
        raise CourseError(
            f"The text {corpus.name} holds {len(unknown)} characters that the model has no id for "
            f"({''.join(unknown[:12])!r}): its vocabulary is another. Name the corpus that it was "
            "trained on (--set training.corpus=…), or train anew without --resume."
        )
    if unknown := tokenizer.unknown(corpus.val):
        warn(
            f"{''.join(unknown)!r} is in the held-out text only; it is left out of it, because the "
            "model never sees it in training."
        )
    with own.code():
        dataset = own.tt.training.dataset.TextDataset
        ids = tokenizer.encode(corpus.train)
        windows = _windows(dataset, ids, settings.seq_len, settings.stride, corpus.name)
        ids = tokenizer.encode(tokenizer.known(corpus.val))
        held_out = _windows(dataset, ids, settings.seq_len, None, "held-out text")
    feed = Feed(
        windows,
        settings.batch_size,
        settings.gradient_accumulation_steps,
        settings.seed,
        world.rank,
        world.size,
    )
    per_step = settings.batch_size * settings.gradient_accumulation_steps
    total = settings.max_steps or max(settings.num_epochs * len(windows) // per_step, 1)
    torch.manual_seed(settings.seed)
    try:
        arguments = config.model.arguments(tokenizer.vocab_size)
    except ValueError as error:
        raise CourseError(f"model: {error}. Say --set model.vocab_size=null.") from None
    model = own.build_model(arguments).to(device)
    wrapped = world.shared(prepared(model, settings.precision, settings.compile))
    with own.code():
        trainer = own.tt.training.trainer.Trainer(
            wrapped,
            feed,
            in_order(held_out, settings.batch_size, settings.eval_batches),
            _trainer_config(own, settings, device),
            _scheduler(own, settings, total),
        )
    in_one_pass(trainer.optimizer)
    watch(trainer.optimizer)
    if world.rank:  # the first process draws as if it were alone
        torch.manual_seed(settings.seed + world.rank)
    run = Run(own, config, device, world, tokenizer, model, trainer, feed, total, about)
    run._chance = world.gathered(chance_of(device))
    return run


def _windows(kind: Any, ids: list[int], seq_len: int, stride: int | None, name: str) -> Any:
    if len(ids) < seq_len + 1:
        raise CourseError(
            f"{name} has {len(ids)} characters, expected {seq_len + 1} or more for a window of "
            "training.seq_len. Take a longer text or shorter windows."
        )
    return kind(ids, seq_len, stride)


def _trainer_config(own: Own, settings: Any, device: str) -> Any:
    """The Trainer's own settings; it is neither to print nor to save."""
    return own.tt.training.trainer.TrainerConfig(
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
        betas=settings.betas,
        grad_clip=settings.grad_clip,
        gradient_accumulation_steps=settings.gradient_accumulation_steps,
        device=device,
        pad_token_id=settings.pad_token_id,
        log_interval=_NEVER,
        eval_interval=_NEVER,
        save_interval=None,
    )


def _scheduler(own: Own, settings: Any, total: int) -> Callable[[Any], Any] | None:
    if settings.scheduler == "constant":
        return None
    if total <= settings.warmup_steps:
        raise CourseError(
            f"training.warmup_steps is {settings.warmup_steps}, expected fewer than the {total} "
            "steps of the run."
        )
    make = own.tt.training.scheduler.get_scheduler

    def made(optimizer: Any) -> Any:
        return make(
            settings.scheduler,
            optimizer,
            settings.warmup_steps,
            total,
            settings.learning_rate,
            settings.min_lr,
        )

    return made
