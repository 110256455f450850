"""The protocols that clients speak: the package index, the API, and the server for both."""
