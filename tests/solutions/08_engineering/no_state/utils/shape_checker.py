"""By regular expressions and functions; the tracer wraps the call of each module's hooks."""

import re

import torch
from torch.utils._pytree import tree_leaves


def check_shape(tensor, expected, name="tensor", **sizes):
    *_, words = re.fullmatch(r"\s*(\.\.\.)?(.*)", expected, re.DOTALL).groups()
    words = re.findall(r"\S+", words)
    leading = expected.lstrip().startswith("...")
    shape = torch.tensor(tensor.shape).tolist()
    if (len(shape) < len(words)) if leading else (len(shape) != len(words)):
        raise ValueError(f"the shape of {name} is {shape}: {expected} was expected")
    known = {**sizes}
    for axis, word in enumerate(reversed(words), start=1):
        # from behind: but the first one of a name must count, so only look for it here
        if not word.isdigit() and word not in sizes:
            known[word] = shape[-axis]
    for axis, word in enumerate(reversed(words), start=1):
        size = shape[-axis]
        wanted = int(word) if word.isdigit() else known[word]
        if size != wanted:
            raise ValueError(f"{name}: {word} should be {wanted}, and is {size}, in {shape}")
    order = [*sizes, *(word for word in words if not word.isdigit())]
    return {word: known[word] for word in order}


def assert_batch_consistency(**tensors):
    try:
        pairs = [(name, len(tensor)) for name, tensor in tensors.items()]
    except TypeError:
        raise ValueError("a tensor has no axes") from None
    if len(pairs) < 1:
        raise ValueError("no tensors at all")
    first = pairs[0][1]
    if any(size != first for _, size in pairs):
        raise ValueError(", ".join(f"{name} has {size}" for name, size in pairs))
    return first


class ShapeTracer:
    def __init__(self, model):
        self.names = {id(module): name for name, module in model.named_modules()}
        self.shapes = []
        self.handle = None

    def _note(self, module, args, output):
        if id(module) not in self.names:
            return
        leaves = tree_leaves(output)
        tensors = [leaf for leaf in leaves if isinstance(leaf, torch.Tensor)]
        if tensors:
            self.shapes.append((self.names[id(module)], tuple(tensors[0].size())))

    def __enter__(self):
        self.handle = torch.nn.modules.module.register_module_forward_hook(self._note)
        return self

    def __exit__(self, *error):
        self.handle.remove()
