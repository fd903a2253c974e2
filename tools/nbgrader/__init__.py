"""nbgrader: its course folder from the single source, its verdicts from our worker."""
