"""The demo: a package's whole journey, played with the real commands and the real clients."""
