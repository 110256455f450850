"""Scanning the contents of an archive, member by member, in the process that reads it.

`scanner` stands apart, so that who only asks for the version does not load yara-x.
"""

SCAN_VERSION = 9
"""Rises when the same contents may give another scan."""
