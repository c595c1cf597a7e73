"""The one client of the backend: asyncio (`async_client`) or blocking (`blocking`); where servers are found.

Panel, command line and tests use it. Methods take and return the values of `mgie.api`; protobuf appears in
`async_client`, `calls` and `messages` only; every failure is a `ServiceError`. No torch, no Qt.
"""
