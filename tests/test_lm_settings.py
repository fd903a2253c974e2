"""Settings of a run: what a config file may say, what `--set` changes, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

from graders.course import Course
from graders.errors import CourseError
from release.build import build_copy
from tools.lm.package import Own
from tools.lm.settings import changed, find_config, load_config, read_config, validated

from .conftest import HOUSE

CONFIGS = sorted((HOUSE / "configs").glob("*.yaml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_config_of_the_course_is_valid_and_reads_back(own: Own, path: Path) -> None:
    config = load_config(own, path.stem)
    kind = type(config)
    assert kind.from_yaml(config.to_yaml()) == config
    assert kind.from_yaml(config.model_dump_json()) == config


def test_base_states_every_setting_with_its_default(own: Own) -> None:
    stated = read_config(HOUSE / "configs/base.yaml")
    assert validated(own, {}, "nothing").model_dump(mode="json") == stated


def test_the_fields_are_those_of_the_classes_that_they_are_for(own: Own) -> None:
    config = own.tt.config
    made = signature(own.tt.model.TinyTransformerLM).parameters
    assert [*config.ModelConfig.model_fields] == [*made]
    trainer = {field.name: field.default for field in fields(own.tt.training.trainer.TrainerConfig)}
    generator = {field.name for field in fields(own.tt.sampling.generator.GeneratorConfig)}
    training = config.TrainingConfig()
    assert {name: getattr(training, name) for name in trainer} == trainer
    assert generator < set(config.SamplingConfig.model_fields)


def test_a_change_counts_over_the_file_and_the_file_over_what_it_extends(
    own: Own, tmp_path: Path
) -> None:
    (tmp_path / "under.yaml").write_text("model: {d_model: 32, n_layers: 3}\nname: under\n")
    (tmp_path / "over.yaml").write_text("extends: under\nmodel: {d_model: 64}\n")
    path = str(tmp_path / "over.yaml")
    config = load_config(own, path, ["model.n_layers=5", "training.grad_clip=null"])
    assert (config.model.d_model, config.model.n_layers, config.name) == (64, 5, "under")
    assert config.training.grad_clip is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("training.max_step=3", "no training.max_step, the nearest is training.max_steps"),
        ("max_steps=3", "no max_steps, the nearest is training.max_steps"),
        ("model.vocabulary=3", "no model.vocabulary"),
        ("training.learning_rate=-1e-3", 'learning_rate is "-1e-3": .*greater than 0'),
        ("training.batch_size=many", 'training.batch_size is "many": .*integer'),
        ("model.n_heads=3", "model: d_model is 128, expected a multiple of n_heads, 3"),
        ("training.seq_len=2000", "seq_len is 2000, expected at most model.max_len, 1024"),
        ("training.min_lr=1", "min_lr is 1.0, expected at most learning_rate"),
        ("training.max_steps=100", "warmup_steps is 100, expected fewer than max_steps"),
        ("name=../else", 'name is "../else"'),
        ("training", "--set training: expected KEY=VALUE"),
        ("model={a: [}", "not valid YAML"),
    ],
)
def test_what_is_wrong_is_named_with_the_nearest(own: Own, change: str, words: str) -> None:
    with pytest.raises(CourseError, match=words):
        validated(own, changed({}, [change]), "here")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("model: [", "line 1: this is not valid YAML"),
        ("- a", "holds a list, expected keys"),
        ("extends: bad", "it extends itself"),
        ("extends: nothing", "there is no .*nothing.yaml"),
        ("name: !!python/object/apply:os.system [ls]", "not valid YAML"),
        (b"name: \xff", "cannot be read as UTF-8"),
    ],
)
def test_a_broken_file_is_refused(own: Own, tmp_path: Path, text: Any, words: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(CourseError, match=words):
        load_config(own, str(path))


def test_an_unknown_config_is_answered_with_those_there_are() -> None:
    with pytest.raises(CourseError, match=r"no config tinny\. Did you mean tiny\? .*shakespeare"):
        find_config(HOUSE, "tinny")


@pytest.mark.parametrize(("module", "given"), [("05", False), ("06", True), ("07", True)])
def test_a_copy_with_training_or_sampling_has_the_config_as_it_is(
    course: Course, module: str, given: bool
) -> None:
    copy = build_copy(course, [course.module(module)], {})
    assert ("tiny_transformer/config.py" in copy) is given
    assert ("configs/tiny.yaml" in copy) is given
    if given:
        original = HOUSE / "reference/tiny_transformer/config.py"
        assert copy["tiny_transformer/config.py"] == original.read_bytes()
        assert b"course train --config tiny" in copy["README.md"]


def test_nobody_pays_for_pydantic_who_does_not_ask_for_settings() -> None:
    code = (
        "import sys, tiny_transformer.training.trainer, tiny_transformer.sampling.generator\n"
        "assert 'pydantic' not in sys.modules and 'yaml' not in sys.modules\n"
        "import tiny_transformer.config\nassert 'yaml' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=HOUSE / "reference", check=True)
