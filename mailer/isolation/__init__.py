"""A process of its own, with limits, for whatever reads bytes that strangers made."""
