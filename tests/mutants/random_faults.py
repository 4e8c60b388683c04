# SPDX-License-Identifier: GPL-3.0-or-later
"""Random faults of a Python file, by cosmic-ray. Those that no test can see are left out."""

from __future__ import annotations

import ast
import difflib
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

Position = tuple[int, int]  # line and column, as in ast
OPTIONS_WITHOUT_EFFECT = ("frozen", "slots", "strict")  # of dataclasses; of zip(): it stops at faults of ours


@dataclass(frozen=True)
class Fault:
    """The place of a fault: an operator of cosmic-ray at one of the places that it can change."""

    file: Path
    operator: str
    occurrence: int

    def changed(self, text: str) -> str:
        """Return the file's text with the fault; the same text where cosmic-ray cannot make it."""
        try:
            changed = str(mutate_code(text, get_operator(self.operator)(), self.occurrence))
            ast.parse(changed)
        except (AttributeError, SyntaxError):  # such as for `module.Name` behind `except`, or for `*` between arguments
            return text
        return changed


def faults(file: Path, text: str) -> dict[Position, list[Fault]]:
    """Return the faults at each place of a file."""
    found: dict[Position, list[Fault]] = defaultdict(list)
    unseen = list(_unseen(ast.parse(text)))
    nodes = list(ast_nodes(get_ast(text)))
    for name in operator_names():
        operator = get_operator(name)
        if not operator.arguments():
            places = [start for node in nodes for start, _ in operator().mutation_positions(node)]
            for occurrence, place in enumerate(places):
                if not any(start <= place < end for start, end in unseen):
                    found[place].append(Fault(file, name, occurrence))
    return found


def shuffled(texts: dict[Path, str], seed: int) -> list[Fault]:
    """Return a fault at each place of the files, in an order that is the same for the same seed.

    A place counts once, however many operators can change it: else most faults would be in arithmetic.
    """
    chosen = random.Random(seed)
    places = [each for file, text in sorted(texts.items()) for _, each in sorted(faults(file, text).items())]
    chosen.shuffle(places)
    return [chosen.choice(each) for each in places]


def difference(fault: Fault, text: str) -> str:
    """Return the lines that the fault changes."""
    lines = difflib.unified_diff(text.splitlines(), fault.changed(text).splitlines(), str(fault.file), n=1, lineterm="")
    return "\n".join(line for line in lines if not line.startswith("+++"))


def _unseen(tree: ast.AST) -> Iterator[tuple[Position, Position]]:
    """Yield where annotations stand, options without an effect, and what runs for type checkers or as a script only."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
            yield _extent(node.annotation)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
            yield _extent(node.returns)
        elif (isinstance(node, ast.keyword) and node.arg in OPTIONS_WITHOUT_EFFECT) or (
            isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "__name__ == '__main__'")
        ):
            yield _extent(node)


def _extent(node: ast.expr | ast.stmt | ast.keyword) -> tuple[Position, Position]:
    assert node.end_lineno is not None and node.end_col_offset is not None
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
