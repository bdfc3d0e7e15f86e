"""The class that the component exports. It is handed to the compiler instead of the author's module, so that `plugin.py`
has nothing in it but the plugin. All that it imports is part of the component's first picture of its memory, so that an
instance starts with an interpreter that is ready.
"""

import gc

from componentize_py_types import Err

from . import contract, log, sandbox
from .column_plugin import exported
from .config import Config, Failure

import plugin as _author


class Plugin:
    """The plugin contract."""

    def describe(self) -> contract.Descriptor:
        """Describes the plugin."""
        return _report(PLUGIN.describe)

    def configure(self, schema: list[contract.Field], config: list[tuple[str, str]]) -> list[contract.Field]:
        """Prepares for rows of this schema."""
        return _report(PLUGIN.configure, schema, Config(config))

    def transform(self, input: contract.Batch, origin: contract.Origin) -> contract.Output:
        """Cleans a batch."""
        return _report(PLUGIN.transform, input, origin)


def _report(call, *arguments):
    """Calls. An exception writes its message to the log before it ends the instance: the host takes it for the reason
    that goes with the row."""
    try:
        return call(*arguments)
    except Failure as failure:
        raise Err(contract.Failure(failure.code, failure.message)) from None
    except BaseException as exception:
        log.error(_message(exception))
        raise


def _message(exception: BaseException) -> str:
    """What happened, and the line of the author's where it did."""
    place = ""
    trace = exception.__traceback__
    while trace:
        file = trace.tb_frame.f_code.co_filename
        if file.startswith(FOLDER) and not file.startswith((FOLDER + "sluice/", FOLDER + "vendor/")):
            place = f", at {file.removeprefix(FOLDER)}:{trace.tb_lineno}"
        trace = trace.tb_next
    text = str(exception)
    if isinstance(exception, ModuleNotFoundError):
        text += " in a running plugin; import it at the top of a file, which puts it into the component"
    return f"{type(exception).__name__}{': ' if text else ''}{text}{place}"


PLUGIN = exported()
# Where the author's own files are.
FOLDER = _author.__file__.removesuffix("plugin.py")
sandbox.enter()

# What is there now stays. The collector of cycles does not look at it again.
gc.collect()
gc.freeze()
