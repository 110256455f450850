"""SQL, and only here: one function for each question, on SQLite and PostgreSQL alike."""
