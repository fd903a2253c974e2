"""All streams of random numbers that training draws from, kept and put back.

See https://docs.pytorch.org/docs/stable/notes/randomness.html
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch


def random_states() -> dict[str, Any]:
    """The present states of Python's ``random``, of NumPy's global stream, and of torch's streams.

    Asking changes none of them. The form of the result is yours, but a checkpoint has to hold it:
    ``torch.save`` and then ``torch.load(…, weights_only=True)`` give it back. That takes tensors,
    numbers, texts, None, and dicts, lists and tuples of them; an array of NumPy is none of these.
    """
    ### BEGIN SOLUTION
    numpy: Any = np.random.get_state()  # a tuple of five, the second an array
    return {
        "python": random.getstate(),
        "numpy": (numpy[0], torch.from_numpy(numpy[1]), *numpy[2:]),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all(),  # of all devices, so [] where there is none
    }
    ### END SOLUTION


def restore_random_states(states: dict[str, Any]) -> None:
    """Put all streams back to where they were when ``random_states`` gave ``states``.

    From here on each gives the same draws as it gave from there on, to the bit, whatever is drawn:
    also normal numbers, which ``random`` and NumPy make in pairs, the second kept for the next call.
    """
    ### BEGIN SOLUTION
    random.setstate(states["python"])
    kind, keys, *rest = states["numpy"]
    np.random.set_state((kind, keys.numpy(), *rest))
    torch.set_rng_state(states["torch"])
    torch.cuda.set_rng_state_all(states["cuda"])
    ### END SOLUTION
