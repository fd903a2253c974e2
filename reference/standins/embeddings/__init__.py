"""Stand-ins for module 04."""
