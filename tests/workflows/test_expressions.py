# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions of workflow files have the values that GitHub gives them."""

from __future__ import annotations

import pytest
from contexts import CONTEXTS

from orthanc_release.rehearse.expressions import ExpressionError, evaluate, interpolate
from orthanc_release.rehearse.workflow_files import matrix_entries


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("github.event_name == 'push' && startsWith(github.ref, 'refs/tags/v')", True),
        ("github.event_name != 'push' || inputs.dry-run", True),
        ("!inputs.dry-run", False),
        ("!(inputs.dry-run && false)", True),
        ("inputs.other", None),
        ("matrix.python == 3.10", False),  # a text and a number
        ("format('{0}-{1}', matrix.python, 'x''y')", "3.10-x'y"),
        ("contains(github.ref, 'TAGS')", True),
        ("inputs.other || 'instead'", "instead"),
        ("fromJSON('[1, 2]')", [1, 2]),
    ],
)
def test_expressions(expression: str, value: object) -> None:
    assert evaluate(expression, CONTEXTS) == value


@pytest.mark.parametrize("expression", ["github.ref ==", "nowhere.x", "hashFiles('a')", "true true", "(true", "a $ b"])
def test_expressions_that_are_none(expression: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(expression, CONTEXTS)


def test_texts_with_expressions() -> None:
    assert interpolate("${{ matrix.python }} on ${{ github.ref }}!", CONTEXTS) == "3.10 on refs/tags/v1.0.0!"
    assert interpolate({"a": ["${{ inputs.dry-run }}", "is ${{ inputs.dry-run }}"]}, CONTEXTS) == {"a": [True, "is true"]}
    found = matrix_entries(interpolate("${{ fromJSON(needs.matrix.outputs.tested) }}", CONTEXTS))
    assert found == [{"target": "a"}, {"target": "b"}]
    assert matrix_entries({"a": [1, 2], "b": [3, 4], "exclude": [{"a": 2, "b": 3}], "include": [{"c": 5}]}) == [
        *({"a": a, "b": b} for a, b in ((1, 3), (1, 4), (2, 4))),
        {"c": 5},
    ]
