"""Practice for module 03: feed-forward layers, layer norm, residual streams, and what flows in them.

Letters in the shape comments: B batch, T sequence, "..." any number of leading dims, D width of the
stream, F width inside a feed-forward layer. Weights lie as ``nn.Linear`` keeps them: [out, in].
Inputs keep their values: nothing is changed in place. Results have the dtype of the inputs.

Sources: as in ../feedforward.py and ../transformer_block.py; layer norm: Ba et al., 2016,
https://arxiv.org/abs/1607.06450; gated layers: Shazeer, 2020, https://arxiv.org/abs/2002.05202
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

Layer = Callable[[Tensor], Tensor]


def relu_feed_forward(x: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) -> Tensor:
    """The feed-forward layer of 2017: a linear layer to F, ReLU, a linear layer back to D.

    Args:
        x: [..., D]
        w1, b1: [F, D] and [F], weight and bias of the first layer
        w2, b2: [D, F] and [D], of the second

    Returns:
        [..., D]

    Raises:
        ValueError: the width of ``x`` is not D.
    """
    ### BEGIN SOLUTION
    if x.size(-1) != w1.size(1):
        raise ValueError(f"x has width {x.size(-1)}, expected {w1.size(1)}, that of w1")
    hidden = torch.relu(x @ w1.T + b1)  # (..., F)
    return hidden @ w2.T + b2  # (..., D)
    ### END SOLUTION


def gelu(x: Tensor) -> Tensor:
    """x times the chance that a standard normal variable is below x, for each entry; the exact one.

    Write it out: torch has the error function and the exponential, and this function is to be made
    of them. With the error function, the chance is (1 + erf(x / sqrt(2))) / 2.

    Args:
        x: any shape

    Returns:
        as ``x``. Large negative entries give 0 (to within rounding), large positive ones themselves.
    """
    ### BEGIN SOLUTION
    return x * 0.5 * (1.0 + torch.erf(x / math.sqrt(2.0)))  # as x
    ### END SOLUTION


def mean_and_variance(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance of each token's own D numbers.

    Args:
        x: [..., D]

    Returns:
        mean [..., 1] and variance [..., 1], the mean of the squared distances from the mean: the
        sum of squares is divided by D. Also for D = 1, where the variance is 0.
    """
    ### BEGIN SOLUTION
    mean = x.mean(dim=-1, keepdim=True)  # (..., 1)
    variance = (x - mean).square().mean(dim=-1, keepdim=True)  # (..., 1)
    return mean, variance
    ### END SOLUTION


def layer_norm(x: Tensor, gamma: Tensor, beta: Tensor, eps: float = 1e-5) -> Tensor:
    """Bring each token to mean 0 and spread 1, then let the layer rescale and shift each column.

    Args:
        x: [..., D]
        gamma: [D], what a normalised column is multiplied by
        beta: [D], what is added after that
        eps: added to the variance (which is divided by D, not D - 1) before the root is taken

    Returns:
        [..., D]. A token whose entries are all alike gives ``beta``.

    Raises:
        ValueError: ``gamma`` or ``beta`` is not [D].
    """
    ### BEGIN SOLUTION
    width = x.shape[-1:]
    if gamma.shape != width or beta.shape != width:
        shapes = f"gamma has shape {[*gamma.shape]} and beta {[*beta.shape]}"
        raise ValueError(f"{shapes}, expected {[*width]} for both")
    centred = x - x.mean(dim=-1, keepdim=True)  # (..., D)
    variance = centred.square().mean(dim=-1, keepdim=True)  # (..., 1)
    normed = centred / torch.sqrt(variance + eps)  # (..., D)
    return normed * gamma + beta  # (..., D)
    ### END SOLUTION


def add_residual(x: Tensor, sublayer: Layer) -> Tensor:
    """What the sublayer makes of x, added to x.

    Args:
        x: [..., D]
        sublayer: a function of one tensor

    Returns:
        [..., D]

    Raises:
        ValueError: the sublayer gives another shape than that of ``x``, even one that would broadcast.
    """
    ### BEGIN SOLUTION
    change = sublayer(x)  # (..., D)
    if change.shape != x.shape:
        raise ValueError(f"the sublayer gave {[*change.shape]}, expected {[*x.shape]}, as x")
    return x + change  # (..., D)
    ### END SOLUTION


def pre_ln(x: Tensor, sublayer: Layer, norm: Layer) -> Tensor:
    """One sublayer as today's models have it: it reads a normalised x, the stream itself is not.

    Args:
        x: [..., D]
        sublayer, norm: functions from [..., D] to [..., D]

    Returns:
        [..., D]: ``x`` itself, where the sublayer gives zeros.
    """
    ### BEGIN SOLUTION
    return x + sublayer(norm(x))  # (..., D)
    ### END SOLUTION


def post_ln(x: Tensor, sublayer: Layer, norm: Layer) -> Tensor:
    """One sublayer as in 2017: it reads x as it is, and what comes of adding both is normalised.

    Args:
        x: [..., D]
        sublayer, norm: functions from [..., D] to [..., D]

    Returns:
        [..., D]: a normalised ``x``, where the sublayer gives zeros.
    """
    ### BEGIN SOLUTION
    return norm(x + sublayer(x))  # (..., D)
    ### END SOLUTION


def buggy_block(
    x: Tensor, attention: Layer, feed_forward: Layer, norm1: Layer, norm2: Layer
) -> Tensor:
    """A block of 2017 (norms after the sublayers) as somebody wrote it. Leave it as it is."""
    stream = x
    stream += attention(x)  # (..., D)
    stream = norm1(stream)  # (..., D)
    stream = x + feed_forward(stream)  # (..., D)
    return norm1(stream)  # (..., D)


