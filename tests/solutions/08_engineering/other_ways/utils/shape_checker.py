"""Sizes are found by a first pass and compared by a second; hooks by a dataclass of records."""

import dataclasses
import itertools

import torch


def check_shape(tensor, expected, name="tensor", **sizes):
    pattern = expected.split()
    got = list(tensor.shape)
    if pattern[0] == "...":
        missing = len(got) - (len(pattern) - 1)
        pattern = ["*"] * missing + pattern[1:]
    problems = []
    if len(pattern) != len(got):
        problems.append(f"{len(got)} axes in place of {len(pattern)}")
    known = dict(sizes)
    for word, size in itertools.zip_longest(pattern, got):
        if word in (None, "*") or size is None:
            continue
        known.setdefault(word, int(word) if word.isnumeric() else size)
        if known[word] != size:
            problems.append(f"{word} is {known[word]}, not {size}")
    if problems:
        raise ValueError(f"{name} {tuple(got)} against '{expected}': " + "; ".join(problems))
    return {word: size for word, size in known.items() if not word.isnumeric()}


def assert_batch_consistency(**tensors):
    first = {}
    for name, tensor in tensors.items():
        if not tensor.shape:
            raise ValueError(f"{name} is a single number")
        first.setdefault(tensor.shape[0], []).append(name)
    if not first:
        raise ValueError("nothing to compare")
    if len(first) > 1:
        raise ValueError(" / ".join(f"{size}: {', '.join(names)}" for size, names in first.items()))
    (size,) = first
    return size


@dataclasses.dataclass
class ShapeTracer:
    model: torch.nn.Module
    shapes: list = dataclasses.field(default_factory=list)
    handles: dict = dataclasses.field(default_factory=dict)

    def __enter__(self):
        for name, module in self.model.named_modules():
            hook = lambda m, i, o, name=name: self.note(name, o)  # noqa: E731
            self.handles[name] = module.register_forward_hook(hook, always_call=False)
        return self

    def note(self, name, output):
        stack = [output] if torch.is_tensor(output) else []
        if isinstance(output, (list, tuple)):
            stack = list(filter(torch.is_tensor, output))
        for tensor in stack:
            self.shapes.append((name, tuple(map(int, tensor.shape))))
            break

    def __exit__(self, kind, error, trace):
        for handle in self.handles.values():
            handle.remove()
        self.handles.clear()
        return False
