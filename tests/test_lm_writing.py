"""Texts from a trained model: `course generate`, its figures, and what it refuses."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from graders.errors import CourseError
from graders.lm.diversity import diversity
from graders.worker.loading import Package
from tools.lm.generating import STRATEGIES, generate_texts, read_prompts
from tools.lm.package import Own
from tools.lm.runs import find_checkpoint
from tools.lm.writing import Writer, shown

from .lm_models import CHARACTERS, MAX_LEN, make_run
from .shell import course_command


@pytest.fixture
def writer(run: Path) -> Writer:
    return Writer.open(run).sampled({"max_new_tokens": 12, "temperature": 1.0})


def texts(writer: Writer, *prompts: str, batch: int = 4) -> list[str]:
    return [text.new for text in writer.write(prompts, batch)]


def test_every_prompt_is_continued_in_its_order(writer: Writer) -> None:
    made = [*writer.write(["a", "bc", "d", "X\n"], batch=3)]
    assert [text.prompt for text in made] == ["a", "bc", "d", "X\n"]
    assert all(len(text.new) == 12 and {*text.new} <= {*CHARACTERS} for text in made)
    assert not any(text.ended for text in made)


def test_the_seed_decides_and_another_seed_decides_otherwise(writer: Writer) -> None:
    one, two = writer.sampled({"seed": 1}), writer.sampled({"seed": 2})
    assert texts(one, "a", "b") == texts(one, "a", "b")
    assert texts(one, "a", "b") != texts(two, "a", "b")


def test_without_a_seed_every_text_is_another(writer: Writer) -> None:
    new = replace(writer, sampling=writer.sampling.model_copy(update={"seed": None}))
    assert texts(new, "a") != texts(new, "a")


def test_greedy_writes_the_same_in_any_batch_and_as_the_narrowest_filters(writer: Writer) -> None:
    greedy = writer.sampled({"greedy": True})
    prompts = ["a", "bc", "dea", "X"]
    assert texts(greedy, *prompts, batch=1) == texts(greedy, *prompts, batch=4)
    assert texts(greedy, "a") == texts(writer.sampled({"top_k": 1}), "a")
    assert texts(greedy, "a") == texts(writer.sampled({"top_p": 1e-6}), "a")
    assert texts(greedy, "a") != texts(writer, "a")


def test_a_text_ends_at_its_end_character(writer: Writer) -> None:
    greedy = writer.sampled({"greedy": True})
    [whole] = texts(greedy, "a")
    [text] = greedy.sampled({"eos": whole[3]}).write(["a"], 1)
    assert text.new == whole[: whole.index(whole[3]) + 1]
    assert text.ended


def test_a_prompt_longer_than_the_context_is_read_from_its_end_and_said(writer: Writer) -> None:
    long = "abcde" * 5
    greedy = writer.sampled({"greedy": True})
    assert texts(greedy, long) == texts(greedy, long[-MAX_LEN:])
    [said] = writer.warnings(["a", long])
    assert f"25 tokens and the model sees {MAX_LEN}" in said
    assert [*writer.warnings(["a"])] == []


def test_positions_that_training_never_saw_are_said(writer: Writer) -> None:
    """The model can look at more than the windows that it was trained on."""
    training = writer.trained.config.training.model_copy(update={"seq_len": 5})
    config = writer.trained.config.model_copy(update={"training": training})
    shorter = replace(writer, trained=replace(writer.trained, config=config))
    [said] = shorter.warnings(["a"])
    assert "trained on windows of 5 tokens" in said
    assert [*shorter.sampled({"max_new_tokens": 4}).warnings(["a"])] == []


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("abc?", "'?' at place 3, which the model has never seen. It knows 8 characters"),
        ("é", "'é' at place 0"),
        ("", "The prompt is empty"),
    ],
)
def test_a_prompt_that_the_model_cannot_read_is_refused(
    writer: Writer, prompt: str, words: str
) -> None:
    with pytest.raises(CourseError) as refused:
        texts(writer, prompt)
    assert words in str(refused.value)


@pytest.mark.parametrize("eos", ["", "ab", "?"])
def test_an_end_that_is_no_character_of_the_model_is_refused(writer: Writer, eos: str) -> None:
    with pytest.raises(CourseError, match=r"expected one character|never seen"):
        writer.sampled({"eos": eos})


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def foreign(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04" + pickle.dumps(print))


def no_header(path: Path) -> None:
    path.write_bytes(b"\xff" * 64)


@pytest.mark.parametrize("damage", [cut, foreign, no_header])
def test_a_checkpoint_that_is_none_is_refused(
    own: Own, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    run = make_run(own, tmp_path / "small")
    damage(find_checkpoint(run))
    with pytest.raises(CourseError, match=r"is no checkpoint of this course: .*name another"):
        Writer.open(run)


@pytest.mark.parametrize("characters", [[*"abc"], [*"abcdefghijkl"]])
def test_a_vocabulary_that_does_not_match_the_model_is_refused(
    own: Own, tmp_path: Path, characters: list[str]
) -> None:
    with pytest.raises(CourseError, match=r"does not fit|is no checkpoint"):
        Writer.open(make_run(own, tmp_path / "small", characters))


def test_a_device_that_is_not_there_is_refused(run: Path) -> None:
    with pytest.raises(CourseError, match="There is no device abacus here"):
        Writer.open(run, device="abacus")


def giving(rows: Callable[[list[torch.Tensor]], Any]) -> Any:
    """A package whose generator gives what ``rows`` makes of the prompts."""

    class Generator:
        def __init__(self, *_: Any) -> None: ...

        def generate_batch(self, prompts: list[torch.Tensor], **_: Any) -> Any:
            return rows(prompts)

    names = SimpleNamespace(GeneratorConfig=dict, TextGenerator=Generator)
    return SimpleNamespace(sampling=SimpleNamespace(generator=names))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (lambda _: [torch.tensor([1, 2])], "does not begin with its prompt"),
        (
            lambda p: [torch.cat((p[0], torch.zeros(99).long()))],
            "99 new tokens, expected at most 12",
        ),
        (lambda p: [torch.cat((p[0], torch.tensor([8])))], "an id that is none of 0 to 7"),
        (lambda p: [], "0 texts for 1 prompts"),
        (lambda p: None, "cannot be called as the exercise asks"),
    ],
)
def test_a_generator_that_gives_what_no_text_can_be_is_told_so(
    writer: Writer, rows: Callable[[list[torch.Tensor]], Any], words: str
) -> None:
    package: Package = giving(rows)
    with pytest.raises(CourseError, match=words):
        texts(replace(writer, own=replace(writer.own, tt=package)), "a")


def test_what_a_generator_puts_after_the_end_is_left_out(writer: Writer) -> None:
    """A learner's generator may pad a text after its end."""
    eos = writer.trained.tokenizer.encode("X")[0]
    padded = giving(lambda p: [torch.cat((p[0], torch.tensor([2, eos, eos, 0])))])
    [text] = replace(writer.sampled({"eos": "X"}), own=replace(writer.own, tt=padded)).write(
        ["X"], 1
    )
    assert text.new == CHARACTERS[2] + "X"
    assert text.ended


