"""Pictures of a model: what they show is what is there; none needs a display."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.style
import pytest
import torch
from matplotlib.image import imread

from graders.errors import CourseError
from tools.lm import plotting
from tools.lm.package import Own
from tools.lm.writing import Writer

from .conftest import HOUSE
from .lm_models import LOGGED, MODEL
from .shell import COMMAND, course_command

WEIGHTS = torch.tensor([[1.0, 0.0, 0.0], [0.25, 0.75, 0.0], [0.2, 0.3, 0.5]])


@pytest.fixture(scope="module")
def writer(run: Path) -> Writer:
    return Writer.open(run)


@pytest.fixture(scope="module")
def draw(own: Own) -> Any:
    """The given code of module 08."""
    return own.tt.utils.visualization


def texts(axis: Any) -> list[str]:
    return [label.get_text() for label in axis.get_ticklabels()]


def shown(axes: Any) -> torch.Tensor:
    """The numbers of a heat map."""
    return torch.tensor(axes.images[0].get_array().data)


def test_attention_shows_the_weights_on_a_scale_from_0_to_1(draw: Any) -> None:
    weights = (WEIGHTS + 1) / 4
    figure = draw.plot_attention_pattern(weights, ["a", " ", "\n"], title="Mine")
    axes = figure.axes[0]
    [image] = axes.images
    assert image.get_array().tolist() == weights.tolist()
    assert image.get_clim() == (0, 1)
    assert texts(axes.yaxis) == texts(axes.xaxis) == ["a", "␣", "\\n"]
    assert axes.get_title() == "Mine"
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert axes.get_xlabel()
    assert axes.get_ylabel()


def test_dollars_are_dollars(draw: Any) -> None:
    """And not mathematics, which would be a parse error here."""
    figure = draw.plot_attention_pattern(WEIGHTS, [*"$%$"], title=r"$\frac$")
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_each_head_has_a_picture_of_its_own(draw: Any) -> None:
    heads = torch.stack([WEIGHTS, WEIGHTS.flip(-1), WEIGHTS * 0])
    figure = draw.plot_multi_head_attention(heads)
    shown = [axes.images[0].get_array().tolist() for axes in figure.axes[:3]]
    assert shown == heads.tolist()
    assert [axes.get_title() for axes in figure.axes[:3]] == ["head 0", "head 1", "head 2"]


def test_curves_show_what_was_logged_and_leave_out_what_is_no_number(draw: Any) -> None:
    records = [*LOGGED, {"step": 2, "loss": float("nan"), "gradient_norm": 3.0}, {"step": 3}]
    figure = draw.plot_training_curves(records, smoothing=0.0)
    loss, held_out = (line.get_xydata().tolist() for line in figure.axes[0].lines)
    assert loss == [[0, 2.5], [1, 2.25]]
    assert held_out == [[1, 2.375]]
    [norm] = figure.axes[1].lines
    assert norm.get_xydata().tolist() == [[2, 3]]


def test_a_smoothed_curve_begins_where_the_loss_begins_and_keeps_a_constant(draw: Any) -> None:
    figure = draw.plot_training_curves([{"step": i, "loss": 2.0} for i in range(5)])
    measured, smoothed = figure.axes[0].lines
    assert smoothed.get_ydata() == pytest.approx([2.0] * 5)
    assert measured.get_alpha() < 1


def test_embeddings_are_seen_from_where_they_are_widest(draw: Any) -> None:
    """Points on a plane in six dimensions keep their distances."""
    torch.manual_seed(0)
    plane = torch.linalg.qr(torch.randn(6, 2)).Q  # (D, 2)
    flat = torch.randn(5, 2) * torch.tensor([3.0, 1.0])
    figure = draw.plot_token_embeddings_2d(flat @ plane.T + 7, [*"Aa1 ,"])
    places = torch.cat([torch.tensor(c.get_offsets().data) for c in figure.axes[0].collections])
    assert torch.allclose(torch.pdist(places), torch.pdist(flat).double(), atol=1e-5)
    assert [t.get_text() for t in figure.axes[0].texts] == ["A", "a", "1", "␣", ","]
    shares = [figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()]
    assert sum(int(text.split(", ")[1].split("%")[0]) for text in shares) in (99, 100, 101)


def test_temperatures_show_the_probabilities_of_the_likeliest(draw: Any) -> None:
    logits = torch.tensor([0.0, 2.0, 1.0])
    figure = draw.plot_temperature_comparison(logits, (0.5, 2.0), [*"abc"], top=2)
    heights = [bar.get_height() for bar in figure.axes[0].patches]
    wanted = [torch.softmax(logits.double() / t, 0)[[1, 2]].tolist() for t in (0.5, 2.0)]
    assert heights == pytest.approx(wanted[0] + wanted[1])
    assert texts(figure.axes[0].xaxis) == ["b", "c"]


def test_gradients_show_each_parameter_and_say_which_has_none(draw: Any) -> None:
    model = torch.nn.Linear(2, 1)
    model.weight.grad = torch.tensor([[-3.0, 1.0]])
    axes = draw.plot_gradient_flow(model).axes[0]
    assert texts(axes.yaxis) == ["weight", "bias"]
    assert [bar.get_width() for bar in axes.patches] == [2.0]
    assert axes.lines[0].get_xdata().tolist() == [3.0]
    assert [text.get_text() for text in axes.texts] == ["no gradient"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda d: d.plot_attention_pattern(WEIGHTS[0]), r"weights has shape \[3\]"),
        (lambda d: d.plot_attention_pattern(WEIGHTS, ["a"]), "tokens has 1 entries, expected 3"),
        (lambda d: d.plot_multi_head_attention(WEIGHTS), r"expected \[H, T_q, T_k\]"),
        (lambda d: d.plot_training_curves([{"step": 1}]), "records hold no loss"),
        (lambda d: d.plot_training_curves(LOGGED, smoothing=1.0), "smoothing is 1.0"),
        (lambda d: d.plot_token_embeddings_2d(WEIGHTS, ["a"]), "labels has 1 entries"),
        (lambda d: d.plot_token_embeddings_2d(WEIGHTS[:1], ["a"]), "expected two of each"),
        (lambda d: d.plot_temperature_comparison(WEIGHTS[0], (0.0,)), "each above 0"),
        (lambda d: d.plot_temperature_comparison(WEIGHTS[0], ()), "expected 1 to 7"),
        (lambda d: d.plot_gradient_flow(torch.nn.Linear(1, 1)), "no parameter .* has a gradient"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    draw: Any, call: Callable[[Any], object], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        call(draw)


def test_a_picture_is_dark_on_white_whatever_a_notebook_has_set(draw: Any) -> None:
    with matplotlib.style.context("dark_background"):
        before = dict(matplotlib.rcParams)
        figure = draw.plot_attention_pattern(WEIGHTS)
        assert dict(matplotlib.rcParams) == before
    picture = imread(io.BytesIO(figure._repr_png_()))
    assert picture[0, 0].tolist() == [1, 1, 1, 1]
    assert picture[:, :, :3].min() < 0.2


def test_attention_of_a_model_is_a_mean_over_what_came_before(writer: Writer) -> None:
    figure = plotting.attention(writer, "abcde", layer=0)
    heads = [shown(axes) for axes in figure.axes[:2]]
    for weights in heads:
        assert torch.allclose(weights.sum(-1), torch.ones(5))
        assert torch.equal(weights, weights.tril())
    assert not torch.equal(*heads)
    assert figure.get_suptitle() == "Attention of layer 0"
    one = plotting.attention(writer, "abcde", layer=0, head=1)
    assert torch.equal(shown(one.axes[0]), heads[1])


def test_a_long_prompt_is_drawn_from_its_end(writer: Writer) -> None:
    figure = plotting.attention(writer, "aaaaabcdeX")
    assert texts(figure.axes[0].xaxis) == [*"aaabcdeX"]


def test_gradients_of_a_model_reach_its_first_layer(writer: Writer) -> None:
    axes = plotting.gradients(writer, "abcde").axes[0]
    assert "embedding.token_embedding.embedding.weight" in texts(axes.yaxis)
    assert len(axes.patches) == len([*writer.trained.model.parameters()])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda w: plotting.attention(w, "ab", layer=2), "no layer 2: the model has 2, from 0"),
        (lambda w: plotting.attention(w, "ab", head=2), "no head 2"),
        (lambda w: plotting.attention(w, "a?"), "never seen"),
        (lambda w: plotting.gradients(w, "a"), "one token"),
    ],
)
def test_what_a_model_has_not_is_not_drawn(
    writer: Writer, call: Callable[[Writer], object], words: str
) -> None:
    with pytest.raises(CourseError, match=words):
        call(writer)


def test_curves_need_a_loss(own: Own, tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text('{"step": 1}\n')
    with pytest.raises(CourseError, match=f"holds no loss yet.*--resume {tmp_path}$"):
        plotting.curves(own, tmp_path)
    with pytest.raises(CourseError, match=r"There is no .* Make a run"):
        plotting.curves(own, tmp_path / "none.jsonl")


@pytest.mark.parametrize("suffix", plotting.FORMATS)
def test_a_picture_is_written_in_each_format(
    own: Own, run: Path, tmp_path: Path, suffix: str
) -> None:
    plotting.save(plotting.curves(own, run), tmp_path / f"curves{suffix}")
    assert (tmp_path / f"curves{suffix}").stat().st_size > 1000
    with pytest.raises(CourseError, match="ends in one of"):
        plotting.save(plotting.curves(own, run), tmp_path / "curves.txt")
    assert not (tmp_path / "curves.txt").exists()


def test_the_command_draws_without_a_display(run: Path, tmp_path: Path) -> None:
    """And without what would look for one."""
    checks = "; assert 'matplotlib.pyplot' not in sys.modules"
    out = tmp_path / "embeddings.png"
    arguments = ["plot", "embeddings", "--checkpoint", run, "--out", out]
    code = COMMAND.replace("; main()", f"\ntry: main()\nfinally: pass{checks}")
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={k: v for k, v in os.environ.items() if k != "DISPLAY"} | {"PYTHONPATH": str(HOUSE)},
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{out}\n", "")
    assert imread(out).shape[2] == 4


def test_the_command_refuses_in_words(run: Path, tmp_path: Path) -> None:
    done = course_command(
        *(
            "plot",
            "attention",
            "--checkpoint",
            run,
            "--prompt",
            "abc",
            "--layer",
            MODEL["n_layers"],
        ),
        folder=HOUSE,
    )
    assert done.code == 2
    assert "There is no layer 2" in done.err
