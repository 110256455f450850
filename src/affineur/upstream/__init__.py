"""External indexes: how they are asked, what they may lead to, how their pages are read."""
