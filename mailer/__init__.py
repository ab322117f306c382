"""Mail every municipality, know who has answered, remind only the silent."""
