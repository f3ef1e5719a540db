import asyncio
import sys
import threading

import pytest

from tradeplat.journal.disk import InlineDisk, WriterThread


async def test_work_is_done_in_order_on_one_other_thread() -> None:
    done: list[int] = []
    with WriterThread() as disk:
        threads = await asyncio.gather(
            *(disk.run(lambda n=n: (done.append(n), threading.current_thread())) for n in range(20))
        )
    assert done == list(range(20))
    assert {thread for _, thread in threads} != {threading.current_thread()}
    assert len({thread for _, thread in threads}) == 1


def test_threads_take_turns_more_often_while_it_is_there() -> None:
    before = sys.getswitchinterval()
    with WriterThread():
        assert sys.getswitchinterval() < before
    assert sys.getswitchinterval() == before


@pytest.mark.parametrize("error", [OSError("full"), KeyError("bug"), SystemExit(3)])
async def test_a_fault_reaches_who_asked_and_the_next_is_served(error: BaseException) -> None:
    def fail() -> None:
        raise error

    with WriterThread() as disk:
        asked = asyncio.ensure_future(disk.run(fail))
        if isinstance(error, SystemExit):
            asked.cancel()  # a task that ends so would end the loop of this test
        else:
            with pytest.raises(type(error)):
                await asked
        assert await disk.run(lambda: 7) == 7


async def test_work_goes_on_when_its_asker_does_not() -> None:
    going, done = threading.Event(), threading.Event()

    def slow() -> None:
        going.wait(30)
        done.set()

    with WriterThread() as disk:
        asked = asyncio.ensure_future(disk.run(slow))
        await asyncio.sleep(0)
        asked.cancel()
        going.set()
        await disk.run(int)
    assert done.is_set()


def test_a_closed_loop_is_nobody_to_tell() -> None:
    going = threading.Event()
    with WriterThread() as disk:

        async def ask() -> None:
            asked = asyncio.ensure_future(disk.run(lambda: going.wait(30)))
            await asyncio.sleep(0)
            asked.cancel()

        asyncio.run(ask())
        going.set()
        assert asyncio.run(disk.run(lambda: 7)) == 7


async def test_inline_it_is_done_at_once() -> None:
    assert await InlineDisk().run(threading.current_thread) is threading.current_thread()
