"""Every refusal of the trading side, with the status, code and words the vendor uses."""

from collections.abc import Mapping

from tradeplat.core.errors import BadInput

BAD_BODY = 40010000
INVALID = 40010001
FORBIDDEN = 40310000
NOT_FOUND = 40410000
UNPROCESSABLE = 42210000
TOO_MANY = 42910000

Extra = Mapping[str, object]
"""Keys a refusal carries beside code and message; amounts in it are strings."""


class Refusal(BadInput):
    """A request turned down: HTTP `status`, vendor `code` (None for a wrong key), words, extras."""

    def __init__(
        self, status: int, code: int | None, message: str, extra: Extra | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.extra: Extra = extra or {}

    def body(self) -> dict[str, object]:
        """The JSON body that answers the request."""
        head: dict[str, object] = {} if self.code is None else {"code": self.code}
        return {**head, "message": self.message, **self.extra}


def bad_body(message: str) -> Refusal:
    """400: the body is not the JSON object an endpoint takes."""
    return Refusal(400, BAD_BODY, message)


def unauthorized() -> Refusal:
    """401: no account answers to these credentials."""
    return Refusal(401, None, "unauthorized.")


def invalid(message: str) -> Refusal:
    """422: a field is missing, unreadable or repeated."""
    return Refusal(422, INVALID, message)


def unprocessable(message: str, extra: Extra | None = None) -> Refusal:
    """422: readable, but against a trading rule."""
    return Refusal(422, UNPROCESSABLE, message, extra)


def forbidden(message: str, extra: Extra | None = None) -> Refusal:
    """403: the account may not do this now."""
    return Refusal(403, FORBIDDEN, message, extra)


def not_found(message: str) -> Refusal:
    """404: no such order, position or asset."""
    return Refusal(404, NOT_FOUND, message)


def too_many() -> Refusal:
    """429: the account's request budget is used up."""
    return Refusal(429, TOO_MANY, "too many requests.")
