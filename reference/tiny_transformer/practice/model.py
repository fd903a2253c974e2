"""Practice for module 05: around the language model, from one shifted token to compute budgets.

Letters in the shape comments: B batch, T sequence, D = d_model, V = vocab_size, F = d_ff, L layers,
H heads. Inputs keep their values: nothing is changed in place, except where that is the task.

Sources: tied weights: Press & Wolf, 2017, https://arxiv.org/abs/1608.05859; memory: Korthikanti et
al., 2022, https://arxiv.org/abs/2205.05198; scaling laws: Kaplan et al., 2020,
https://arxiv.org/abs/2001.08361 and Hoffmann et al., 2022, https://arxiv.org/abs/2203.15556
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional


def next_token_pairs(tokens: Tensor) -> tuple[Tensor, Tensor]:
    """What the model reads at each position, and what it should predict there.

    Args:
        tokens: int[B, T + 1], at least 2 columns

    Returns:
        inputs [B, T] and targets [B, T]: the target of a position is the token after its input.

    Raises:
        ValueError: there are fewer than 2 columns.

    Example:
        >>> next_token_pairs(torch.tensor([[5, 6, 7, 8]]))
        (tensor([[5, 6, 7]]), tensor([[6, 7, 8]]))
    """
    ### BEGIN SOLUTION
    if tokens.size(1) < 2:
        raise ValueError(f"tokens has {tokens.size(1)} columns, expected at least 2")
    return tokens[:, :-1], tokens[:, 1:]  # (B, T), (B, T)
    ### END SOLUTION


def output_head(hidden: Tensor, table: Tensor) -> Tensor:
    """Score every token of the vocabulary at every position, with the embedding's own table.

    Args:
        hidden: [B, T, D]
        table: [V, D], a row for each token

    Returns:
        [B, T, V]: the dot product of each hidden vector with each row, neither scaled nor shifted.

    Raises:
        ValueError: the widths differ.
    """
    ### BEGIN SOLUTION
    if hidden.size(-1) != table.size(-1):
        raise ValueError(f"table has width {table.size(-1)}, expected {hidden.size(-1)}")
    return hidden @ table.T  # (B, T, D) @ (D, V) -> (B, T, V)
    ### END SOLUTION


def next_token_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean over all positions of -ln of the probability that softmax(logits) gives the target.

    Args:
        logits: [B, T, V], raw scores; scores of thousands must not overflow
        targets: int64[B, T]

    Returns:
        a tensor of shape [], in the dtype of ``logits``.

    Raises:
        ValueError: there is not one target for each position.
    """
    ### BEGIN SOLUTION
    if targets.shape != logits.shape[:-1]:
        raise ValueError(f"targets has shape {[*targets.shape]}, expected {[*logits.shape[:-1]]}")
    return functional.cross_entropy(logits.flatten(0, 1), targets.flatten())  # (B T, V), (B T,)
    ### END SOLUTION


def initial_loss(vocab_size: int) -> float:
    """The loss (in nats, as above) of a model that gives each of V tokens the same probability.

    An untrained model should start close to it. ValueError where ``vocab_size`` is below 1.
    """
    ### BEGIN SOLUTION
    if vocab_size < 1:
        raise ValueError(f"vocab_size is {vocab_size}, expected at least 1")
    return math.log(vocab_size)
    ### END SOLUTION


def stack_layers(make_layer: Callable[[], nn.Module], n_layers: int) -> nn.ModuleList:
    """A stack of layers of one kind, each with parameters of its own, all of them seen by torch.

    Args:
        make_layer: makes one new layer in each call.
        n_layers: L, at least 1.

    Raises:
        ValueError: ``n_layers`` is below 1.
    """
    ### BEGIN SOLUTION
    if n_layers < 1:
        raise ValueError(f"n_layers is {n_layers}, expected at least 1")
    return nn.ModuleList(make_layer() for _ in range(n_layers))
    ### END SOLUTION


def hidden_states(x: Tensor, layers: Sequence[Callable[[Tensor], Tensor]]) -> list[Tensor]:
    """Run x through the layers, one after the other, and keep every stage.

    Args:
        x: [B, T, D]
        layers: L functions or modules, each [B, T, D] -> [B, T, D]; possibly none

    Returns:
        L + 1 tensors: x itself, then what each layer gives. The last is the output of the stack.
    """
    ### BEGIN SOLUTION
    stages = [x]
    for layer in layers:
        stages.append(layer(stages[-1]))  # (B, T, D)
    return stages
    ### END SOLUTION


def tie_weights(embedding: nn.Embedding, head: nn.Linear) -> None:
    """Make ``head`` use the table of ``embedding`` as its matrix: one parameter in two places.

    From then on a change of one is a change of the other, and a gradient through either lands in
    the same tensor. The values are those of the embedding.

    Raises:
        ValueError: the two matrices differ in shape.
    """
    ### BEGIN SOLUTION
    if embedding.weight.shape != head.weight.shape:
        expected, found = [*embedding.weight.shape], [*head.weight.shape]
        raise ValueError(f"the matrix of head has shape {found}, expected {expected}")
    head.weight = embedding.weight  # (V, D)
    ### END SOLUTION


