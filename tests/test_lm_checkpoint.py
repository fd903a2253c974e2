"""Checkpoints: what is written comes back; whatever else there is gets a refusal in words."""

from __future__ import annotations

import json
import os
import pickle
import resource
import signal
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load, save

from graders.errors import CourseError
from graders.lm.checkpoint import MAX_HEADER, Facts
from tools.lm import runs
from tools.lm.checkpoint import Checkpoint, read_checkpoint, read_facts, write_checkpoint
from tools.lm.package import Own
from tools.lm.trees import pack
from tools.lm.use import Tokenizer, load_trained

from .conftest import HOUSE
from .shell import course_command

MODEL = {"d_model": 8, "n_heads": 2, "n_layers": 1, "d_ff": 8, "max_len": 8, "dropout": 0.0}
CONFIG = {"model": MODEL, "training": {"seq_len": 8}}


@pytest.fixture(scope="module")
def checkpoint(own: Own) -> Checkpoint:
    torch.manual_seed(3)
    model = own.build_model({**MODEL, "vocab_size": 5})
    facts = Facts(config=CONFIG, characters=[*"abcd\n"], step=7, windows=28, val_loss=1.5)
    state = {"moments": {0: {"step": torch.tensor(7.0), "betas": (0.9, None)}}, "chance": [1, "x"]}
    return Checkpoint(facts, model.state_dict(), state)


@pytest.fixture
def file(checkpoint: Checkpoint, tmp_path: Path) -> Path:
    path = tmp_path / "step-000007.safetensors"
    write_checkpoint(path, checkpoint)
    return path


def test_everything_comes_back(checkpoint: Checkpoint, file: Path) -> None:
    read = read_checkpoint(file, with_state=True)
    assert read.facts.model_copy(update={"state": None}) == checkpoint.facts
    assert read.weights.keys() == checkpoint.weights.keys()
    assert all(torch.equal(read.weights[n], t) for n, t in checkpoint.weights.items())
    assert read.state == checkpoint.state
    assert read_checkpoint(file).state == {}


def test_a_model_and_its_tokenizer_work_again(own: Own, checkpoint: Checkpoint, file: Path) -> None:
    trained = load_trained(own, file)
    model = own.build_model({**MODEL, "vocab_size": 5})
    model.load_state_dict(checkpoint.weights)
    ids = torch.tensor([trained.tokenizer.encode("abba\n")])
    assert torch.equal(trained.model(ids)[0], model.eval()(ids)[0])
    assert trained.tokenizer.decode([4, 0]) == "\na"
    assert not trained.model.training
    assert trained.config.model.d_model == 8


def test_ids_are_those_of_the_checkpoint_whatever_order_a_tokenizer_chooses(own: Own) -> None:
    tokenizer = Tokenizer(own, [*"zebra"])  # which CharTokenizer would sort
    assert tokenizer.encode("zebra") == [0, 1, 2, 3, 4]
    assert tokenizer.decode([4, 1]) == "ae"
    with pytest.raises(CourseError, match=r"'q' at place 2.*knows 5 characters: 'zebra'"):
        tokenizer.encode("zeq")


def rewritten(
    file: Path, facts: Callable[[dict[str, Any]], Any], tensors: Callable[[dict[str, Any]], Any]
) -> None:
    """Change what a checkpoint says and holds."""
    content = file.read_bytes()
    size = struct.unpack("<Q", content[:8])[0]
    said = json.loads(json.loads(content[8 : 8 + size])["__metadata__"]["checkpoint"])
    held = load(content)
    facts(said)
    tensors(held)
    file.write_bytes(save(held, {"checkpoint": json.dumps(said)}))


def nothing(_: dict[str, Any]) -> None:
    pass


class Shell:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch hacked",)


def header(text: str, length: int | None = None) -> bytes:
    return struct.pack("<Q", len(text) if length is None else length) + text.encode()


BAD_FILES = {
    "empty": (b"", "no safetensors file"),
    "text": (b"once upon a time there was a file", "no safetensors file"),
    "pickle": (pickle.dumps(Shell()), "holds|is a pickle"),
    "zip of torch.save": (b"PK\x03\x04 archive/data.pkl", "is a pickle"),
    "huge header": (header("{}", MAX_HEADER + 1), "header takes 16,777,217 bytes"),
    "header longer than the file": (header("{}", 5000), "no whole safetensors file"),
    "header is no JSON": (header("{]"), "no whole safetensors file"),
    "no checkpoint": (save({"a": torch.zeros(2)}), "of something else"),
    "facts are no JSON": (save({}, {"checkpoint": "{"}), "JSON cannot be read"),
    "deep JSON": (save({}, {"checkpoint": "[" * 10**6}), "JSON cannot be read"),
    "facts of another kind": (save({}, {"checkpoint": '{"format": "x"}'}), "field format"),
    "too many facts": (
        save(
            {}, {"checkpoint": '{"config": {}, "characters": [], "step": 1, "windows": 1, "x": 1}'}
        ),
        "field x",
    ),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_foreign_file_is_refused_in_words(name: str, tmp_path: Path) -> None:
    content, words = BAD_FILES[name]
    path = tmp_path / "step-000001.safetensors"
    path.write_bytes(content)
    with pytest.raises(CourseError, match=words):
        read_facts(path)
    with pytest.raises(CourseError, match=words):
        read_checkpoint(path)
    assert not (HOUSE / "hacked").exists()


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_a_truncated_file_is_refused(file: Path, share: float) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(CourseError, match=r"is no checkpoint of this course.*train again"):
        read_checkpoint(file)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="no ordinary file"):
        read_facts(Path("/dev/zero"))
    with pytest.raises(CourseError, match="No such file"):
        read_facts(tmp_path / "nowhere")


