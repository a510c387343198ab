"""Measurement models written as a formula: read into a tree of known operations, never executed as a program."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from testamur.kernel.refusal import Refused, _

#: Longest formula and deepest nesting; a budget of a laboratory needs a hundredth of that.
LONGEST, DEEPEST = 4_000, 80

_OPERATIONS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.true_divide,
    ast.Pow: np.power,
}
#: Analytic functions only: they go through the complex step, so derivatives are exact to the last digits.
FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "ln": np.log,
    "log10": np.log10,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
}
CONSTANTS = {"pi": float(np.pi)}
_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


class Model:
    """A formula of named quantities, e.g. ``"1000*m*P/V"``; names may contain dots (``lambda.s``).

    Args:
        formula: +, -, *, /, ^ or **, brackets, numbers, pi and the functions of :data:`FUNCTIONS`.
        names: quantities in the order of the arguments. ``m_mg`` may be written ``m`` in the formula: what follows
            the last underscore is then taken for its unit.

    Raises:
        Refused: the formula holds anything else, or a name that is no quantity.
    """

    def __init__(self, formula: str, names: Sequence[str]) -> None:
        if not isinstance(formula, str) or not formula.strip() or len(formula) > LONGEST:
            raise Refused(
                _("Write the model as a formula of at most {count} characters, such as 1000*m*P/V."),
                {"count": LONGEST},
                field="model",
            )
        self.formula, self.names = formula, tuple(names)
        self._place: dict[str, int] = {}
        used = set(_NAME.findall(formula))
        for place, name in enumerate(self.names):
            short = name.rpartition("_")[0]
            spelled = short if name not in used and short in used and short not in self.names else name
            if name in FUNCTIONS or name in CONSTANTS:
                raise Refused(
                    _("{name} is the name of a function; call the quantity otherwise."), {"name": name}, field="names"
                )
            if spelled in self._place:
                raise Refused(_("Two quantities are called {name}."), {"name": spelled}, field="names")
            self._place[spelled] = place
        marks: dict[str, str] = {}

        def marked(match: re.Match[str]) -> str:
            name = match[0]
            if name in FUNCTIONS or name in CONSTANTS:
                return name
            if name not in self._place:
                raise Refused(
                    _("The model uses {name}, which is no quantity; there are: {names}."),
                    {"name": name, "names": list(self.names)},
                    field="model",
                )
            marks.setdefault(name, f"q{self._place[name]}_")
            return marks[name]

        # Exponents of numbers (1e-6) are no names: they follow a digit or a point.
        text = re.sub(r"(?<![\w.])" + _NAME.pattern, marked, formula.replace("^", "**"))
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise self._unreadable() from None
        self._check(tree, 0)
        self._tree = tree

    def __call__(self, *values: Any) -> Any:
        """Return the value of the model; arrays and complex numbers go through."""
        return self._value(self._tree, values)

    def _unreadable(self) -> Refused:
        return Refused(
            _("The model {formula} cannot be read: use + - * / ^ ( ), numbers, quantities and {functions}."),
            {"formula": self.formula, "functions": list(FUNCTIONS)},
            field="model",
        )

    def _check(self, node: ast.AST, depth: int) -> None:
        if depth > DEEPEST:
            raise self._unreadable()
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
            self._check(node.left, depth + 1)
            self._check(node.right, depth + 1)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
            self._check(node.operand, depth + 1)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
            if len(node.args) != 1 or node.keywords:
                raise self._unreadable()
            self._check(node.args[0], depth + 1)
        elif not (
            (isinstance(node, ast.Constant) and type(node.value) in (int, float))
            or (isinstance(node, ast.Name) and (node.id in CONSTANTS or re.fullmatch(r"q\d+_", node.id)))
        ):
            raise self._unreadable()

    def _value(self, node: Any, values: Sequence[Any]) -> Any:
        if isinstance(node, ast.BinOp):
            return _OPERATIONS[type(node.op)](self._value(node.left, values), self._value(node.right, values))
        if isinstance(node, ast.UnaryOp):
            inner = self._value(node.operand, values)
            return -inner if isinstance(node.op, ast.USub) else inner
        if isinstance(node, ast.Call):
            return FUNCTIONS[node.func.id](self._value(node.args[0], values))  # type: ignore[attr-defined]
        if isinstance(node, ast.Constant):
            return float(node.value)  # type: ignore[arg-type]
        return CONSTANTS[node.id] if node.id in CONSTANTS else values[int(node.id[1:-1])]


def model_of(model: Any, names: Sequence[str]) -> Callable[..., Any]:
    """Return a formula as a :class:`Model`; a function stays what it is."""
    return model if callable(model) else Model(model, names)
