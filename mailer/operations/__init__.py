"""One verb, one file: the only place where the core meets the edges."""
