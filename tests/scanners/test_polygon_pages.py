import msgspec
import pytest

from tradeplat.scanners.polygon_pages import UNREADABLE, Answer, Page, Refused, Rows

READ = Rows(msgspec.json.Decoder(Answer[list[int]]), msgspec.json.Decoder(int))


@pytest.mark.parametrize(
    ("body", "page"),
    [
        (b'{"results":[1,2],"next_url":"http://x"}', Page([1, 2], "http://x", 0)),
        (b'{"tickers":[1],"status":"OK","count":7}', Page([1], "", 0)),
        (b'{"status":"DELAYED","results":null,"next_url":null}', Page([], "", 0)),
        (b'{"status":"OK"}', Page([], "", 0)),
        (b'{"results":[1,"x",3,null]}', Page([1, 3], "", 2)),
    ],
)
def test_an_answer_is_its_rows(body: bytes, page: Page[int]) -> None:
    assert READ.read(body)[:3] == page[:3]


@pytest.mark.parametrize(
    ("body", "words", "denied"),
    [
        (b"{}", "no results", False),
        (b'{"status":"ERROR"}', "status ERROR", False),
        (b'{"status":"ERROR","error":"later","results":[1]}', "later", False),
        (b'{"status":"NOT_AUTHORIZED","message":"upgrade","results":["x"]}', "upgrade", True),
    ],
)
def test_what_only_looks_like_an_answer_is_refused(body: bytes, words: str, denied: bool) -> None:
    with pytest.raises(Refused, match=words) as caught:
        READ.read(body)
    assert caught.value.denied is denied


@pytest.mark.parametrize("body", [b"", b"[]", b'{"results":5}', b'{"results":["x"]}', b"[" * 3000])
def test_what_cannot_be_read_at_all_is_none(body: bytes) -> None:
    with pytest.raises(UNREADABLE):
        READ.read(body)
