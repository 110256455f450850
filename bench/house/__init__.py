"""The rows of a large house: what `bench.large_house` puts into a database, a module a subject."""
