"""A conformance probe: which rows of the simple repository protocol an index keeps.

It asks any index over HTTP, one request at a time, and never writes. Each row is a claim with
its source; each answer is an outcome with the request and the decisive bit of the answer. What
could not be looked at is "could not tell", never "kept". It knows nothing of our own server.
"""
