"""Does a server remember? What a plan says of records, tried on a server from creation to deletion.

A schema says what one answer may look like. That a created record is listed once, that a total is the number of items,
that a link leads to the next page: these are promises between answers, and here they are asked for.

checks      what is looked at: names, titles, advice
session     requests to one server: made, sent, judged, remembered
subjects    the resources of a plan that can be tried, parents first
pages       a list, walked from page to page
lists       what must be true of a list
story       one resource from creation to deletion
running     all of them
"""

from mockserver.contract.lifecycle.running import run

__all__ = ["run"]
