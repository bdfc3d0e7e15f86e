"""Python's own ways to the world outside, which a component does not have. What is printed goes to the log; files and
clocks raise an exception that says so, and a module that is not there is not found, where they would end the instance
without a word. It knows nothing of plugins."""

# Python imports these by itself, when a function first needs them, and later there are no files to import from.
import _strptime  # noqa: F401
import builtins
import datetime
import encodings.ascii  # noqa: F401
import encodings.cp1252  # noqa: F401
import encodings.latin_1  # noqa: F401
import encodings.utf_16_be  # noqa: F401
import encodings.utf_16_le  # noqa: F401
import encodings.utf_8_sig  # noqa: F401
import gc
import io
import os
import random  # The compiler imports it too, when all of this is in place.
import sys
import time
from collections.abc import Callable
from importlib.machinery import BuiltinImporter, FrozenImporter
from typing import NoReturn

from . import log

_NO_FILES = "a plugin has no files"
_NO_NETWORK = "a plugin has no network"
_NO_CLOCK = "a plugin has no clock; the time of a row is `row.received_at`"
_NO_CHANCE = "a plugin has no random numbers; what it makes follows from the row"

# Functions of modules written in C that are refused, by module.
_CLOCKS = """clock_gettime clock_gettime_ns monotonic monotonic_ns perf_counter perf_counter_ns process_time process_time_ns
sleep thread_time thread_time_ns time time_ns""".split()
_NETWORK = "getaddrinfo gethostbyaddr gethostbyname gethostbyname_ex gethostname getnameinfo socketpair".split()
# Functions of the operating system that need none; all others are taken for files.
_HARMLESS = """fspath getcwd getcwdb getpid putenv register_at_fork strerror unsetenv waitstatus_to_exitcode""".split()


def enter() -> None:
    """Puts all of it in place."""
    sys.stdout = _Lines(log.info)
    sys.stderr = _Lines(log.warning)
    # The runtime would print a traceback, for which it would read files.
    sys.excepthook = lambda *exception: None
    refusals = {builtins.open: _refused(_NO_FILES), os.urandom: _refused(_NO_CHANCE)}
    for name, function in vars(sys.modules["posix"]).items():
        if type(function) is type(len) and name not in _HARMLESS and not name.startswith("_"):
            refusals.setdefault(function, _refused(_NO_FILES))
    for module, names, reason in [("time", _CLOCKS, _NO_CLOCK), ("_socket", _NETWORK, _NO_NETWORK)]:
        functions = vars(sys.modules[module]) if module in sys.modules else {}
        refusals.update((functions[name], _refused(reason)) for name in names if name in functions)
    for function in [time.asctime, time.ctime, time.gmtime, time.localtime]:
        refusals[function] = _timed(function, 1)
    refusals[time.strftime] = _timed(time.strftime, 2)
    _refuse_now()
    if "_socket" in sys.modules:
        sys.modules["socket"].socket.__init__ = _refused(_NO_NETWORK)
    random.Random.__init__ = _seeded(random.Random.__init__)  # type: ignore[method-assign]
    random.seed(0)
    # Wherever they were imported to.
    for module in list(sys.modules.values()):
        names = getattr(module, "__dict__", {})
        for name, value in list(names.items()):
            if type(value) is type(len) and value in refusals:
                names[name] = refusals[value]
    # What was imported stays, and what is part of the interpreter can be. All else is not found, as libraries expect that
    # try an import.
    sys.meta_path[:] = [BuiltinImporter, FrozenImporter]
    sys.path.clear()


class _Lines(io.TextIOBase):
    """Text whose lines go to the log."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._line = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            self._write(line)
        return len(text)


def _refused(reason: str) -> Callable[..., NoReturn]:
    def refuse(*arguments: object, **named: object) -> NoReturn:
        raise PermissionError(reason)

    return refuse


def _timed(function: Callable, needs: int) -> Callable:
    """A function that takes the time of the clock where it is given none as its argument number `needs`."""

    def timed(*arguments: object) -> object:
        if len(arguments) < needs or arguments[needs - 1] is None:
            raise PermissionError(_NO_CLOCK)
        return function(*arguments)

    return timed


def _seeded(initialize: Callable) -> Callable:
    """Random numbers from a seed only."""

    def __init__(self: object, x: object = None) -> None:
        if x is None:
            raise PermissionError(_NO_CHANCE)
        initialize(self, x)

    return __init__


def _refuse_now() -> None:
    """Takes the clock from `datetime`, which is written in C and closed to changes: by the dictionary behind it."""
    (functions,) = gc.get_referents(datetime.datetime.__dict__)
    for name in ["now", "today", "utcnow"]:
        functions[name] = classmethod(_refused(_NO_CLOCK))
    (functions,) = gc.get_referents(datetime.date.__dict__)
    functions["today"] = classmethod(_refused(_NO_CLOCK))
    sys._clear_internal_caches()