def fixed_block(
    x: Tensor, attention: Layer, feed_forward: Layer, norm1: Layer, norm2: Layer
) -> Tensor:
    """A block with its norms after the sublayers: ``buggy_block`` above without its three bugs.

    Their symptoms: the caller's ``x`` has other values after the call; a change of ``norm2`` changes
    nothing; with a ``feed_forward`` that gives zeros, the numbers that come out have not been
    through ``norm1`` before the last norm.

    Args:
        x: [..., D]
        attention, feed_forward, norm1, norm2: functions from [..., D] to [..., D]

    Returns:
        [..., D]: attention, the sum with what it read, ``norm1``; then the same with
        ``feed_forward`` and ``norm2``. How you write it is free; no argument has to be refused.
    """
    ### BEGIN SOLUTION
    middle = norm1(x + attention(x))  # (..., D)
    return norm2(middle + feed_forward(middle))  # (..., D)
    ### END SOLUTION


def count_block_parameters(d_model: int, d_ff: int, n_blocks: int = 1, bias: bool = True) -> int:
    """How many numbers the blocks of a model learn, computed without building one.

    A block has four D to D projections in its attention, the two layers of its feed-forward part,
    and two layer norms with a gamma and a beta each. ``bias=False`` takes the bias from all six
    linear layers; the norms keep their beta. The number of heads does not matter.

    Args:
        d_model, d_ff: D and F, each at least 1
        n_blocks: number of blocks, 0 or more
        bias: whether the linear layers have one

    Returns:
        the number of parameters, an int: 49 for ``count_block_parameters(2, 3)``

    Raises:
        ValueError: a number is below its least value.
    """
    ### BEGIN SOLUTION
    if d_model < 1 or d_ff < 1 or n_blocks < 0:
        given = f"d_model {d_model}, d_ff {d_ff} and n_blocks {n_blocks}"
        raise ValueError(f"got {given}, expected at least 1, 1 and 0")
    attention = 4 * (d_model * d_model + d_model * bias)
    feed_forward = d_model * d_ff + d_ff * bias + d_ff * d_model + d_model * bias
    norms = 2 * 2 * d_model
    return n_blocks * (attention + feed_forward + norms)
    ### END SOLUTION


class ResidualStack(nn.Module):
    """Linear layers, each with weights of its own and each added to what it reads.

    Children: ``layers``, of which torch knows the parameters as ``layers.0.weight``,
    ``layers.0.bias``, ``layers.1.weight`` and so on, each [D, D] or [D].
    """

    def __init__(self, d_model: int, n_layers: int) -> None:
        """``n_layers`` layers for a stream of width D, at least one; ValueError below that."""
        super().__init__()
        ### BEGIN SOLUTION
        if n_layers < 1:
            raise ValueError(f"n_layers is {n_layers}, expected at least 1")
        self.layers = nn.ModuleList(nn.Linear(d_model, d_model) for _ in range(n_layers))
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """[..., D] -> [..., D]: layer 0 reads ``x``, each further one reads the sum so far."""
        ### BEGIN SOLUTION
        for layer in self.layers:
            x = x + layer(x)  # (..., D)
        return x
        ### END SOLUTION


def gradient_norms(
    x: Tensor, sublayers: Sequence[Layer], cotangent: Tensor, residual: bool = True
) -> Tensor:
    """How much of a gradient arrives at each depth of a stack, with and without a residual stream.

    The streams are h_0 = x and, after sublayer f_i, h_(i+1) = h_i + f_i(h_i), or f_i(h_i) alone
    where ``residual`` is False. From the last of them a loss is made: the sum of h_n * cotangent.

    Args:
        x: [..., D]; it may or may not require a gradient itself, and its ``grad`` stays as it is
        sublayers: n functions from [..., D] to [..., D], n at least 1
        cotangent: as ``x``
        residual: whether each sublayer is added to what it reads

    Returns:
        [n + 1]: entry i is the Euclidean norm of the gradient of the loss in h_i, over all its
        entries together. Try it on ten small sublayers with ``residual`` True and False.
    """
    ### BEGIN SOLUTION
    stream = x.detach().clone().requires_grad_()  # (..., D)
    streams = [stream]
    for sublayer in sublayers:
        stream = stream + sublayer(stream) if residual else sublayer(stream)  # (..., D)
        streams.append(stream)
    loss = (stream * cotangent).sum()  # ()
    found = torch.autograd.grad(loss, streams)  # n + 1 times (..., D)
    return torch.stack([gradient.norm() for gradient in found])  # (n + 1,)
    ### END SOLUTION


def swiglu_feed_forward(x: Tensor, gate: Tensor, up: Tensor, down: Tensor) -> Tensor:
    """The feed-forward layer of many later models: one projection decides how much of another passes.

    SiLU of the gate's projection of ``x``, times the projection by ``up``, entry by entry, is
    projected back by ``down``. SiLU(z) is z times sigmoid(z). There are no biases.

    Args:
        x: [..., D]
        gate, up: [F, D]
        down: [D, F]

    Returns:
        [..., D]

    Raises:
        ValueError: the width of ``x`` is not D, or ``gate`` and ``up`` differ in shape.
    """
    ### BEGIN SOLUTION
    if x.size(-1) != gate.size(1) or gate.shape != up.shape:
        shapes = f"x has shape {[*x.shape]}, gate {[*gate.shape]} and up {[*up.shape]}"
        raise ValueError(f"{shapes}, expected [..., D] and twice [F, D]")
    opened = functional.silu(x @ gate.T)  # (..., F)
    return (opened * (x @ up.T)) @ down.T  # (..., D)
    ### END SOLUTION
