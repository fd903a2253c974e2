"""Plain loops."""

import torch


def check_shape(tensor, expected, name="tensor", **sizes):
    words = expected.split()
    shape = list(tensor.shape)
    if words[0] == "...":
        del words[0]
        while len(shape) > len(words):
            del shape[0]
    if len(shape) != len(words):
        raise ValueError(name + " has " + str(len(tensor.shape)) + " axes, expected " + expected)
    found = {}
    for key in sizes:
        found[key] = sizes[key]
    for i in range(len(words)):
        word = words[i]
        if word.isdigit():
            wanted = int(word)
        elif word in found:
            wanted = found[word]
        else:
            found[word] = wanted = shape[i]
        if wanted != shape[i]:
            raise ValueError(
                name + ": axis " + str(i) + " is " + str(shape[i]) + ", expected " + str(wanted)
            )
    return found


def assert_batch_consistency(**tensors):
    if not tensors:
        raise ValueError("no tensors")
    size = None
    agree = True
    told = []
    for name, tensor in tensors.items():
        if tensor.ndim == 0:
            raise ValueError(name + " has no axes")
        told.append(name + ": " + str(len(tensor)))
        if size is None:
            size = len(tensor)
        if len(tensor) != size:
            agree = False
    if not agree:
        raise ValueError("; ".join(told))
    return size


class ShapeTracer:
    def __init__(self, model):
        self.model = model
        self.shapes = []
        self.hooks = []

    def _hook_for(self, name):
        def hook(module, inputs, output):
            if torch.is_tensor(output):
                self.shapes.append((name, tuple(output.shape)))
            elif isinstance(output, (tuple, list)):
                for part in output:
                    if torch.is_tensor(part):
                        self.shapes.append((name, tuple(part.shape)))
                        return

        return hook

    def __enter__(self):
        for name, module in self.model.named_modules():
            self.hooks.append(module.register_forward_hook(self._hook_for(name)))
        return self

    def __exit__(self, *error):
        while self.hooks:
            self.hooks.pop().remove()
