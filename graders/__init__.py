"""How work is judged: scenarios (what is run), checks (what must hold), and the worker that runs them."""
