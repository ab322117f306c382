"""What the relay's reply means, when to try again, how fast to go."""
