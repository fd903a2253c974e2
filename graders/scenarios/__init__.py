"""What is run: plain functions ``(tt, **inputs) -> dict[str, Tensor]``.

A scenario uses an implementation as a user would and hands back raw tensors. It never judges: it
may run beside a learner's code, where every verdict could be forged.

Its modules can be imported where there is no torch loaded (the deciding process), because they
take ``torch`` from ``._torch``, which loads it on first use.
"""
