"""The API under /api/v1, for the remote commands and for programs of others."""
