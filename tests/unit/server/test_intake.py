"""What becomes of a change whose client has gone."""

from __future__ import annotations

import asyncio
import gc

import pytest

from mgie.server import intake
from mgie.server.errors import RequestError


async def test_a_change_refused_after_its_client_has_gone_is_nobodys_error() -> None:
    said: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: said.append(context["message"]))
    may_go_on, is_done = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await may_go_on.wait()
        is_done.set()
        raise RequestError("NOTHING_TO_RETRY", "no item of the batch can be run again")

    call = asyncio.ensure_future(intake.to_its_end(work()))
    await asyncio.sleep(0)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    may_go_on.set()
    await is_done.wait()
    await asyncio.sleep(0)
    del call  # and with it the frames that know the task
    gc.collect()
    await asyncio.sleep(0)
    assert said == []
    with pytest.raises(RequestError):
        await intake.to_its_end(work())
