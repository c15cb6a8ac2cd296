"""A mock server that an OpenAPI document drives: coherent, stateful, deterministic, checkable."""

__version__ = "0.1.0"
