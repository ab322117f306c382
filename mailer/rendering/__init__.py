"""From a template and a recipient to the bytes of one message."""
