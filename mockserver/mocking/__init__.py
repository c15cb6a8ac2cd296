"""What to answer: state, examples, generated data, errors. Pure: no HTTP, no clock, no randomness of its own."""
