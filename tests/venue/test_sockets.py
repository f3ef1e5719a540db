from markets import KEY, market_socket, venue


async def test_sockets_are_known_while_they_are_open_and_found_by_path_and_key():
    async with venue(speed=1) as served:
        sockets = served.floor.sockets
        async with market_socket(served), market_socket(served, "sip", login=False):
            assert len(sockets) == 2
            assert [one.path for one in sockets.matching("/v2/sip")] == ["/v2/sip"]
            assert [one.path for one in sockets.matching(key=KEY)] == ["/v2/iex"]
            assert sockets.matching("/v2/sip", KEY) == []
            assert [sockets.of(one.request) for one in sockets] == list(sockets)
        assert len(sockets) <= 2
