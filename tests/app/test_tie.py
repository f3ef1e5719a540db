import asyncio
import os

from tradeplat.app.tie import tie


async def test_the_end_of_the_pipe_is_noticed_and_its_bytes_are_not() -> None:
    read, write = os.pipe()
    cut = asyncio.Event()
    await tie(os.fdopen(read, "rb"), cut.set)
    os.write(write, b"x")
    await asyncio.sleep(0.01)
    assert not cut.is_set()
    os.close(write)
    async with asyncio.timeout(10):
        await cut.wait()
