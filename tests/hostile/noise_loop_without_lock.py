"""Never comes back from a long computation, and takes no signal meanwhile."""


def raw_scores(query, key):
    large = torch.ones(4000, 4000)
    while True:
        large = large @ large
