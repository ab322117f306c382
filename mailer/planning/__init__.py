"""Who is due for which step, when, and why."""
