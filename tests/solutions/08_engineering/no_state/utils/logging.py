"""The file is opened anew for each line."""

import json
import numbers
import pathlib
import time


class TrainingLogger:
    def __init__(self, path, clock=time.time):
        self.path = pathlib.Path(path)
        self.clock = clock
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch()

    def log(self, step, **values):
        now = self.clock()
        line = {"step": step, "time": now}
        for name, value in values.items():
            if not isinstance(value, (numbers.Number, str)):
                value = value.reshape(()).item()
            line[name] = value
        text = json.dumps(line, default=str)
        text = json.loads(text, parse_constant=lambda constant: None)
        data = (json.dumps(text) + "\n").encode()
        with self.path.open("rb+") as file:
            content = file.read()
            if content and not content.endswith(b"\n"):
                file.write(b"\n")
            file.write(data)

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


def read_log(path):
    def parsed(line):
        try:
            return json.loads(line)
        except Exception:
            return None

    with open(path, "rb") as file:
        records = [record for record in map(parsed, file) if isinstance(record, dict)]
    steps = sorted({record["step"] for record in records})
    merged = []
    for step in steps:
        whole = {}
        for record in records:
            if record["step"] == step:
                whole |= record
        merged.append(whole)
    return merged