BAD_CONTENT: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], str]] = {
    "another shape": (
        nothing,
        lambda t: t.update({"model.ln_f.weight": torch.ones(9)}),
        r"ln_f.weight is \[9\], expected \[8\]",
    ),
    "a weight is missing": (nothing, lambda t: t.pop("model.ln_f.bias"), "lacks ln_f.bias"),
    "a path for a name": (
        nothing,
        lambda t: t.update({"model.../../etc/passwd": torch.ones(1)}),
        "that the model does not know",
    ),
    "NaN": (nothing, lambda t: t["model.ln_f.bias"].fill_(torch.nan), "ln_f.bias holds NaN"),
    "a model of terabytes": (
        lambda f: f["config"]["model"].update(d_model=10**6, n_heads=1),
        nothing,
        "asks for 4,000,.* numbers or more, and it holds",
    ),
    "an unknown setting": (
        lambda f: f["config"].update(command="rm"),
        nothing,
        "there is no command",
    ),
    "two equal characters": (
        lambda f: f.update(characters=[*"abcda"]),
        nothing,
        "4 ids to 5 characters",
    ),
}


@pytest.mark.parametrize("name", BAD_CONTENT)
def test_content_that_does_not_fit_is_refused(own: Own, file: Path, name: str) -> None:
    facts, tensors, words = BAD_CONTENT[name]
    rewritten(file, facts, tensors)
    with pytest.raises(CourseError, match=words):
        load_trained(own, file)


@pytest.mark.parametrize(
    "state", [{"tensor": "gone"}, {"dict": 3}, {"exec": "x"}, [1], {"tensor": "a", "dict": []}]
)
def test_a_broken_state_is_refused(file: Path, state: Any) -> None:
    rewritten(file, lambda f: f.update(state=state), nothing)
    with pytest.raises(CourseError, match="its state"):
        read_checkpoint(file, with_state=True)


def test_a_state_that_only_a_pickle_could_hold_is_refused() -> None:
    with pytest.raises(CourseError, match=r"state\.rule holds function"):
        pack({"rule": pack}, "state", {})


KILLED = """
import os, signal
from pathlib import Path
import graders.files
from tools.lm.checkpoint import Checkpoint, read_checkpoint, write_checkpoint

graders.files.os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)  # all is written, not renamed
path = Path({path!r})
read = read_checkpoint(path, True)
write_checkpoint(path, Checkpoint(read.facts.model_copy(update={{"step": 99}}), read.weights))
"""


def test_kill_in_the_middle_of_a_write_leaves_the_last_good_one(file: Path) -> None:
    before = file.read_bytes()
    code = KILLED.format(path=str(file))
    done = subprocess.run([sys.executable, "-c", code], cwd=HOUSE, check=False)
    assert done.returncode == -signal.SIGKILL
    assert len([*file.parent.iterdir()]) == 2  # the half one is there, under another name
    assert file.read_bytes() == before
    assert runs.find_checkpoint(file.parent) == file
    runs.prune(file.parent, keep_last=1)
    assert [*file.parent.iterdir()] == [file]


def test_a_full_disk_leaves_the_last_good_one(checkpoint: Checkpoint, file: Path) -> None:
    before = file.read_bytes()
    size, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, most))  # the kernel writes no more than that
    try:
        with pytest.raises(CourseError, match="cannot be written"):
            write_checkpoint(file, checkpoint)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))
        signal.signal(signal.SIGXFSZ, ignored)
    assert [*file.parent.iterdir()] == [file]
    assert file.read_bytes() == before


def test_the_last_ones_and_the_best_are_kept(checkpoint: Checkpoint, tmp_path: Path) -> None:
    losses = {100: 2.0, 200: 1.0, 300: None, 400: 3.0, 1_000_000: 2.5}
    for step, loss in losses.items():
        facts = checkpoint.facts.model_copy(update={"step": step, "val_loss": loss})
        path = runs.checkpoint_path(tmp_path, step)
        write_checkpoint(path, Checkpoint(facts, {}))
    runs.prune(tmp_path, keep_last=2)
    assert [path.name for path in runs.checkpoints_in(tmp_path)] == [
        *("step-000200.safetensors", "step-000400.safetensors", "step-1000000.safetensors")
    ]
    assert runs.find_checkpoint(tmp_path).name == "step-1000000.safetensors"
    assert runs.find_checkpoint(tmp_path, best=True).name == "step-000200.safetensors"


def test_a_run_may_keep_them_in_a_folder_of_any_name(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    kept = runs.checkpoint_path(tmp_path / "kept", 100)  # training.checkpoint_dir=kept
    kept.parent.mkdir()
    write_checkpoint(kept, checkpoint)
    assert runs.find_checkpoint(tmp_path) == kept


def test_a_folder_without_checkpoints_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="course train --config tiny"):
        runs.find_checkpoint(tmp_path)
    with pytest.raises(CourseError, match="There is no "):
        runs.find_checkpoint(tmp_path / "nowhere")


@pytest.mark.parametrize("command", ["generate", "chat", "export-model", "plot attention"])
def test_without_a_model_it_says_which_there_are_or_how_one_is_made(
    command: str, tmp_path: Path
) -> None:
    told = course_command(*command.split(), folder=tmp_path)
    assert told.code == 2
    assert "--checkpoint PATH" in told.err
    assert "Make a run: course train --config tiny" in told.err
    (tmp_path / "runs/mine").mkdir(parents=True)
    (tmp_path / "runs/mine/log.jsonl").write_text("")
    assert "There are: runs/mine." in course_command(*command.split(), folder=tmp_path).err
