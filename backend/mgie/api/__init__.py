"""The vocabulary: what an edit, its options, an event and a model are, once, with converters to protobuf.

Used by server, client, panel and command line. numpy at most; no torch, no Qt, no files.
"""
