"""Text by the rules of ASCII, which are the same in every language: Python's own `strip` and `lower` know all of Unicode."""

BLANKS = " \t\n\v\f\r"
"""White space, for `strip`."""

_LOWER = {ord(letter): ord(letter) + 32 for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


def lower(text: str) -> str:
    """The text with A to Z in lower case, and nothing else changed."""
    return text.lower() if text.isascii() else text.translate(_LOWER)
