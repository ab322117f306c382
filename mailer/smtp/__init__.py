"""The way to the relay: sessions, and one message at a time through them."""
