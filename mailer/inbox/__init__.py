"""What an incoming message is, and to which delivery it belongs."""
