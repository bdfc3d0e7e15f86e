"""Loads the package by the name under which authors have it: here its folder has another one."""

import importlib.util
import sys
from pathlib import Path

PACKAGE = Path(__file__).parent.parent

if "sluice" not in sys.modules:
    spec = importlib.util.spec_from_file_location(
        "sluice", PACKAGE / "__init__.py", submodule_search_locations=[str(PACKAGE)]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["sluice"] = module
    spec.loader.exec_module(module)
