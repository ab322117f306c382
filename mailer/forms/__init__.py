"""Forms: printed for each organisation, read back in whatever shape they return."""
