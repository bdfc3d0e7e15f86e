"""The host's log. Lines must not hold record content. In plain Python they go to standard error."""

import sys

from .contract import Severity

try:
    from wit_world.imports.log import write
except ImportError:

    def write(level: Severity, message: str) -> None:
        """Writes a line."""
        print(f"{level.name.lower()}: {message}", file=sys.stderr)


def info(message: str) -> None:
    """Writes what is good to know."""
    write(Severity.INFO, message)


def warning(message: str) -> None:
    """Writes what is suspicious."""
    write(Severity.WARNING, message)


def error(message: str) -> None:
    """Writes what went wrong."""
    write(Severity.ERROR, message)
