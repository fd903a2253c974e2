"""`course chat`: turns, settings, history, and what ends an answer."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graders.course import Course
from tools.lm.chatting import Chat
from tools.lm.package import NotWritten, Own, own_package
from tools.lm.writing import Writer

from .conftest import HOUSE
from .lm_models import MAX_LEN
from .shell import COMMAND

Talk = Callable[..., str]


@pytest.fixture
def chat(run: Path) -> Chat:
    return Chat(Writer.open(run).sampled({"max_new_tokens": 5, "seed": 3}), stop="")


@pytest.fixture
def talk(chat: Chat, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Talk:
    """Types lines, then ends the input; what came to the terminal."""

    def typed(*lines: str | type[BaseException]) -> str:
        waiting: Iterator[str | type[BaseException]] = iter(lines)

        def line(_: str) -> str:
            given = next(waiting, EOFError)
            if isinstance(given, str):
                return given
            raise given

        monkeypatch.setattr("builtins.input", line)
        assert chat.run() == 0
        said = capsys.readouterr()
        return said.out + said.err

    return typed


def test_an_answer_goes_on_from_all_that_was_written(chat: Chat, talk: Talk) -> None:
    first = talk("a")
    assert chat.text == f"a\n{first}"
    second = talk("bc")
    assert chat.text == f"a\n{first}bc\n{second}"


def test_the_answer_is_what_generate_writes(chat: Chat, talk: Talk) -> None:
    [whole] = chat.writer.write(["abc\n"], 1)
    assert talk("abc") == whole.new.removesuffix("\n") + "\n"


def test_it_ends_where_an_exercise_is_not_written_yet(
    course: Course, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def continued(*_: Any, **__: Any) -> Any:
        with own_package(course).code():
            raise NotImplementedError("07.18 A text generator: write this")

    monkeypatch.setattr(Own, "unfinished", lambda *_: [course.exercise("07.18")])
    monkeypatch.setattr(Writer, "continued", continued)
    with pytest.raises(NotWritten, match=r"needs 07\.18\. .* Begin with the first: course show"):
        talk("a", "b")


def test_it_comes_token_by_token(chat: Chat, talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each token is on the terminal before the next one is asked for."""
    seen: list[int] = []
    shown: list[str] = []
    real = Writer.continued

    def continued(self: Writer, tokens: Sequence[Sequence[int]], *rest: Any, **more: Any) -> Any:
        seen.append(len(shown))
        return real(self, tokens, *rest, **more)

    def note(text: Any = "", **_: Any) -> None:
        shown.append(text)

    monkeypatch.setattr(Writer, "continued", continued)
    monkeypatch.setattr("tools.lm.chatting.click.echo", note)
    talk("a")
    assert seen == [0, 1, 2, 3, 4]


def test_ctrl_c_stops_the_answer_and_keeps_what_is_there(
    chat: Chat, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = Writer.continued, []

    def continued(self: Writer, *arguments: Any, **more: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(self, *arguments, **more)

    monkeypatch.setattr(Writer, "continued", continued)
    said = talk("a", "/history", "b")
    assert "(stopped)" in said
    assert len(chat.text.partition("b\n")[0]) == len("a\n") + 2 + len("\n")
    assert chat.text.endswith("\n")


def test_ctrl_c_between_answers_does_not_end_the_chat(chat: Chat, talk: Talk) -> None:
    assert "/quit ends" in talk(KeyboardInterrupt, "a")
    assert chat.text.startswith("a\n")


@pytest.mark.parametrize(
    ("lines", "name", "value"),
    [
        (["/temperature 0.25"], "temperature", 0.25),
        (["/top_k 2"], "top_k", 2),
        (["/top-k 2", "/top_k off"], "top_k", None),
        (["/top_p 0.5"], "top_p", 0.5),
        (["/max_new_tokens 2"], "max_new_tokens", 2),
        (["/do_sample no"], "do_sample", False),
        (["/seed 9"], "seed", 9),
    ],
)
def test_settings_change_from_turn_to_turn(
    chat: Chat, talk: Talk, lines: list[str], name: str, value: object
) -> None:
    said = talk(*lines)
    assert getattr(chat.writer.sampling, name) == value
    assert said.splitlines()[-1].split() == [name, "off" if value is None else str(value)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/temperature -1", "greater than 0. It stays as it was."),
        ("/temperature hot", "valid number"),
        ("/top_p [", "is no value"),
        ("/temprature 1", "There is no /temprature. Did you mean /temperature?"),
        ("/", "There is no /"),
        ("a?", "'?' at place 1"),
        ("/save", "Where to?"),
        ("/save /", "already"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    chat: Chat, talk: Talk, line: str, words: str
) -> None:
    before = chat.writer
    assert words in talk(line)
    assert (chat.writer, chat.text) == (before, "")


def test_the_seed_begins_anew_with_reset(chat: Chat, talk: Talk) -> None:
    first = talk("a", "b")
    assert talk("/reset", "a", "b") == f"Forgotten.\n{first}"


def test_the_text_is_shown_and_saved_but_never_over_a_file_of_another(
    chat: Chat, talk: Talk, tmp_path: Path
) -> None:
    mine, other = tmp_path / "mine.txt", tmp_path / "other.txt"
    other.write_text("x")
    said = talk("a", f"/save {mine}", "b", f"/save {mine}", f"/save {other}", "/history")
    assert mine.read_text() == chat.text
    assert other.read_text() == "x"
    assert said.count(f"Saved in {mine}.") == 2
    assert chat.text in said
    assert f"There is a {other} already" in said


def test_an_answer_ends_at_the_stop_text_and_at_the_end_character(chat: Chat, talk: Talk) -> None:
    answer = talk("/do_sample no", "a").splitlines()[-1]
    talk("/reset", f"/stop {answer[1:3]}")
    assert talk("a") == answer[: answer.index(answer[1:3]) + 2] + "\n"
    talk("/reset", "/stop off")
    token = chat.writer.trained.tokenizer.encode(answer[0])[0]
    chat.writer = replace(
        chat.writer, sampling=chat.writer.sampling.model_copy(update={"eos_token_id": token})
    )
    assert talk("a") == answer[0] + "\n"


def test_every_command_that_help_names_is_there(talk: Talk) -> None:
    said = talk("/help")
    names = [word[1:].strip(",;") for word in said.split() if word.startswith("/")]
    assert {"history", "reset", "save", "stop", "settings", "temperature", "quit"} <= {*names}
    assert "There is no" not in talk(*(f"/{name}" for name in names))


def test_a_long_history_is_read_from_its_end(chat: Chat, talk: Talk) -> None:
    talk("/do_sample no", *["abc"] * 3)
    history = f"{chat.text}abc\n"
    assert len(history) > 2 * MAX_LEN
    [end] = chat.writer.write([history[-MAX_LEN:]], 1)
    assert talk("abc") == end.new.removesuffix("\n") + "\n"


def test_plain_text_in_and_plain_text_out(run: Path) -> None:
    """Where no person types, nothing but the model's text comes out."""
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "chat", "--checkpoint", run, "--max-new-tokens", "4"],
        input="a\n/temperature 0\nb\n",
        env={"PYTHONPATH": str(HOUSE)},
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "> " not in done.stdout
    assert done.stderr == ("/temperature 0: Input should be greater than 0. It stays as it was.\n")
