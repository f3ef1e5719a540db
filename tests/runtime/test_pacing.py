import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import WSMsgType, web

from tradeplat.runtime.pacing import Counts, PacedClock, Pacer, Prompt


class Edges:
    """What a session counted, set by the test."""

    def __init__(self) -> None:
        self.data = self.account = self.orders = 0
        self.idle = True
        self.ticks: list[int] = []

    def counts(self) -> Counts:
        return Counts(self.data, self.account, self.orders, self.idle)

    def tick(self, ts: int) -> None:
        self.ticks.append(ts)
        self.orders += 1


async def served(
    script: Callable[[web.WebSocketResponse], Awaitable[None]],
    edges: Edges,
    clock: PacedClock,
    made: Callable[[Pacer], None] = lambda _: None,
) -> Pacer:
    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        assert request.headers["APCA-API-KEY-ID"] == "K"
        await script(socket)
        await socket.close()
        return socket

    app = web.Application()
    app.router.add_get("/control/pace", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    headers = {"APCA-API-KEY-ID": "K"}
    pacer = Pacer(f"http://127.0.0.1:{port}", headers, clock, edges.counts, edges.tick)
    made(pacer)
    try:
        await asyncio.wait_for(pacer.run(), 30)
    finally:
        await runner.cleanup()
    return pacer


async def ask(socket: web.WebSocketResponse, *prompt: object) -> dict[str, object]:
    await socket.send_json(dict(zip(Prompt.__struct_fields__, prompt, strict=True)))
    message = await socket.receive()
    assert message.type is WSMsgType.TEXT
    answer: dict[str, object] = message.json()
    return answer


async def test_an_instant_is_answered_with_our_own_counts_and_ticked_once() -> None:
    edges, clock = Edges(), PacedClock()
    answers = []

    async def script(socket: web.WebSocketResponse) -> None:
        answers.append(await ask(socket, 5, "reports", 0, 0, 0))
        answers.append(await ask(socket, 5, "data", 0, 0, 0))
        answers.append(await ask(socket, 5, "data", 0, 0, 1))

    pacer = await served(script, edges, clock)
    assert clock.now() == 5
    assert edges.ticks == [5]
    assert [answer["orders"] for answer in answers] == [0, 1, 1]
    assert pacer.instants == 1


async def test_an_answer_waits_for_what_the_venue_counted_and_for_idleness() -> None:
    edges = Edges()
    order: list[str] = []

    async def script(socket: web.WebSocketResponse) -> None:
        async def later() -> None:
            for _ in range(20):
                await asyncio.sleep(0)
            edges.idle = False
            edges.data = 3
            for _ in range(20):
                await asyncio.sleep(0)
            order.append("idle")
            edges.idle = True

        waiting = asyncio.create_task(later())
        answer = await ask(socket, 5, "data", 3, 0, 0)
        order.append("answered")
        assert answer["data"] == 3
        await waiting

    await served(script, edges, PacedClock())
    assert order == ["idle", "answered"]


async def test_sleepers_wake_when_the_venue_gets_there() -> None:
    clock = PacedClock(1)
    woken: list[int] = []

    async def sleep(ts: int) -> None:
        await clock.sleep_until(ts)
        woken.append(ts)

    tasks = [asyncio.create_task(sleep(ts)) for ts in (9, 5, 0)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert woken == [0]
    clock.advance(6)
    clock.advance(3)
    await asyncio.sleep(0)
    assert woken == [0, 5]
    clock.advance(9)
    await asyncio.gather(*tasks)
    assert clock.now() == 9


async def test_nothing_after_the_instant_it_holds_at_is_played_until_it_goes_on() -> None:
    edges, clock = Edges(), PacedClock()
    answers = []
    pacers = []

    async def script(socket: web.WebSocketResponse) -> None:
        (pacer,) = pacers
        answers.append(await ask(socket, 5, "data", 0, 0, 0))
        await socket.send_json({"ts": 6, "phase": "reports", "data": 0, "account": 0, "orders": 1})
        await pacer.held.wait()
        assert clock.now() == 5
        pacer.go_on()
        answers.append((await socket.receive()).json())
        answers.append(await ask(socket, 7, "data", 0, 0, 1))

    def made(pacer: Pacer) -> None:
        pacer.hold_after(5)
        pacers.append(pacer)

    await served(script, edges, clock, made)
    assert [answer["ts"] for answer in answers] == [5, 6, 7]
    assert clock.now() == 7
