"""A small random language whose entropy is known: the next token depends on the last one alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .inputs import Array, Draw


@dataclass(frozen=True)
class Source:
    """A Markov chain over ``size`` tokens."""

    transitions: Array  # [size, size]: row i holds the chances of what follows token i

    @property
    def size(self) -> int:
        return len(self.transitions)

    @property
    def stationary(self) -> Array:
        """How often each token comes in the long run: the row that the transitions leave as it is."""
        equations = np.vstack([self.transitions.T - np.eye(self.size), np.ones(self.size)])
        right = np.append(np.zeros(self.size), 1.0)
        return np.asarray(np.linalg.lstsq(equations, right, rcond=None)[0])

    @property
    def entropy_rate(self) -> float:
        """The mean loss of a model that knows the source, in nats a token: none can have less."""
        return -float(self.stationary @ (self.transitions * np.log(self.transitions)).sum(axis=1))

    def loss(self, contexts: Array, logits: Array) -> float:
        """The mean loss of a model in the long run, from its logits [..., size] after contexts [...].

        The mean over the next token is exact, as none is drawn; so the loss of no model, however it
        came by its logits, is below the entropy rate.
        """
        top = logits - logits.max(axis=-1, keepdims=True)
        logs = top - np.log(np.exp(top).sum(axis=-1, keepdims=True))
        losses = -(self.transitions[contexts] * logs).sum(axis=-1)
        after = [float(losses[contexts == token].mean()) for token in range(self.size)]
        return float(self.stationary @ after)

    def texts(self, draw: Draw, count: int, length: int) -> Array:
        """Texts [count, length] of this language."""
        fine = 2**30
        chances = draw.integers(0, fine, length - 1, count) / fine
        ends = np.cumsum(self.transitions, axis=1)[:, :-1]
        columns = [draw.integers(0, self.size, count)]
        for chance in chances:
            columns.append((chance[:, None] >= ends[columns[-1]]).sum(axis=1))
        return np.stack(columns, axis=1)


def make_source(draw: Draw, size: int) -> Source:
    """One token is likely after each, in a round that comes through all of them."""
    whole = 2**20  # chances are fractions of it, so sums of them are exact
    rare = 0.3 * whole / size
    shares = draw.integers(int(0.5 * rare), int(1.5 * rare), size, size)
    order = draw.shuffled(range(size))
    for token, follower in zip(order, [*order[1:], order[0]], strict=True):
        shares[token, follower] += whole - shares[token].sum()
    return Source(shares / whole)
