"""The ledger and the tables around it, in SQLite or PostgreSQL."""
