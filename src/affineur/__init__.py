"""affineur: a Python package repository whose heart is a package approval workflow."""

__version__ = "0.1.0"
