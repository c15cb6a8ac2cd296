"""Exchanges with a real server into fixtures that are safe to commit."""
