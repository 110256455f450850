"""The command line: commands of the server's machine, and remote commands over the API."""
