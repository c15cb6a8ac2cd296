"""Holds a running server against its document: Schemathesis, wrapped.

It runs in a process of its own, by its command line: that, its configuration file and its stream of events are what it
documents and keeps stable, and what it does to warnings, signals and threads stays with it.
"""
