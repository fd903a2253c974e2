"""Code points, looked up by bisection and kept as numbers in a file; a matrix of indices."""

from bisect import bisect_left
from pathlib import Path

import torch
import torch.utils.data


class CharTokenizer:
    points = ()

    def fit(self, text):
        self.points = sorted({ord(c) for c in text})

    @property
    def vocab_size(self):
        return len(self.points)

    def _id(self, c):
        i = bisect_left(self.points, ord(c))
        if i == len(self.points) or self.points[i] != ord(c):
            raise ValueError(f"{c!r} was not in the text")
        return i

    def encode(self, text):
        return list(map(self._id, text))

    def decode(self, ids):
        known = range(len(self.points))
        wrong = [i for i in ids if i not in known]
        if wrong:
            raise ValueError(f"{wrong} are no ids")
        return "".join(map(chr, (self.points[i] for i in ids)))

    def save(self, path):
        Path(path).write_text(" ".join(map(str, self.points)), encoding="utf-8")

    @classmethod
    def load(cls, path):
        made = cls()
        made.points = [int(n) for n in Path(path).read_text(encoding="utf-8").split()]
        return made


class TextDataset(torch.utils.data.Dataset):
    def __init__(self, tokens, seq_len, stride=None):
        stride = seq_len if stride is None else stride
        for name, value in (("seq_len", seq_len), ("stride", stride)):
            if value < 1:
                raise ValueError(f"{name} is {value}")
        self.tokens = torch.as_tensor(tokens).to(torch.int64)
        starts = (
            torch.arange(0, self.tokens.numel() - seq_len, stride) if len(tokens) > seq_len else []
        )
        if len(starts) == 0:
            raise ValueError(f"{len(tokens)} tokens for windows of {seq_len}")
        at = starts[:, None] + torch.arange(seq_len)
        self.x, self.y = self.tokens[at], self.tokens[at + 1]

    @classmethod
    def from_text_file(cls, path, tokenizer, seq_len, stride=None):
        return cls(tokenizer.encode(Path(path).read_bytes().decode()), seq_len, stride=stride)

    def __len__(self):
        return self.x.shape[0]

    def __getitem__(self, i):
        if i < 0 or i >= len(self):
            raise IndexError(i)
        return self.x[i].clone(), self.y[i].clone()

    def get_stats(self):
        return dict(zip(("windows", "length"), self.x.shape))


class _Shuffled(torch.utils.data.Sampler):
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __iter__(self):
        yield from torch.randperm(self.n).tolist()


def create_data_loaders(train_tokens, val_tokens, seq_len, batch_size, stride=None, num_workers=0):
    Loader = torch.utils.data.DataLoader
    train = TextDataset(train_tokens, seq_len, stride)
    found = [
        Loader(train, batch_size, sampler=_Shuffled(len(train)), num_workers=num_workers),
        None,
    ]
    if val_tokens is not None:
        found[1] = Loader(TextDataset(val_tokens, seq_len), batch_size, num_workers=num_workers)
    return tuple(found)
