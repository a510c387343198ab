"""Total quality management in numbers: control charts, capability, measurement systems. Plain Python, numpy and scipy.

Names are resolved on first use, so ``import testamur.tqm`` loads nothing heavy. Each sub-package says in ``NAMES``
(public name → its module, or ``module:attribute``) what it adds here. Every method is also in the registry
(``testamur.tqm.methods``), which the command ``testamur tqm`` and the screens call.
"""

from __future__ import annotations

import pkgutil
from functools import lru_cache
from importlib import import_module
from typing import Any

_OWN = {
    "Field": "testamur.tqm.methods",
    "Method": "testamur.tqm.methods",
    "Provenance": "testamur.tqm.results",
    "Result": "testamur.tqm.results",
    "grouped": "testamur.tqm.data",
    "Warning": "testamur.tqm.results",
}


@lru_cache(maxsize=1)
def names() -> dict[str, str]:
    """Return every public name and the module that holds it."""
    found = dict(_OWN)
    for package in pkgutil.iter_modules(__path__):
        if package.ispkg:
            module = f"{__name__}.{package.name}"
            for name, place in getattr(import_module(module), "NAMES", {}).items():
                if name in found:
                    raise ImportError(f"{name} is in {found[name]} and in {module}.{place}")
                found[name] = f"{module}.{place}"
    return found


def __getattr__(name: str) -> Any:
    if name.startswith("_") or name not in names():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _mark, attribute = names()[name].partition(":")
    return getattr(import_module(module), attribute or name)


def __dir__() -> list[str]:
    return sorted(names())
