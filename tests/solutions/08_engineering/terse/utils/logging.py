"""As short as it gets."""

import json
import time
from pathlib import Path


class TrainingLogger:
    def __init__(self, path, clock=time.time):
        path, self.clock = Path(path), clock
        path.parent.mkdir(parents=True, exist_ok=True)
        old = path.read_bytes() if path.exists() else b""
        self.file = path.open("a", buffering=1, encoding="utf-8", newline="\n")
        self.file.write("\n" * (old != b"" and old[-1] != 10))

    def log(self, step, **values):
        plain = {n: v.item() if hasattr(v, "item") else v for n, v in values.items()}
        plain = {
            n: None if v in (float("inf"), -float("inf")) or v != v else v for n, v in plain.items()
        }
        self.file.write(json.dumps(dict(step=step, time=self.clock(), **plain)) + "\n")

    def close(self):
        self.file.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def read_log(path):
    steps = {}
    for line in Path(path).read_text("utf-8", errors="replace").split("\n"):
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            continue
        steps[record["step"]] = {**steps.get(record["step"], {}), **record}
    return [record for _, record in sorted(steps.items())]
