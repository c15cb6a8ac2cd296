"""Requests that nobody should send, and what keeps the server alive under them."""
