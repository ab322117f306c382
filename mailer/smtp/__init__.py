"""One envelope through the relay: the only package that speaks SMTP."""
