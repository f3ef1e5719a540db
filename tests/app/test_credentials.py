from pathlib import Path

import pytest

from tradeplat.app import credentials
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
