"""The daemon: ticks that plan, send and collect."""
