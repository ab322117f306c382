"""The vocabulary: frozen records and enums, standard library only."""
