import typing

from tradeplat.app import options


def test_every_shared_option_says_what_it_is() -> None:
    shared = [one for one in vars(options).values() if typing.get_origin(one) is typing.Annotated]
    assert len(shared) >= 7
    for one in shared:
        assert typing.get_args(one)[1].help
