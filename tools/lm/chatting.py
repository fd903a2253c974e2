"""What ``course chat`` does: a text that a person and a model write in turns."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

import click
import yaml
from pydantic import ValidationError

from graders.errors import CourseError
from graders.files import write_whole

from .package import NotWritten
from .writing import LINE_END, Writer, shown

GOOD = 0
OFF = "off"
STOP = "\n\n"  # where an answer ends: an empty line ends a speech of a play


@dataclass
class Chat:
    """Reads lines from standard input; what the model writes goes to standard output as it comes.

    Only a person at a terminal is shown an invitation to type, so that a file can be the input.
    """

    writer: Writer
    text: str = ""  # all that was written so far, by both
    stop: str = STOP  # empty: nothing but the number of tokens ends an answer
    saved: set[Path] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.source = self.writer.source()

    def run(self) -> int:
        """Until the input ends, or /quit. Returns the exit code."""
        person = sys.stdin.isatty()
        if person:
            with contextlib.suppress(ImportError):  # not on Windows
                import readline  # noqa: F401 - arrow keys and earlier lines
            click.secho(f"{self.about()}. /help shows what you can type.", dim=True)
        while True:
            try:
                line = input("> " if person else "")
            except EOFError:
                break
            except KeyboardInterrupt:
                click.secho("\nCtrl-D or /quit ends.", dim=True)
                continue
            if line.strip() == "/quit":
                return GOOD
            try:
                self.command(line) if line.startswith("/") else self.turn(line)
            except NotWritten:
                raise
            except CourseError as error:
                click.secho(str(error), fg="red", err=True)
        if person:
            click.echo()
        return GOOD

    def about(self) -> str:
        """The model, in a few words."""
        facts, config = self.writer.trained.facts, self.writer.trained.config
        return (
            f"{shown(config.name)}, step {facts.step}, {len(facts.characters)} characters, sees the "
            f"last {config.model.max_len}"
        )

    def turn(self, line: str) -> None:
        """Add a line to the text and let the model go on; what it wrote stays, also after Ctrl-C.

        Raises:
            CourseError: the line holds what the model never saw (the text stays as it was), or the
                learner's code does not work.
        """
        line_end = "\n" if "\n" in self.writer.trained.tokenizer.characters else ""
        line = line.replace(LINE_END, "\n") + line_end
        self.writer.encode(line)
        self.text += line
        tokens = self.writer.encode(self.text)
        answer = ""
        try:
            for _ in range(self.writer.sampling.max_new_tokens):
                [tokens] = self.writer.continued([tokens], self.source, count=1)
                piece = self.writer.trained.tokenizer.decode(tokens[-1:])
                answer += piece
                self.text += piece
                click.echo(shown(piece), nl=False)
                if tokens[-1] == self.writer.sampling.eos_token_id:
                    break
                if self.stop and answer.endswith(self.stop):
                    break
        except KeyboardInterrupt:
            click.secho(" (stopped)", dim=True, nl=False)
        if not answer.endswith("\n"):
            click.echo()
            self.text += line_end

    # ---- commands

    def command(self, line: str) -> None:
        """Do what a line such as ``/temperature 0.8`` says. CourseError where it says nothing known."""
        name, _, value = line[1:].strip().partition(" ")
        name, value = name.lower().replace("-", "_"), value.strip()
        commands: Mapping[str, Callable[[str], None]] = {
            "help": self._help,
            "history": self._history,
            "reset": self._reset,
            "save": self._save,
            "settings": self._settings,
            "stop": self._stop,
        }
        settings = [*type(self.writer.sampling).model_fields]
        if name in commands:
            commands[name](value)
        elif name in settings:
            self._set(name, value)
        else:
            known = [*commands, *settings, "quit"]
            near = get_close_matches(name, known, n=1)
            guess = f" Did you mean /{near[0]}?" if near else ""
            raise CourseError(f"There is no /{name}.{guess} /help lists what there is.")

    def _help(self, _: str) -> None:
        click.echo(
            f"Any other line is added to the text, and the model goes on. {LINE_END} is a line end.\n"
            "  /history         the text so far\n"
            "  /reset           forget it, and begin the draws of the seed anew\n"
            "  /save FILE       write it to a file\n"
            f"  /stop TEXT       what ends an answer, now {_spelled(self.stop)}; /stop {OFF} for nothing\n"
            "  /settings        the settings; each is a command too, such as\n"
            "  /temperature 0.8, /top_k 10, /top_p 0.9, /max_new_tokens 300, /do_sample no, /seed 3\n"
            f"  /top_k {OFF}       turns one off\n"
            "  /quit            end, as Ctrl-D does; Ctrl-C stops an answer"
        )

    def _history(self, _: str) -> None:
        click.echo(shown(self.text), nl=False)

    def _reset(self, _: str) -> None:
        self.text = ""
        self.source = self.writer.source()
        click.secho("Forgotten.", dim=True)

    def _save(self, value: str) -> None:
        path = Path(value)
        if not value:
            raise CourseError("Where to? /save FILE")
        if path.exists() and path not in self.saved:
            raise CourseError(f"There is a {path} already: choose another name.")
        write_whole(path, self.text.encode())
        self.saved.add(path)
        click.secho(f"Saved in {path}.", dim=True)

    def _settings(self, _: str) -> None:
        for name, value in self.writer.sampling.model_dump().items():
            click.echo(f"  {name:16} {OFF if value is None else value}")
        click.echo(f"  {'stop':16} {_spelled(self.stop)}")

    def _stop(self, value: str) -> None:
        if value:
            self.stop = "" if value == OFF else value.replace(LINE_END, "\n")
        click.echo(f"  {'stop':16} {_spelled(self.stop)}")

    def _set(self, name: str, value: str) -> None:
        """Change a setting, if its new value is one that the config would take; show it."""
        sampling = self.writer.sampling
        if value:
            try:
                given = None if value == OFF else yaml.safe_load(value)
                sampling = type(sampling).model_validate({**sampling.model_dump(), name: given})
            except yaml.YAMLError:
                raise CourseError(f"/{name} {value}: {value!r} is no value.") from None
            except ValidationError as error:
                said = error.errors()[0]["msg"]
                raise CourseError(f"/{name} {value}: {said}. It stays as it was.") from None
            self.writer = replace(self.writer, sampling=sampling)
            if name == "seed":
                self.source = self.writer.source()
        now = getattr(sampling, name)
        click.echo(f"  {name:16} {OFF if now is None else now}")


def _spelled(text: str) -> str:
    return text.replace("\n", LINE_END) if text else OFF
