"""Where documents come from: files, folders, standard input and the web.

finding     what a source names: a file, or the root documents of a folder
names       the short name of each document
fetching    bytes from the web and from standard input; the door to httpx
loading     sources into documents with their names; what all commands ask
"""

from mockserver.sources.fetching import fetch
from mockserver.sources.finding import candidates
from mockserver.sources.loading import Loaded, Written, chosen, load, load_one, load_written, named

__all__ = ["Loaded", "Written", "candidates", "chosen", "fetch", "load", "load_one", "load_written", "named"]
