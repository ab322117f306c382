"""Campaign folders and spreadsheets, as they lie on the disk."""
