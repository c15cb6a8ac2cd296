"""`make corpus`: does the mock of each document of a folder keep that document's contract, seen from outside?

The documents are read, the requests written and the answers judged here without any of mockserver's own readers and
validators: by python-jsonschema on the raw documents. Only where neither an example of the document nor the small
sampler gives a valid value does mockserver's generator supply one, and it too is judged before it is sent.

files, reading, legacy   documents: files and references; operations of OpenAPI 3.x and of 2.0
judge                    schemas of each dialect, by python-jsonschema
sample, values           values for schemas
styles, bodies           values as HTTP
cases, faults            valid and invalid requests
client, verdict          sending them, judging what comes back
run, table, cli          a document, all documents, a person

`--plans` asks another question: is the inferred plan what a person would want?

truth, plans, plan_table labels, how near a plan comes to them, as text

`--stories` asks a third: does a server with the document alone behave as a user of that API expects?

story, telling           a story as a file; told to a server
"""
