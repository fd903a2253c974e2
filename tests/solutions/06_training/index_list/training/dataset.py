"""A string as the table, found by str.index; a list of pairs, made at once; batch samplers."""

import os

import torch
from torch.utils.data import BatchSampler, DataLoader, Dataset, RandomSampler, SequentialSampler


class CharTokenizer:
    def __init__(self, alphabet=""):
        self.alphabet = alphabet

    def fit(self, text):
        seen = ""
        for c in text:
            if c not in seen:
                seen += c
        self.alphabet = seen

    @property
    def vocab_size(self):
        return len(self.alphabet)

    def encode(self, text):
        return [self.alphabet.index(c) for c in text]  # str.index raises ValueError

    def decode(self, ids):
        out = ""
        for i in ids:
            if i < 0 or i >= len(self.alphabet):
                raise ValueError(f"no character has id {i}")
            out += self.alphabet[i]
        return out

    def save(self, path):
        with open(path, "w", encoding="utf-8", newline="") as f:
            f.write(self.alphabet)

    @classmethod
    def load(cls, path):
        with open(path, "r", encoding="utf-8", newline="") as f:
            return cls(f.read())


class TextDataset(Dataset):
    def __init__(self, tokens, seq_len, stride=None):
        stride = stride if stride is not None else seq_len
        if stride < 1:
            raise ValueError(f"stride = {stride}")
        if seq_len < 1:
            raise ValueError(f"seq_len = {seq_len}")
        tokens = [int(t) for t in tokens]
        self.pairs = []
        i = 0
        while i + seq_len + 1 <= len(tokens):
            x = tokens[i : i + seq_len]
            y = tokens[i + 1 : i + 1 + seq_len]
            self.pairs.append((torch.tensor(x), torch.tensor(y)))
            i += stride
        if not self.pairs:
            raise ValueError(f"{len(tokens)} tokens are too few for seq_len {seq_len}")

    @staticmethod
    def from_text_file(path, tokenizer, seq_len, stride=None):
        with open(os.fspath(path), "rb") as f:
            text = f.read().decode("utf-8")
        return TextDataset(tokenizer.encode(text), seq_len, stride)

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, index):
        return self.pairs[index]

    def get_stats(self):
        return {"sequences": len(self.pairs), "first": self.pairs[0]}


def create_data_loaders(train_tokens, val_tokens, seq_len, batch_size, stride=None, num_workers=0):
    def loader(tokens, stride, sampler):
        ds = TextDataset(tokens, seq_len, stride)
        batches = BatchSampler(sampler(ds), batch_size, drop_last=False)
        return DataLoader(ds, batch_sampler=batches, num_workers=num_workers)

    train = loader(train_tokens, stride, RandomSampler)
    if val_tokens is None:
        return train, None
    return train, loader(val_tokens, None, SequentialSampler)
