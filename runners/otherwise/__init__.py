"""A recorded conversation gone through otherwise: verified by today's code, or forked with something changed."""
