"""Practice for module 03, token by token and entry by entry."""

import math

import torch
from torch import nn


def each(function, x):
    """A function of one token, on all of them."""
    rows = [function(row) for row in x.reshape(-1, x.shape[-1])]
    return torch.stack(rows).reshape(*x.shape[:-1], rows[0].shape[0])


def relu_feed_forward(x, w1, b1, w2, b2):
    if x.shape[-1] != w1.shape[1]:
        raise ValueError("x does not fit w1")
    return each(lambda row: w2.mv((w1.mv(row) + b1).clamp(min=0)) + b2, x)


def gelu(x):
    return x * torch.special.ndtr(x)


def mean_and_variance(x):
    mean = each(lambda row: row.mean()[None], x)
    return mean, each(lambda row: row.sub(row.mean()).pow(2).mean()[None], x)


def layer_norm(x, gamma, beta, eps=1e-5):
    if not (x.shape[-1:] == gamma.shape == beta.shape):
        raise ValueError("gamma and beta must be as long as a token")

    def one(row):
        row = row - row.mean()
        return row / (row.dot(row) / len(row) + eps).sqrt() * gamma + beta

    return each(one, x)


def add_residual(x, sublayer):
    change = sublayer(x.clone())
    if change.shape != x.shape:
        raise ValueError("another shape")
    return torch.stack([x, change]).sum(0)


def pre_ln(x, sublayer, norm):
    return torch.stack([x, sublayer(norm(x.clone()))]).sum(0)


def post_ln(x, sublayer, norm):
    return norm(torch.stack([x, sublayer(x.clone())]).sum(0))


def fixed_block(x, attention, feed_forward, norm1, norm2):
    for part, norm in ((attention, norm1), (feed_forward, norm2)):
        x = norm(x + part(x))
    return x


def count_block_parameters(d_model, d_ff, n_blocks=1, bias=True):
    if d_model < 1 or d_ff < 1 or n_blocks < 0:
        raise ValueError("too small")
    shapes = [(d_model, d_model)] * 4 + [(d_ff, d_model), (d_model, d_ff)]
    count = sum(math.prod(shape) for shape in shapes) + 4 * d_model
    count += sum(rows for rows, _ in shapes) if bias else 0
    return sum(count for _ in range(n_blocks))


class ResidualStack(nn.Module):
    def __init__(self, d_model, n_layers):
        super().__init__()
        assert isinstance(n_layers, int)
        if not n_layers > 0:
            raise ValueError("n_layers must be positive")
        layers = nn.ModuleList()
        while len(layers) < n_layers:
            layers.append(nn.Linear(d_model, d_model))
        self.layers = layers

    def forward(self, x, at=0):
        if at == len(self.layers):
            return x
        return self.forward(self.layers[at](x) + x, at + 1)


def gradient_norms(x, sublayers, cotangent, residual=True):
    def rest(h, start):
        for f in sublayers[start:]:
            h = h + f(h) if residual else f(h)
        return h

    norms, h = [], x.detach()
    for i in range(len(sublayers) + 1):
        h = h.detach().requires_grad_()
        (g,) = torch.autograd.grad((rest(h, i) * cotangent).sum(), h)
        norms.append(torch.linalg.norm(g.flatten()))
        if i < len(sublayers):
            h = h + sublayers[i](h) if residual else sublayers[i](h)
    return torch.stack(norms).detach()


def swiglu_feed_forward(x, gate, up, down):
    if x.shape[-1] != gate.shape[1]:
        raise ValueError("x does not fit")
    if up.shape != gate.shape:
        raise ValueError("gate and up differ")

    def one(row):
        g = gate.mv(row)
        return down.mv(g / (1 + torch.exp(-g)) * up.mv(row))

    return each(one, x)
