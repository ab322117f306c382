"""A world to try everything in: relay, municipalities, virtual weeks."""