def test_prompts_come_from_options_and_from_the_lines_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "prompts.txt"
    file.write_text("one\n\ntwo\\nthree\r\n", encoding="utf-8")
    with file.open(encoding="utf-8") as lines:
        assert read_prompts(["zero"], lines) == ["zero", "one", "two\nthree"]
    assert read_prompts([], None) == ["\n"]


@pytest.mark.parametrize(("content", "words"), [(b"\n\n", "no prompt"), (b"\xff\xfe", "no text")])
def test_a_file_without_prompts_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "prompts.txt").write_bytes(content)
    file = (tmp_path / "prompts.txt").open(encoding="utf-8")
    with file as lines, pytest.raises(CourseError, match=words):
        read_prompts([], lines)


def test_strategies_are_compared_by_text_and_by_figures(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    file = tmp_path / "texts.json"
    options = {"max_new_tokens": 60, "temperature": 0.5}
    assert generate_texts(run, False, "cpu", ["a"], None, 8, True, str(file), options) == 0
    out = capsys.readouterr().out
    found = json.loads(file.read_text())
    by_name = {sample["strategy"]: sample for sample in found["samples"]}
    assert [*by_name] == [*STRATEGIES]
    assert all(f"--- {name}" in out for name in STRATEGIES)
    assert all(len(sample["texts"]) == 8 for sample in by_name.values())
    assert by_name["your options"]["settings"]["temperature"] == 0.5
    assert by_name["top-k 10"]["settings"]["top_k"] == 10
    greedy = by_name["greedy"]
    assert len({text["new"] for text in greedy["texts"]}) == 1
    assert greedy["diversity"]["self_overlap"] in (None, 1.0)
    assert by_name["temperature 1"]["diversity"]["distinct_1"] > greedy["diversity"]["distinct_1"]


def test_the_command_writes_json_to_standard_output_and_notes_beside_it(run: Path) -> None:
    arguments = ("--prompt", "abcdeabcde", "--samples", 2, "--max-new-tokens", 3, "--json", "-")
    done = course_command("generate", "--checkpoint", run, *arguments)
    assert (done.code, done.err) == (
        0,
        "Note: The longest prompt has 10 tokens and the model sees 8: it goes on from the last 8.\n",
    )
    [sample] = json.loads(done.out)["samples"]
    assert [len(text["new"]) for text in sample["texts"]] == [3, 3]


def test_the_command_refuses_in_words(run: Path, tmp_path: Path) -> None:
    done = course_command("generate", "--checkpoint", tmp_path / "nowhere", "--prompt", "a")
    assert done.code == 2
    assert "There is no" in done.err
    done = course_command("generate", "--checkpoint", run, "--top-p", "1.5")
    assert done.code == 2
    assert "--top-p" in done.err


def test_a_vocabulary_cannot_steer_the_terminal() -> None:
    assert shown("a\x1b[2J\n\tb") == "a\\x1b[2J\n\tb"


# ---- figures of diversity


def test_figures_of_texts_that_can_be_counted_by_hand() -> None:
    found = diversity([["a", "b", "a", "b"], ["a", "b", "c"]])
    assert found.distinct_1 == 3 / 7  # a, b, c
    assert found.distinct_2 == 3 / 5  # ab, ba, bc
    assert found.distinct_3 == 3 / 3  # aba, bab, abc
    assert found.repetition == pytest.approx((1 / 3 + 0) / 2)  # the second ab
    assert found.self_overlap == pytest.approx(
        (1 / 3 + 1 / 2) / 2
    )  # one ab of each is in the other
    assert found.entropy == pytest.approx(1.4488, abs=1e-4)  # of 3, 3 and 1 in 7


def test_what_cannot_be_said_of_short_texts_is_not_said() -> None:
    assert {*vars(diversity([])).values()} == {None}
    one = diversity([["a"]])
    assert (one.distinct_1, one.distinct_2, one.repetition, one.self_overlap) == (
        1,
        None,
        None,
        None,
    )
    assert one.entropy == 0


WORDS = st.lists(st.lists(st.sampled_from("abc"), max_size=8), max_size=5)


@given(WORDS)
def test_figures_stay_in_their_bounds_and_do_not_hang_on_the_order_of_texts(
    made: list[list[str]],
) -> None:
    found = diversity(made)
    for name, value in vars(found).items():
        assert value is None or 0 <= value <= (1.585 if name == "entropy" else 1)
    again = diversity(made[::-1])
    assert vars(again) == pytest.approx(vars(found))


def test_equal_texts_overlap_wholly() -> None:
    assert diversity([["a", "b", "c"]] * 3).self_overlap == 1
