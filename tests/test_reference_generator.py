"""The reference's generator: its cache changes no text and saves work, on every kind of model."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from graders.worker.loading import load_package

from .conftest import HOUSE

if TYPE_CHECKING:
    from torch import Tensor

EARLIER = ("01_attention", "02_multi_head", "03_block", "04_embeddings", "05_model")
STYLES = [
    style
    for module in EARLIER
    for style in sorted((HOUSE / "tests" / "solutions" / module).iterdir())
    if any(path.parent.name != "practice" for path in style.rglob("*.py"))
]
STANDIN = HOUSE / "reference" / "standins"
MAX_LEN = 9
LENGTHS = (1, 2, 5, MAX_LEN - 1, MAX_LEN, MAX_LEN + 1, MAX_LEN + 6)
SIZES = {"vocab_size": 19, "d_model": 12, "n_heads": 3, "n_layers": 2, "d_ff": 20}
KINDS = [(positional, tied) for positional in ("sinusoidal", "learned") for tied in (True, False)]
MakeWorld = Callable[[Path | None], Any]


@pytest.fixture
def make_world(tmp_path: Path) -> MakeWorld:
    """The reference, with the files of some folder in the place of its own."""

    def make(folder: Path | None) -> Any:
        package = tmp_path / "tiny_transformer"
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(HOUSE / "reference" / "tiny_transformer", package)
        if folder:
            shutil.copytree(folder, package, dirs_exist_ok=True, ignore=ignore)
        return load_package(tmp_path, "tiny_transformer", f"world_{abs(hash(tmp_path))}")

    return make


def lively_model(tt: Any, positional: str, tied: bool) -> Any:
    """In training mode, with dropout, and weights so large that texts differ."""
    import torch

    torch.manual_seed(0)
    model = tt.model.TinyTransformerLM(
        **SIZES, max_len=MAX_LEN, positional=positional, tie_weights=tied
    ).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0.0, 0.5)
    return model


def plain(model: Any, tokens: Tensor, new: int) -> Tensor:
    """The greedy text, without a cache: the last max_len tokens are fed at every step."""
    import torch

    model.eval()
    with torch.no_grad():
        for _ in range(new):
            logits, _ = model(tokens[:, -model.max_len :])
            tokens = torch.cat((tokens, logits[:, -1:].argmax(dim=-1)), dim=1)
    model.train()
    return tokens


def assert_same_text(tt: Any, positional: str, tied: bool) -> None:
    """Cached and plain text are the same from prompts of many lengths, far beyond max_len."""
    import torch

    model = lively_model(tt, positional, tied)
    generator = tt.sampling.generator.TextGenerator(model)
    prompts = [torch.randint(SIZES["vocab_size"], (4, length)) for length in LENGTHS]
    new = 2 * MAX_LEN
    wanted = [plain(model, prompt, new) for prompt in prompts]
    for prompt, text in zip(prompts, wanted, strict=True):
        made = generator.generate(prompt, max_new_tokens=new, do_sample=False)
        assert made.tolist() == text.tolist()
        assert model.training
    rows = [row for prompt in prompts for row in prompt]
    made = generator.generate_batch(rows, max_new_tokens=new, do_sample=False)
    texts = [row.tolist() for text in wanted for row in text]
    assert [text.tolist() for text in made] == texts


@pytest.mark.parametrize(("positional", "tied"), KINDS)
def test_cache_changes_no_text(positional: str, tied: bool, make_world: MakeWorld) -> None:
    assert_same_text(make_world(None), positional, tied)


@pytest.mark.proof
@pytest.mark.parametrize(
    "folder", [STANDIN, *STYLES], ids=lambda folder: f"{folder.parent.name}-{folder.name}"
)
def test_cache_works_with_every_right_model(folder: Path, make_world: MakeWorld) -> None:
    """A learner's own parts, or stand-ins, in the place of the reference's."""
    tt = make_world(folder)
    assert_same_text(tt, "sinusoidal", True)
    assert_same_text(tt, "learned", False)


def test_cache_saves_work(make_world: MakeWorld) -> None:
    """Up to max_len each token goes through the blocks once, beyond it max_len at every step."""
    import torch

    tt = make_world(None)
    model = lively_model(tt, "learned", False)
    fed: list[int] = []
    model.blocks[0].feed_forward.register_forward_hook(
        lambda layer, given, output: fed.append(output.size(1))
    )
    prompt = torch.randint(SIZES["vocab_size"], (2, 3))
    generator = tt.sampling.generator.TextGenerator(model)
    generator.generate(prompt, max_new_tokens=MAX_LEN - 3 + 1 + 4)
    assert fed == [3, *([1] * (MAX_LEN - 3)), *([MAX_LEN] * 4)]


def test_nothing_is_written_after_the_end(make_world: MakeWorld) -> None:
    """When all rows have ended it stops, and every text of a batch is cut after its EOS."""
    import torch

    tt = make_world(None)
    model = lively_model(tt, "learned", False)
    prompt = torch.randint(SIZES["vocab_size"], (1, 4))
    text = plain(model, prompt, 12)[0].tolist()
    eos = text[7]
    end = text.index(eos, 4) + 1
    config = tt.sampling.generator.GeneratorConfig(12, do_sample=False)
    generator = tt.sampling.generator.TextGenerator(model, config)
    assert generator.generate(prompt, eos_token_id=eos)[0].tolist() == text[:end]
    other = torch.randint(SIZES["vocab_size"], (2, 4))
    rows = [prompt[0], *other]
    assert generator.generate_batch(rows, eos_token_id=eos)[0].tolist() == text[:end]
    config.eos_token_id = eos
    assert generator.generate_batch(rows)[0].tolist() == text[:end]


def test_names_come_from_the_package_and_a_broken_file_locks_only_its_own(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    sampling = make_world(None).sampling
    for name in sampling._module.__all__:
        assert getattr(sampling._module, name).__name__ == name
    (tmp_path / "tiny_transformer" / "sampling" / "generator.py").write_text("def broken(:")
    again = load_package(tmp_path, "tiny_transformer", "world_with_a_broken_file").sampling._module
    assert callable(again.combined_sample)
    with pytest.raises(SyntaxError):
        _ = again.TextGenerator
    with pytest.raises(AttributeError, match="no attribute 'beam_search'"):
        _ = again.beam_search
