"""JSON for the tokenizer; all windows at once as a view by unfold; a generator for the loader."""

import json

import torch
from torch.utils.data import DataLoader, Dataset


class CharTokenizer:
    def __init__(self):
        self.stoi, self.itos = {}, {}

    def fit(self, text):
        chars = sorted(list(set(text)))
        self.stoi = {ch: i for i, ch in enumerate(chars)}
        self.itos = {i: ch for i, ch in enumerate(chars)}
        return self

    @property
    def vocab_size(self):
        return len(self.stoi)

    def encode(self, text):
        try:
            return [self.stoi[c] for c in text]
        except KeyError as e:
            raise ValueError(f"unknown character {e}") from e

    def decode(self, ids):
        try:
            return "".join([self.itos[int(i)] for i in ids])
        except KeyError as e:
            raise ValueError(f"unknown id {e}") from e

    def save(self, path):
        with open(path, "w", encoding="utf-8") as f:
            json.dump({"stoi": self.stoi}, f, ensure_ascii=False, indent=2)

    @classmethod
    def load(cls, path):
        with open(path, encoding="utf-8") as f:
            stoi = json.load(f)["stoi"]
        tok = cls()
        tok.stoi = stoi
        tok.itos = {i: c for c, i in stoi.items()}
        return tok


class TextDataset(Dataset):
    def __init__(self, tokens, seq_len, stride=None):
        if stride is None:
            stride = seq_len
        if seq_len <= 0 or stride <= 0:
            raise ValueError(f"seq_len {seq_len} and stride {stride} must be positive")
        data = tokens if isinstance(tokens, torch.Tensor) else torch.tensor(tokens)
        if data.numel() <= seq_len:
            raise ValueError(f"need more than {seq_len} tokens, got {data.numel()}")
        self.windows = data.long().unfold(0, seq_len + 1, stride)

    @classmethod
    def from_text_file(cls, path, tokenizer, seq_len, stride=None):
        with open(path, encoding="utf-8") as f:
            return cls(tokenizer.encode(f.read()), seq_len, stride)

    def __len__(self):
        return self.windows.size(0)

    def __getitem__(self, idx):
        w = self.windows[idx]
        return w[:-1], w[1:]

    def get_stats(self):
        return {"num_sequences": len(self)}


def create_data_loaders(train_tokens, val_tokens, seq_len, batch_size, stride=None, num_workers=0):
    g = torch.Generator()
    g.manual_seed(torch.initial_seed() % 2**63)
    common = dict(batch_size=batch_size, num_workers=num_workers, drop_last=False)
    train = DataLoader(
        TextDataset(train_tokens, seq_len, stride), shuffle=True, generator=g, **common
    )
    val = None
    if val_tokens is not None:
        val = DataLoader(TextDataset(val_tokens, seq_len, seq_len), shuffle=False, **common)
    return train, val
