"""As short as it gets."""

from contextlib import ExitStack
from functools import partial

import torch


def check_shape(tensor, expected, name="tensor", **sizes):
    wrong = f"{name} is {list(tensor.shape)}, expected {expected} with {sizes}"
    dots, *rest = expected.split()
    axes = rest if dots == "..." else [dots, *rest]
    start = tensor.dim() - len(axes)
    if start < 0 or (start and dots != "..."):
        raise ValueError(wrong)
    for word, size in zip(axes, tensor.shape[start:]):
        if (int(word) if word.isdigit() else sizes.setdefault(word, size)) != size:
            raise ValueError(f"{wrong}: {word} = {sizes.get(word)}")
    return sizes


def assert_batch_consistency(**tensors):
    sizes = {n: t.size(0) if t.dim() else None for n, t in tensors.items()}
    if len(set(sizes.values())) != 1 or None in sizes.values():
        raise ValueError(f"batch sizes: {sizes}")
    return [*sizes.values()][0]


class ShapeTracer:
    def __init__(self, model):
        self.model, self.shapes, self.stack = model, [], ExitStack()

    def _note(self, name, module, args, out):
        parts = out if type(out) in (tuple, list) else (out,)
        first = next((p for p in parts if isinstance(p, torch.Tensor)), None)
        if first is not None:
            self.shapes.append((name, first.shape))

    def __enter__(self):
        for name, module in self.model.named_modules():
            handle = module.register_forward_hook(partial(self._note, name))
            self.stack.callback(handle.remove)
        return self

    def __exit__(self, *error):
        self.stack.close()
