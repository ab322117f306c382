"""Whom we write to: reading, validating and matching list rows."""
