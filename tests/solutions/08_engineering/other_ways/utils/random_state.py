"""Texts in JSON for Python and NumPy."""

import json
import random

import numpy
import torch


def random_states():
    state = numpy.random.get_state()
    return {
        "json": json.dumps(
            [
                random.getstate(),
                [part if isinstance(part, str) else numpy.asarray(part).tolist() for part in state],
            ]
        ),
        "torch": torch.get_rng_state().tolist(),
    }


def restore_random_states(states):
    python, (kind, keys, *others) = json.loads(states["json"])
    random.setstate((python[0], tuple(python[1]), python[2]))
    numpy.random.set_state((kind, numpy.asarray(keys, dtype=numpy.uint64), *others))
    torch.set_rng_state(torch.tensor(states["torch"], dtype=torch.uint8))
