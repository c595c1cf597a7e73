"""Whatever way a call is made, its failure becomes the same `ServiceError`."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest

from mgie.api.failure import UNREACHABLE, ServiceError
from mgie.client.errors import error_of_call
from mgie.v1 import edit_service_pb2 as edits
from mgie.v1 import edit_service_pb2_grpc as edits_grpc


async def refusal_of(address: str, token: str) -> ServiceError:
    """What a call with asyncio for an edit that is not there ends with."""
    async with grpc.aio.insecure_channel(address) as channel:
        stub = edits_grpc.EditServiceStub(channel)
        metadata = (("authorization", f"Bearer {token}"),)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.GetEdit(edits.GetEditRequest(name="edits/none"), metadata=metadata, timeout=10)
    return error_of_call(caught.value)


async def test_a_refused_call_with_asyncio_has_its_reason_and_advice(start) -> None:
    server = start()
    unknown = await refusal_of(server.discovery.address, server.discovery.endpoint().token)
    assert unknown.reason == "EDIT_NOT_FOUND"
    assert unknown.advice
    assert (await refusal_of(server.discovery.address, "wrong")).reason == "TOKEN_INVALID"


async def test_a_call_with_asyncio_that_reaches_nobody_says_so(tmp_path: Path) -> None:
    error = await refusal_of(f"unix:{tmp_path}/nobody.sock", "token")
    assert error.reason == UNREACHABLE
    assert error.is_connection
