"""What the contract says: documents read, modelled, and compiled into validators. Pure: no HTTP."""
