"""``course train`` from beginning to end: start or go on, show, log, keep, and stop in good order."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from graders.errors import CourseError
from graders.files import explained, write_whole
from graders.lm.corpus import load_corpus

from .checkpoint import Checkpoint, read_checkpoint
from .guard import NotFinite
from .origin import origin
from .package import Own, own_package
from .runs import CONFIG, LOG, RUNS, Log, checkpoints_of, find_checkpoint
from .settings import changed, load_config, validated
from .showrun import Clock, Figures, Show
from .tracking import open_tracker
from .training import Run, start_run
from .variants import device_of
from .world import World, join, leave

DONE, STOPPED = 0, 2


class Interrupt:
    """Ctrl-C, or a SIGTERM, asks for an end after the current step; a second one insists."""

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupt:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._ask)
        return self

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


def train(
    name: str | None,
    changes: Sequence[str] = (),
    resume: str | None = None,
    out: Path | None = None,
    overwrite: bool = False,
    quiet: bool = False,
) -> int:
    """Train as a config says. Returns the exit code: 0 done, 2 stopped before the end.

    Args:
        name: of the config.
        changes: like ``training.max_steps=200``.
        resume: a checkpoint or the folder of a run to go on with; "" is the run of this config.
            The settings are those of the checkpoint then, with ``changes``.
        out: folder of the run; None is ``runs/NAME``.
        overwrite: whether a run that is there already may be replaced.
        quiet: whether to say nothing but warnings.

    Raises:
        CourseError: it could not be done, or not go on; what was finished is kept.
    """
    own = own_package()
    read: Checkpoint | None = None
    if name is None and not resume:
        raise CourseError("Which settings? Name a config: course train --config tiny")
    config = load_config(own, name, changes) if name else None
    folder = out or Path(RUNS) / (config.name if config else "")
    source = folder
    if resume is not None:
        source = find_checkpoint(Path(resume) if resume else folder)
        read = read_checkpoint(source, with_state=True)
        config = validated(own, changed(read.facts.config, changes), str(source))
        if resume and not out:
            folder = source.parent.parent
    assert config is not None
    _refuse_place(config.training.checkpoint_dir)
    device = device_of(config.training.device)
    world = join(device)
    try:
        return _Session(own, config, device, world, folder, quiet).run(read, source, overwrite)
    finally:
        leave(world)


def _refuse_place(name: str) -> None:
    """CourseError if checkpoints would lie where nothing looks for them when a run goes on."""
    if name in ("", "..") or Path(name).name != name:
        raise CourseError(
            f"training.checkpoint_dir is {name!r}, expected a plain name: of a folder in the run's own. "
            "Say --set training.checkpoint_dir=checkpoints; --out DIR is for another place."
        )


class _Session:
    """One run in one folder."""

    def __init__(
        self, own: Own, config: Any, device: str, world: World, folder: Path, quiet: bool
    ) -> None:
        self.own, self.config, self.device, self.world = own, config, device, world
        self.folder, self.quiet = folder, quiet
        self.checkpoints = folder / config.training.checkpoint_dir
        self.saved: Path | None = None  # the last checkpoint

    def run(self, read: Checkpoint | None, source: Path, overwrite: bool) -> int:
        if read is None:
            self._make_room(overwrite)
        settings = self.config.training
        corpus = load_corpus(self.own.course.root, settings.corpus, settings.val_fraction)
        run = start_run(
            self.own,
            self.config,
            corpus,
            self.device,
            self.world,
            origin(self.own.folder),
            read.facts.characters if read else None,
            warn=lambda text: Show(1, 0, Clock(1), self.world.first).warn(text),
        )
        if read is not None:
            run.restore(read, source)
            self.saved = source
        tokens = settings.batch_size * settings.seq_len * settings.gradient_accumulation_steps
        clock = Clock(tokens)
        shown = self.world.first and not self.quiet
        with Interrupt() as interrupt, Show(run.total, run.step, clock, shown) as show:
            if run.step >= run.total:
                more = f"--set training.max_steps={2 * run.total}"
                show.say(f"{self.folder} has all of its {run.total} steps. For more: {more}")
                return DONE
            self._begin(run, show)
            try:
                self._steps(run, show, clock, interrupt)
            except CourseError as error:
                kept = f" The last checkpoint is {self.saved}." if self.saved else ""
                raise CourseError(f"{error}{kept}") from error
            finally:
                self.tracker.close()
            return self._end(run, show)

    def _make_room(self, overwrite: bool) -> None:
        old = checkpoints_of(self.folder)
        if old and not overwrite:
            raise CourseError(
                f"{self.folder} holds a run already. Go on with it: --resume. Keep it, and choose "
                "another folder: --out DIR. Replace it: --overwrite."
            )
        if self.world.first:
            with explained(self.folder):
                for path in old:
                    path.unlink()

    def _begin(self, run: Run, show: Show) -> None:
        self.log: Log | None = None
        if self.world.first:
            with explained(self.folder):
                self.checkpoints.mkdir(parents=True, exist_ok=True)
            write_whole(self.folder / CONFIG, self.config.to_yaml().encode())
            self.log = Log(self.folder / LOG, run.step)
        kind = self.config.training.tracker if self.world.first else "console"
        plain = self.config.model_dump(mode="json")
        self.tracker = open_tracker(kind, self.folder / kind, plain, show.warn)
        parameters = sum(p.numel() for p in run.model.parameters())
        sizes = f"{parameters:,} parameters, {run.tokenizer.vocab_size} characters"
        onward = f", from step {run.step}" if run.step else ""
        show.say(f"{self.folder}: {sizes}, {run.total} steps on {self.device}{onward}")

    def _steps(self, run: Run, show: Show, clock: Clock, interrupt: Interrupt) -> None:
        settings = self.config.training
        while run.step < run.total:
            if any(self.world.mean([float(interrupt.asked)])):
                self._save(run, None)
                return
            try:
                loss, rate = run.take_step()
            except NotFinite:
                raise self._broken(run) from None
            clock.tick()
            figures = Figures(run.step, loss, rate, clock.rate)
            show.step(figures)
            last = run.step == run.total
            if last or run.step % settings.eval_interval == 0:
                figures = replace(figures, val_loss=run.evaluate())
            if last or figures.val_loss is not None or run.step % settings.log_interval == 0:
                show.line(figures)
                if self.log:
                    self.log.write(run.step, **figures.named())
                self.tracker.track(run.step, figures.named())
            if last or (settings.save_interval and run.step % settings.save_interval == 0):
                self._save(run, figures.val_loss)

    def _save(self, run: Run, val_loss: float | None) -> None:
        if self.world.first:
            self.saved = run.save(self.checkpoints, val_loss)

    def _broken(self, run: Run) -> CourseError:
        """Keep the last good state, and say where the next step went wrong."""
        where = run.where_it_broke()
        self._save(run, None)
        return CourseError(
            f"Step {run.step + 1} would have put NaN or infinity into the weights: {where}. It was "
            f"not taken; the weights before it are kept. Go on with a lower rate: course train "
            f"--resume {self.saved} --set "
            f"training.learning_rate={self.config.training.learning_rate / 3:.2g}"
        )

    def _end(self, run: Run, show: Show) -> int:
        if run.step < run.total:
            show.say(
                f"Stopped after step {run.step} of {run.total}; it is kept. Go on: course train "
                f"--resume {self.saved}"
            )
            return STOPPED
        if run.loss is not None and self.saved:
            show.say(f"Done: {self.saved}. Try it: course generate --checkpoint {self.folder}")
        return DONE
