"""The file stays open; lines are put together and flushed."""

import json
import math
import os
import time

import torch


class TrainingLogger:
    def __init__(self, path, clock=time.time):
        folder = os.path.dirname(str(path))
        if folder:
            os.makedirs(folder, exist_ok=True)
        self.clock = clock
        torn = False
        if os.path.exists(path) and os.path.getsize(path) > 0:
            with open(path, "rb") as file:
                file.seek(-1, os.SEEK_END)
                torn = file.read(1) != b"\n"
        self.file = open(path, "ab")
        if torn:
            self.file.write(b"\n")

    def log(self, step, **values):
        record = {"step": step, "time": self.clock()}
        for name in values:
            value = values[name]
            if torch.is_tensor(value):
                value = value.tolist()
                while isinstance(value, list):
                    value = value[0]
            if isinstance(value, float) and (math.isnan(value) or math.isinf(value)):
                value = None
            record[name] = value
        self.file.write(json.dumps(record, ensure_ascii=False, allow_nan=False).encode("utf-8"))
        self.file.write(b"\n")
        self.file.flush()

    def close(self):
        self.file.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def read_log(path):
    merged = {}
    with open(path, "rb") as file:
        for line in file:
            try:
                record = json.loads(line.decode("utf-8"))
            except (json.JSONDecodeError, UnicodeDecodeError):
                continue
            step = record["step"]
            if step not in merged:
                merged[step] = {}
            for name in record:
                merged[step][name] = record[name]
    result = []
    for step in sorted(merged.keys()):
        result.append(merged[step])
    return result
