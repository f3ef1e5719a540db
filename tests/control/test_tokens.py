import stat
from pathlib import Path

import pytest

from tradeplat.control import tokens
from tradeplat.control.protocol import Role
from tradeplat.control.tokens import Lockout, Tokens, made, read_token, token_file
from tradeplat.core.errors import Corrupt, Denied


class Bytes:
    """Different bytes at each call."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, size: int) -> bytes:
        self.calls += 1
        return bytes((n * 7 + self.calls) % 256 for n in range(size))


class Wall:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_each_role_has_a_token_of_256_bits_that_never_shows() -> None:
    found = made(Bytes())
    assert [found.role(t) for t in (found.viewer, found.trader, found.kill)] == list(Role)
    assert {len(t) for t in (found.viewer, found.trader, found.kill)} == {43}
    assert found.viewer not in f"{found!r} {found}"


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "\ud800", "é" * 20, "0" * 10_000])
def test_any_other_token_is_nobodys(token: str) -> None:
    found = made(Bytes())
    for wrong in (token, found.trader[:-1], found.trader + "A", found.trader.swapcase()):
        assert found.role(wrong) is None


def test_every_token_is_compared_whole_whatever_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    found = made(Bytes())
    compared: list[tuple[int, int]] = []
    real = tokens.hmac.compare_digest

    def counted(known: bytes, given: bytes) -> bool:
        compared.append((len(known), len(given)))
        return bool(real(known, given))

    monkeypatch.setattr(tokens.hmac, "compare_digest", counted)
    for token in (found.viewer, found.trader, found.kill, "", "x" * 5_000, found.kill[:20]):
        compared.clear()
        found.role(token)
        assert compared == [(32, 32)] * 3


@pytest.mark.parametrize("weak", ["", "secret", "a" * 43, "changeme" * 5 + "abc"])
def test_weak_or_equal_tokens_do_not_start(weak: str) -> None:
    good = made(Bytes())
    with pytest.raises(Corrupt, match="weak"):
        Tokens(weak, good.trader, good.kill)
    with pytest.raises(Corrupt, match="weak"):
        Tokens(good.trader, good.trader, good.kill)
    with pytest.raises(Corrupt, match="weak"):
        made(bytes)


def test_files_are_their_owners_alone_and_new_each_start(tmp_path: Path) -> None:
    source = Bytes()
    first, second = made(source), made(source)
    first.write(tmp_path)
    second.write(tmp_path)
    for role in Role:
        path = token_file(tmp_path, role)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert second.role(read_token(tmp_path, role)) is role
        assert first.role(read_token(tmp_path, role)) is None


def test_a_token_that_others_may_read_is_refused(tmp_path: Path) -> None:
    made(Bytes()).write(tmp_path)
    token_file(tmp_path, Role.KILL).chmod(0o640)
    with pytest.raises(Denied, match="others may read"):
        read_token(tmp_path, Role.KILL)
    token_file(tmp_path, Role.KILL).unlink()
    with pytest.raises(Denied, match="cannot be read"):
        read_token(tmp_path, Role.KILL)


def test_the_fifth_wrong_token_within_a_minute_locks_for_a_minute() -> None:
    wall = Wall()
    lockout = Lockout(wall)
    for n in range(4):
        wall.now = n * 10.0
        lockout.wrong("a")
        assert not lockout.locked("a")
    lockout.wrong("a")
    assert lockout.locked("a")
    assert not lockout.locked("b")
    wall.now = 89.9
    assert lockout.locked("a")
    wall.now = 90.0
    assert not lockout.locked("a")


def test_wrong_tokens_far_apart_lock_nobody() -> None:
    wall = Wall()
    lockout = Lockout(wall)
    for n in range(50):
        wall.now = n * 16.0
        lockout.wrong("a")
        assert not lockout.locked("a")


def test_a_flood_of_peers_is_remembered_within_bounds() -> None:
    lockout = Lockout(Wall())
    for n in range(20_000):
        for _ in range(1 + n % 5):
            lockout.wrong(f"peer-{n}")
    assert lockout.remembered <= 2_048
    assert lockout.locked("peer-19999")
