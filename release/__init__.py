"""The release tool: strip the answers out of the reference, render a student copy, prove it clean."""
