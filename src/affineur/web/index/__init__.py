"""The package index: simple pages, files and uploads, without a framework."""
