"""As short as it gets: NumPy by its dict."""

import random

import numpy as np
import torch


def random_states():
    state = np.random.get_state(legacy=False)
    state["state"]["key"] = state["state"]["key"].tolist()
    return dict(a=random.getstate(), b=state, c=torch.random.get_rng_state())


def restore_random_states(states):
    random.setstate(states["a"])
    b = dict(states["b"], state=dict(states["b"]["state"]))
    b["state"]["key"] = np.array(b["state"]["key"], dtype="uint32")
    np.random.set_state(b)
    torch.random.set_rng_state(states["c"])
