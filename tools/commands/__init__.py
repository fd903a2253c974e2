"""One file per command. None imports more than click before it runs, so that help is instant."""
