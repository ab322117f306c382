"""What we say: a campaign's definition, its checks, its fingerprint."""
