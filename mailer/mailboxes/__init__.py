"""Where incoming mail lies: Maildir and mbox."""
