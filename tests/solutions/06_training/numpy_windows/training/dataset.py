"""The tokenizer is a dict; windows by numpy; loaders that put batches together themselves."""

import json

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class CharTokenizer(dict):
    def fit(self, text):
        self.clear()
        self.update((c, i) for i, c in enumerate(dict.fromkeys(text)))

    vocab_size = property(len)

    def encode(self, text):
        ids = [self.get(c, -1) for c in text]
        if -1 in ids:
            raise ValueError(f"unknown: {text[ids.index(-1)]!r}")
        return ids

    def decode(self, ids):
        chars = list(self)
        if any(i not in range(len(chars)) for i in ids):
            raise ValueError("an id is out of range")
        return "".join(np.array(chars, dtype=object)[list(ids)]) if len(ids) else ""

    def save(self, path):
        with open(path, "wb") as f:
            f.write(json.dumps(list(self)).encode())

    @classmethod
    def load(cls, path):
        with open(path, "rb") as f:
            chars = json.loads(f.read().decode())
        return cls((c, i) for i, c in enumerate(chars))


class TextDataset(Dataset):
    def __init__(self, tokens, seq_len, stride=None):
        if seq_len < 1 or (stride is not None and stride < 1):
            raise ValueError("sizes must be at least 1")
        tokens = np.array(tokens, dtype=np.int64)
        if len(tokens) < seq_len + 1:
            raise ValueError("too few tokens")
        all_windows = np.lib.stride_tricks.sliding_window_view(tokens, seq_len + 1)
        self.windows = all_windows[:: stride or seq_len]

    @classmethod
    def from_text_file(cls, path, tokenizer, seq_len, stride=None):
        text = "".join(open(path, encoding="utf8").readlines())
        return cls(tokenizer.encode(text), seq_len, stride)

    def __len__(self):
        return len(self.windows)

    def __getitem__(self, idx):
        both = torch.from_numpy(self.windows[idx].copy())
        return both[:-1], both[1:]

    def get_stats(self):
        return {"total": self.windows.size}


def _collate(items):
    inputs, targets = zip(*items)
    return torch.stack(inputs), torch.stack(targets)


class _Loader(DataLoader):
    def __init__(self, tokens, seq_len, stride, **options):
        super().__init__(TextDataset(tokens, seq_len, stride), collate_fn=_collate, **options)


def create_data_loaders(train_tokens, val_tokens, seq_len, batch_size, stride=None, num_workers=0):
    options = {"batch_size": batch_size, "num_workers": num_workers}
    return (
        _Loader(train_tokens, seq_len, stride, shuffle=True, **options),
        None if val_tokens is None else _Loader(val_tokens, seq_len, None, **options),
    )
