"""The mail transaction's decisions: what a reply means, when to try again, how fast."""
