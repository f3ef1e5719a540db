import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.redaction import HIDDEN, RUN, Redactor

SECRET = "s3cr3t/With+Odd=Chars'\"\\and%More"
KEY = "PKABCDEFGH1234567890"
HIDE = Redactor([KEY, SECRET, "", "abc"])

SPELT = {
    "plain": f"url={SECRET}&x",
    "in JSON": json.dumps({"a": SECRET, "b": [KEY]}),
    "as a literal": repr({"a": SECRET}),
    "in a URL": f"https://x/?k={quote(SECRET, safe='')}",
    "in base 64": base64.b64encode(f"{KEY}:{SECRET}".encode()).decode(),
    "in base 64 behind one byte": base64.b64encode(f"u:{SECRET}".encode()).decode(),
    "in hexadecimal": SECRET.encode().hex(),
    "in lower case": KEY.lower(),
    "cut at its end": f"found {SECRET[:12]}",
    "cut at its beginning": f"...{SECRET[9:]} was found",
    "twice": f"{KEY}{KEY} {SECRET}{KEY}",
}


def leaks(text: str, secret: str) -> bool:
    return any(secret[n : n + RUN] in text for n in range(len(secret) - RUN + 1))


@pytest.mark.parametrize("name", SPELT)
def test_a_secret_is_hidden_however_it_is_spelt(name: str) -> None:
    hidden = HIDE.text(SPELT[name])
    assert HIDDEN in hidden
    for secret in (SECRET, KEY):
        assert not leaks(hidden, secret)
        assert not leaks(hidden, base64.b64encode(secret.encode()).decode()[2:-6])
        assert not leaks(hidden, secret.encode().hex())


def test_neither_length_nor_prefix_is_left() -> None:
    assert HIDE.text(f"a {KEY} b") == HIDE.text(f"a {SECRET} b") == f"a {HIDDEN} b"
    assert HIDE.text(KEY) == HIDDEN
    assert HIDE.text(f"{KEY} {SECRET[:20]}") == f"{HIDDEN} {HIDDEN}"


def test_what_is_no_secret_stays() -> None:
    for text in ("", "abc", "order abc refused: PKABCDE", "x" * 10_000):
        assert HIDE.text(text) == text
    assert Redactor([]).text(KEY) == KEY


def test_a_short_secret_is_hidden_whole() -> None:
    assert Redactor(["pw12"]).text("a pw12, b PW12") == "a ***, b ***"


def test_what_another_program_sent_is_cleaned_before_it_is_read() -> None:
    body = f'{{"message": "bad key {KEY}"}}'.encode()
    assert HIDE.body(body) == b'{"message": "bad key ***"}'
    assert HIDE.body(b"nothing") == b"nothing"


@given(st.text(max_size=60), st.text(max_size=60), st.text(min_size=8, max_size=30))
def test_whatever_stands_around_it_a_secret_is_hidden(head: str, tail: str, secret: str) -> None:
    hidden = Redactor([secret]).text(head + secret + tail)
    kept = hidden.replace(HIDDEN, "")
    if secret not in head + tail and HIDDEN not in head + secret + tail:
        assert secret not in kept
