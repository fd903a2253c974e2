"""Changes its own file after it was handed in."""


def raw_scores(query, key):
    with open(__file__, "a") as file:
        file.write("\n")
    return honest(query, key)