def crop_context(tokens: Tensor, max_len: int) -> Tensor:
    """What a model of ``max_len`` positions can be fed of a text that may be longer: its end.

    Args:
        tokens: int[B, T]
        max_len: at least 1

    Returns:
        int[B, T] where T is at most ``max_len``, otherwise int[B, max_len].

    Raises:
        ValueError: ``max_len`` is below 1.
    """
    ### BEGIN SOLUTION
    if max_len < 1:
        raise ValueError(f"max_len is {max_len}, expected at least 1")
    return tokens[:, -max_len:]  # (B, at most max_len)
    ### END SOLUTION


def count_unique(tensors: Iterable[Tensor]) -> int:
    """How many numbers the tensors hold together; a tensor that comes twice counts once.

    Two tensors with equal values are still two. Tensors that share only a part do not occur.
    """
    ### BEGIN SOLUTION
    return sum({id(tensor): tensor.numel() for tensor in tensors}.values())
    ### END SOLUTION


def model_parameters(
    vocab_size: int, d_model: int, n_layers: int, d_ff: int, tied: bool = True
) -> int:
    """Number of parameters of TinyTransformerLM with sinusoidal positions, from its sizes alone.

    Embedding table V x D; in each block four projections D x D and two layers D x F and F x D, all
    with biases, and two norms with scale and shift; a last norm; and a head without bias, which
    adds nothing where it is tied. Build no module: the count must work for billions.
    """
    ### BEGIN SOLUTION
    attention = 4 * (d_model * d_model + d_model)
    feed_forward = d_model * d_ff + d_ff + d_ff * d_model + d_model
    norm = 2 * d_model
    head = 0 if tied else vocab_size * d_model
    return vocab_size * d_model + n_layers * (attention + feed_forward + 2 * norm) + norm + head
    ### END SOLUTION


def training_bytes(n_parameters: int, bytes_per_number: int = 4) -> int:
    """Memory that training with Adam keeps for the parameters, without activations.

    For each parameter four numbers of one size: its value, its gradient, and Adam's two moments.
    """
    ### BEGIN SOLUTION
    return 4 * n_parameters * bytes_per_number
    ### END SOLUTION


def kv_cache_bytes(
    batch: int, seq_len: int, n_layers: int, d_model: int, bytes_per_number: int = 2
) -> int:
    """Memory of the keys and values that generation keeps: of every token, in every layer.

    All heads together are ``d_model`` wide, for the keys and for the values.
    """
    ### BEGIN SOLUTION
    return 2 * batch * seq_len * n_layers * d_model * bytes_per_number
    ### END SOLUTION


def activation_bytes(
    batch: int,
    seq_len: int,
    n_layers: int,
    d_model: int,
    n_heads: int,
    d_ff: int,
    bytes_per_number: int = 4,
) -> int:
    """Memory of what the backward pass needs of the blocks, in a simple account without dropout.

    For every token each block keeps: the outputs of its two norms, its query, key and value, the
    values as mixed by all heads (before the last projection), a weight for each head and each of
    the ``seq_len`` keys, and the wide layer before and after its GELU.
    """
    ### BEGIN SOLUTION
    of_token = 2 * d_model + 3 * d_model + d_model + n_heads * seq_len + 2 * d_ff
    return batch * seq_len * n_layers * of_token * bytes_per_number
    ### END SOLUTION


def training_flops(n_parameters: int, n_tokens: int) -> int:
    """Operations of training, by the common rule of thumb.

    In the forward pass each parameter meets each token in one multiplication and one addition; the
    backward pass costs twice as much as the forward pass.
    """
    ### BEGIN SOLUTION
    return 6 * n_parameters * n_tokens  # 2 forward, 4 backward
    ### END SOLUTION


def compute_optimal(flops: float, tokens_per_parameter: float = 20.0) -> tuple[float, float]:
    """The best use of a compute budget, where tokens should grow in proportion to parameters.

    Args:
        flops: the budget, above 0, all of which is used, counted as in ``training_flops``.
        tokens_per_parameter: how many tokens each parameter should see, above 0.

    Returns:
        number of parameters, number of tokens: both as floats, not rounded.

    Raises:
        ValueError: an argument is not above 0.
    """
    ### BEGIN SOLUTION
    if flops <= 0 or tokens_per_parameter <= 0:
        given = f"flops is {flops} and tokens_per_parameter is {tokens_per_parameter}"
        raise ValueError(f"{given}, expected more than 0")
    n_parameters = math.sqrt(flops / (6 * tokens_per_parameter))
    return n_parameters, tokens_per_parameter * n_parameters
    ### END SOLUTION


def logit_lens(states: Sequence[Tensor], norm: nn.LayerNorm, table: Tensor) -> Tensor:
    """What the model would predict if it stopped early: each hidden state, read as the last one.

    Args:
        states: N hidden states [B, T, D]; the last one is the output of the last block
        norm: the final norm, which every state must pass before it is read
        table: [V, D], the matrix of the head

    Returns:
        log-probabilities of the next token [N, B, T, V]: ln of softmax(logits), over the tokens.
        Scores of thousands must not overflow.
    """
    ### BEGIN SOLUTION
    logits = norm(torch.stack([*states])) @ table.T  # (N, B, T, D) -> (N, B, T, V)
    return torch.log_softmax(logits, dim=-1)  # (N, B, T, V)
    ### END SOLUTION
