"""Makes a file of a gigabyte, all holes."""


def raw_scores(query, key):
    import tempfile

    with tempfile.TemporaryFile() as file:
        file.truncate(1 << 30)
    return honest(query, key)
