import copy
from pathlib import Path

import pytest

from tradeplat.app import credentials
from tradeplat.app.credentials import Use
from tradeplat.core.errors import BadInput, Denied

PAIR = {credentials.KEY: "PK1234", credentials.SECRET: "hidden5678"}


def test_a_pair_from_the_environment_never_shows_itself() -> None:
    found = credentials.alpaca(PAIR)
    assert found is not None
    assert found.secrets() == ("PK1234", "hidden5678")
    assert "PK1234" not in f"{found!r} {found} {found.key} {vars(found)}"


def test_no_keys_is_no_account_and_half_a_pair_is_a_mistake() -> None:
    assert credentials.alpaca({}) is None
    with pytest.raises(BadInput, match="APCA_API_SECRET_KEY is missing"):
        credentials.alpaca({credentials.KEY: "PK1234"})


def test_a_file_of_keys_must_be_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    file.write_text(f'{credentials.KEY} = "a"\n{credentials.SECRET} = "b"\n')
    file.chmod(0o644)
    with pytest.raises(Denied, match="chmod 600"):
        credentials.alpaca({credentials.FILE: str(file)})
    file.chmod(0o600)
    found = credentials.alpaca({credentials.FILE: str(file)})
    assert found is not None
    assert found.secrets() == ("a", "b")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"none\.toml: cannot be read"):
        credentials.alpaca({credentials.FILE: str(tmp_path / "none.toml")})


def test_a_vendor_of_data_has_one_key_under_any_of_its_names(tmp_path: Path) -> None:
    assert credentials.api_key("polygon", {}) == ""
    assert credentials.api_key("polygon", {"MASSIVE_API_KEY": "m"}) == "m"
    both = {"MASSIVE_API_KEY": "m", "POLYGON_API_KEY": "p"}
    assert credentials.api_key("polygon", both) == "p"
    file = tmp_path / "keys.toml"
    file.write_text('FMP_API_KEY = "f"\n')
    file.chmod(0o600)
    assert credentials.api_key("fmp", {credentials.FILE: str(file)}) == "f"
    assert set(credentials.known(both)) == {"m", "p"}
    assert credentials.without({**both, "HOME": "h"}) == {"HOME": "h"}


GOOD = "hT5k2pQ9xV7mZ3rL8wN4"
OTHER = "bF6j1sD0gK5yC8vM2qXa"


def pair(use: Use, key: str = GOOD, secret: str = OTHER) -> dict[str, str]:
    return dict(zip(credentials.NAMES[use], (key, secret), strict=True))


def test_each_use_has_names_of_its_own() -> None:
    names = [name for both in credentials.NAMES.values() for name in both]
    assert len(set(names)) == 2 * len(Use)
    for use in Use:
        for other in Use:
            found = credentials.alpaca(pair(use), other)
            assert (found is None) is (use is not other)


@pytest.mark.parametrize(
    "word",
    [
        "your_key_here_0123456",
        "<PUT-YOUR-KEY-HERE-42>",
        "changeme-changeme-42",
        "AKIAIOSFODNN7EXAMPLE",
        "my-secret-key-for-it",
        "PKxxxxxxxxxxxxxxxxxx",
        "aB3-x",
        "aaaaaaaaaaaaaaaaaaaa",
        "abababababababababab",
        "12345678901234567890",
    ],
)
def test_what_can_be_guessed_does_not_start(word: str) -> None:
    assert credentials.weak(word)
    for env in (pair(Use.PAPER, key=word), pair(Use.PAPER, secret=word)):
        with pytest.raises(Denied, match="no key of the vendor") as caught:
            credentials.check_fit(Use.PAPER, env)
        assert word not in str(caught.value)


def test_keys_of_a_vendor_start() -> None:
    credentials.check_fit(Use.PAPER, pair(Use.PAPER))
    assert not credentials.weak("PK7QXN2L5V8RMZ4TJ0BD")


def test_live_keys_serve_live_alone() -> None:
    live = pair(Use.LIVE)
    credentials.check_fit(Use.LIVE, live)
    for other in (Use.PAPER, Use.DATA, Use.GUARDIAN):
        for shared in (pair(other), pair(other, key="pZ3xW8nC6vB1mK5jH9gR")):
            with pytest.raises(Denied, match="must not be the same"):
                credentials.check_fit(Use.LIVE, {**live, **shared})
    with pytest.raises(Denied, match="must not be the same"):
        credentials.check_fit(Use.PAPER, {**live, **pair(Use.PAPER)})


def test_all_secrets_are_known_and_kept_from_other_processes(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    file.write_text(f'{credentials.NAMES[Use.LIVE][1]} = "in-the-file-77"\n')
    file.chmod(0o600)
    found = {**pair(Use.PAPER), **pair(Use.DATA, "d1", "d2"), credentials.FILE: str(file), "A": "b"}
    assert set(credentials.known(found)) == {GOOD, OTHER, "d1", "d2", "in-the-file-77"}
    assert credentials.without(found) == {"A": "b"}
    file.chmod(0o644)
    assert "in-the-file-77" not in credentials.known(found)


@pytest.mark.parametrize("text", ["APCA_API_KEY_ID = hidden77", "[[[[" * 9_000, "a = \x00"])
def test_a_broken_file_is_not_quoted(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys.toml"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(BadInput, match="not valid TOML") as caught:
        credentials.alpaca({credentials.FILE: str(file)})
    assert "hidden77" not in str(caught.value)


def test_credentials_are_never_pickled() -> None:
    with pytest.raises(TypeError, match="never written down"):
        copy.copy(credentials.Credentials("a", "b"))
