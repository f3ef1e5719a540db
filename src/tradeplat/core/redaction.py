"""Hides secrets in texts, however they are written there; neither a part nor a length is left."""

import base64
import json
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

HIDDEN = "***"
"""What stands in place of any secret, whatever its length."""

RUN = 8
"""Characters in a row of a secret that are enough to hide them: a cut secret is one too."""

SHORTEST = 4
"""Shorter texts are no secrets: hiding them would hide everything else."""


class Redactor:
    """Knows some secrets and hides them in whatever is about to be written.

    Hidden are the secret itself, any `RUN` characters in a row of it, and the same of its
    spellings in JSON, in a Python literal, in a URL, in hexadecimal and in base 64.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        known = sorted({secret for secret in secrets if len(secret) >= SHORTEST}, key=len)
        self._plain = tuple(secret.encode("utf-8", "surrogatepass") for secret in known)
        spelt = {spelling for secret in known for spelling in _spellings(secret)}
        self._whole = tuple(sorted((s for s in spelt if len(s) < RUN), key=len, reverse=True))
        self._runs = frozenset(
            spelling[at : at + RUN] for spelling in spelt for at in range(len(spelling) - RUN + 1)
        )

    def text(self, text: str) -> str:
        """`text` with every secret in it hidden."""
        for spelling in self._whole:
            text = text.replace(spelling, HIDDEN)
        runs = self._runs
        if not runs or len(text) < RUN:
            return text
        parts: list[str] = []
        kept = covered = 0
        for at in range(len(text) - RUN + 1):
            if text[at : at + RUN] in runs:
                if at > covered:
                    parts += (text[kept:at], HIDDEN)
                elif not covered:
                    parts.append(HIDDEN)
                kept = covered = at + RUN
        if not parts:
            return text
        return "".join([*parts, text[kept:]])

    def body(self, data: bytes) -> bytes:
        """`data`, as another program sent it, with every whole secret in it hidden."""
        for secret in self._plain:
            if secret in data:
                data = data.replace(secret, HIDDEN.encode())
        return data


def _spellings(secret: str) -> set[str]:
    """The ways in which `secret` may stand in a text."""
    raw = secret.encode("utf-8", "surrogatepass")
    found = {
        secret,
        secret.lower(),
        secret.upper(),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        quote(raw, safe=""),
        quote_plus(raw),
        raw.hex(),
        raw.hex().upper(),
    }
    for shift in range(3):
        # Behind other bytes, base 64 spells the same ones in one of three ways; what the
        # neighbours colour is cut off.
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            spelt = encode(bytes(shift) + raw).decode()
            inner = spelt[-(-shift * 8 // 6) : len(spelt) - 4]
            if len(inner) >= RUN:
                found.add(inner)
    return {spelling for spelling in found if len(spelling) >= SHORTEST}
