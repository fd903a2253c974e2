"""By the system's own write, without a file object."""

import json
import os
import time

import torch


def _plain(value):
    value = float(value) if isinstance(value, torch.Tensor) and value.is_floating_point() else value
    value = int(value) if isinstance(value, torch.Tensor) else value
    if isinstance(value, float) and not (float("-inf") < value < float("inf")):
        return None
    return value


class TrainingLogger:
    def __init__(self, path, clock=time.time):
        path = os.path.abspath(path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self._number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        size = os.lseek(self._number, 0, os.SEEK_END)
        if size and os.pread(self._number, 1, size - 1) != b"\n":
            os.write(self._number, b"\n")
        self._clock = clock

    def log(self, step, **values):
        head = {"step": step, "time": self._clock()}
        line = json.dumps(head | {name: _plain(value) for name, value in values.items()})
        os.write(self._number, f"{line}\n".encode())

    def close(self):
        os.close(self._number)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.close()


def read_log(path):
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        lines = file.readlines()
    found = {}
    for line in lines:
        whole = line.startswith("{") and line.rstrip().endswith("}")
        try:
            record = json.loads(line) if whole else None
        except ValueError:
            record = None
        if record:
            found[record["step"]] = found.get(record["step"], {}) | record
    return list(map(found.get, sorted(found)))
