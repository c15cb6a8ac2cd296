"""Two documents held against each other: which clients of the old one break with the new one, where, and why."""
