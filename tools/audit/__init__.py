"""The proof that the graders are right: known mistakes, automatic mutants, other styles, many seeds."""
