"""Formulas of the cost model: sums, products, names, and nothing that Python can do besides."""

import ast
import operator
from collections.abc import Callable, Mapping

_OPERATIONS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def reckon(formula: str, values: Mapping[str, float]) -> float:
    """Return what the formula comes to. Raises ValueError for a name without a value, or for
    anything but + - * / and brackets."""
    return _value(ast.parse(formula, mode="eval").body, values)


def names_in(formula: str) -> set[str]:
    tree = ast.walk(ast.parse(formula, mode="eval"))
    return {node.id for node in tree if isinstance(node, ast.Name)}


def _value(node: ast.expr, values: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name) if name in values:
            return values[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
            return _OPERATIONS[type(op)](_value(left, values), _value(right, values))
    raise ValueError(f"not a formula of costs: {ast.unparse(node)}")
