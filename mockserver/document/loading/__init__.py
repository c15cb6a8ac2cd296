"""From files to one normalised document: read, bundled, mended, in one form."""
