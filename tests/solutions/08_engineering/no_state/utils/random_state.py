"""All of it as bytes in tensors."""

import pickle
import random

import numpy as np
import torch


def _packed(value):
    return torch.frombuffer(bytearray(pickle.dumps(value)), dtype=torch.uint8)


def _unpacked(tensor):
    return pickle.loads(bytes(tensor.tolist()))


def random_states():
    return {
        "python": _packed(random.getstate()),
        "numpy": _packed(np.random.get_state()),
        "torch": torch.default_generator.get_state(),
    }


def restore_random_states(states):
    random.setstate(_unpacked(states["python"]))
    np.random.set_state(_unpacked(states["numpy"]))
    torch.default_generator.set_state(states["torch"])
