"""How changes look: for people, for programs, for pull requests."""
