"""The `config` table of a plugin in the manifest, and how an author makes settings of it once, not per row."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeVar

from .ascii import BLANKS, lower
from .parse import parse_integers

T = TypeVar("T")


class Failure(Exception):
    """Why a configuration is refused, or a whole batch: a short stable code, and a sentence for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Config:
    """The keys and values that the manifest gives a plugin, as text."""

    def __init__(self, entries: list[tuple[str, str]]) -> None:
        self.entries = dict(entries)

    def allow(self, *known: str) -> None:
        """Fails where a key is set that is not among `known`."""
        for key in self.entries:
            if key not in known:
                names = ", ".join(f"`{name}`" for name in known)
                reason = f"is not known; known are {names}" if known else "is set, and this plugin has no configuration"
                raise Failure("unknown_config", f"`{key}` {reason}")

    def get(self, key: str, default: str = "") -> str:
        """The value of `key`, or `default` where it is not set."""
        return self.entries.get(key, default)

    def parse(self, key: str, default: T, parse: Callable[[str], T], expected: str) -> T:
        """The value of `key` parsed. Where `parse` raises a `ValueError`, it fails; `expected` says what would do, such
        as `a number of days`."""
        if key not in self.entries:
            return default
        try:
            return parse(self.entries[key].strip(BLANKS))
        except ValueError:
            raise self.wrong(key, expected) from None

    def boolean(self, key: str, default: bool) -> bool:
        """The value of `key`, which is `true` or `false`."""
        return self.parse(key, default, _boolean, "`true` or `false`")

    def integer(self, key: str, default: int) -> int:
        """The value of `key`, which is a whole number."""
        return self.parse(key, default, _integer, "a whole number")

    def names(self, key: str) -> list[str]:
        """The value of `key`: a list of names, or text with commas in between. They come without blanks around them, and
        A to Z in them in lower case. `parse` with `json.loads` takes a list as it is written."""
        names = self.get(key).split(",")
        if names[0].strip(BLANKS).startswith("["):
            names = self.parse(key, [], _strings, "a list of names, or names with commas in between")
        return [name for part in names if (name := lower(part.strip(BLANKS)))]

    def wrong(self, key: str, expected: str) -> Failure:
        """A failure about the value of `key`, to raise; `expected` says what it should be."""
        return Failure("bad_config", f"`{key}` is `{self.get(key)}`, and should be {expected}")


def _strings(text: str) -> list[str]:
    """A list of the manifest, which comes as JSON."""
    values = json.loads(text)
    if not all(isinstance(value, str) for value in values):
        raise ValueError
    return values


def _integer(text: str) -> int:
    value = parse_integers([text], False)[0]
    if value is None:
        raise ValueError
    return value


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError
    return text == "true"
