"""The ``course`` command, and the tools that it is made of."""
