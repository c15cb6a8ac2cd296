"""HTTP texts into typed values and back: parameters by style, bodies by media type."""
