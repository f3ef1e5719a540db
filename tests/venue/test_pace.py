import asyncio

import pytest

from tradeplat.core.errors import BadInput
from tradeplat.venue.pace import Counts, Follower, Pace, PacePhase, Prompt, read_answer


class Client:
    """A follower that answers with what it has handled, a turn of the loop later."""

    def __init__(self, pace: Pace, counts: Counts) -> None:
        self.pace = pace
        self.counts = counts
        self.asked: list[Prompt] = []
        self.follower = Follower(self.on_prompt, lambda: self.counts)

    def on_prompt(self, prompt: Prompt) -> None:
        self.asked.append(prompt)
        asyncio.get_running_loop().call_soon(self.reply, prompt)

    def reply(self, prompt: Prompt) -> None:
        self.follower.answer = prompt
        self.pace.stir()


async def test_an_instant_is_over_when_every_client_counts_what_the_venue_counts():
    pace = Pace(0)
    clients = [Client(pace, Counts(3, 1, 2)), Client(pace, Counts())]
    for client in clients:
        pace.join(client.follower)
    await pace.settle(7, PacePhase.DATA, lambda: None)
    assert clients[0].asked == [Prompt(7, PacePhase.DATA, 3, 1, 2)]
    assert clients[1].asked == [Prompt(7, PacePhase.DATA, 0, 0, 0)]


async def test_counts_that_move_meanwhile_are_asked_about_again():
    pace = Pace(0)
    client = Client(pace, Counts(1, 0, 0))
    pace.join(client.follower)
    worked = []

    def work() -> None:
        worked.append(len(client.asked))
        if len(client.asked) == 1:
            client.counts = Counts(1, 1, 1)

    await pace.settle(7, PacePhase.REPORTS, work)
    assert [prompt.counts for prompt in client.asked] == [Counts(1, 0, 0), Counts(1, 1, 1)]
    assert worked[0] == 0


async def test_a_client_that_is_ahead_of_the_venue_is_waited_for_not_asked_twice():
    pace = Pace(0)
    client = Client(pace, Counts())
    client.reply = lambda prompt: (
        setattr(client.follower, "answer", Prompt(prompt.ts, prompt.phase, 0, 0, 1)),
        pace.stir(),
        asyncio.get_running_loop().call_later(0.01, arrive),
    )

    def arrive() -> None:
        client.counts = Counts(0, 0, 1)
        pace.stir()

    pace.join(client.follower)
    await pace.settle(7, PacePhase.DATA, lambda: None)
    assert len(client.asked) == 1


async def test_a_client_that_leaves_holds_nobody_up():
    pace = Pace(0)
    client = Client(pace, Counts())
    client.on_prompt = client.follower.send = lambda _: asyncio.get_running_loop().call_soon(
        pace.leave, client.follower
    )
    pace.join(client.follower)
    await pace.settle(7, PacePhase.DATA, lambda: None)
    assert not pace.present


async def test_the_first_client_is_waited_for_only_so_long():
    pace = Pace(0.02)
    await pace.ready()
    await pace.ready()
    follower = Follower(lambda _: None, Counts)
    waiting = Pace(30)
    async with asyncio.TaskGroup() as group:
        group.create_task(waiting.ready())
        await asyncio.sleep(0)
        waiting.join(follower)
    await Pace(0).ready()


@pytest.mark.parametrize("frame", [b"", b"[]", '{"ts":1}', b"\xff", '{"ts":1,"phase":"x"}'])
def test_an_answer_that_is_none_is_bad_input(frame):
    with pytest.raises(BadInput, match="pace answer"):
        read_answer(frame)
