"""Valid requests of any operation, made from a document and its plan, sent, and learnt from.

slots      values that each server says itself: templates, and what fills them
places     where records stand in requests and answers, by the plan
maker      a draft of a request: parameters and body by the generator, ids of records as slots
writing    a draft as it goes over the wire
client     sends it, with patience and limits. The door to httpx
"""
