"""Coverage for people: as a table, a page, Markdown and JSON. The counting is in `mocking.coverage`."""
