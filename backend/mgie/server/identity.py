"""Who a client is: the machine it calls from, and on that machine what it calls itself.

Names are free to invent, so they only share out what belongs to their machine: its turns and its places. All
programs on this machine are this user's own; there each name counts.
"""

from __future__ import annotations

from typing import Any

import grpc

from mgie.server.address import is_loopback

LOCAL = "local"
_MAX_NAME_CHARS = 128


def client_of(context: grpc.aio.ServicerContext[Any, Any]) -> str:
    """The caller, as "machine/name"."""
    peer = context.peer()
    name = peer
    for key, value in context.invocation_metadata() or ():
        if key == "mgie-client" and isinstance(value, str):
            name = value[:_MAX_NAME_CHARS]
    return f"{_machine(peer)}/{name}"


def machine_of(client: str) -> str:
    """The machine of a client."""
    return client.partition("/")[0]


def share_of(client: str) -> str:
    """Whose share of the queue a client uses: its own on this machine, that of its machine elsewhere."""
    machine = machine_of(client)
    return client if machine == LOCAL else machine


def _machine(peer: str) -> str:
    """Of a peer as gRPC names it: "unix:", "ipv4:10.0.0.7:5123" or "ipv6:%5B::1%5D:5123"."""
    kind, _, address = peer.partition(":")
    if kind == "unix":
        return LOCAL
    host = address.rpartition(":")[0].replace("%5B", "").replace("%5D", "").strip("[]")
    return LOCAL if is_loopback(host) else host
