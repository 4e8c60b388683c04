# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions of workflow files, `${{ ... }}`: https://docs.github.com/actions/reference/evaluate-expressions-in-workflows"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w-]*(?:\.[\w*-]+)*)"
    r"|(?P<sign>==|!=|&&|\|\||[!(),]))"
)
CONSTANTS = {"true": True, "false": False, "null": None}


class ExpressionError(ValueError):
    """An expression that the rehearsal cannot evaluate; the message says why."""


def interpolate(text: Any, contexts: Mapping[str, Any]) -> Any:
    """Return a value of a workflow file with its expressions evaluated. A text that is one expression keeps its type."""
    if isinstance(text, dict):
        return {key: interpolate(value, contexts) for key, value in text.items()}
    if isinstance(text, list):
        return [interpolate(each, contexts) for each in text]
    if not isinstance(text, str):
        return text
    if whole := re.fullmatch(r"\$\{\{((?:[^}]|\}(?!\}))*)\}\}", text.strip()):
        return evaluate(whole[1], contexts)
    return re.sub(r"\$\{\{(.*?)\}\}", lambda match: as_text(evaluate(match[1], contexts)), text)


def evaluate(expression: str, contexts: Mapping[str, Any]) -> Any:
    """Return the value of an expression. Raises ExpressionError."""
    tokens, position = [], 0
    text = expression.rstrip()
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise ExpressionError(f"invalid expression: {expression.strip()!r} at {text[position:].strip()!r}")
        tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
        position = match.end()
    return _Parser(expression, tokens, contexts).parse()


def as_text(value: Any) -> str:
    """Return a value as GitHub writes it into a text."""
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    return {True: "true", False: "false", None: ""}.get(value, str(value)) if not isinstance(value, str) else value


def truth(value: Any) -> bool:
    """Return whether a condition of that value holds."""
    return value not in (None, False, 0, "")


class _Parser:
    """A recursive descent: or, and, equality, not, then values."""

    def __init__(self, expression: str, tokens: list[tuple[str, str]], contexts: Mapping[str, Any]) -> None:
        self.expression, self.tokens, self.contexts = expression.strip(), tokens, contexts

    def parse(self) -> Any:
        value = self._either()
        if self.tokens:
            raise ExpressionError(f"invalid expression: {self.expression!r} at {self.tokens[0][1]!r}")
        return value

    def _take(self, *signs: str) -> str | None:
        if self.tokens and self.tokens[0][0] == "sign" and self.tokens[0][1] in signs:
            return self.tokens.pop(0)[1]
        return None

    def _either(self) -> Any:
        value = self._both()
        while self._take("||"):
            other = self._both()
            value = value if truth(value) else other
        return value

    def _both(self) -> Any:
        value = self._equality()
        while self._take("&&"):
            other = self._equality()
            value = other if truth(value) else value
        return value

    def _equality(self) -> Any:
        value = self._negation()
        while sign := self._take("==", "!="):
            value = (_comparable(value) == _comparable(self._negation())) == (sign == "==")
        return value

    def _negation(self) -> Any:
        return not truth(self._negation()) if self._take("!") else self._value()

    def _value(self) -> Any:
        if self._take("("):
            value = self._either()
            self._close()
            return value
        kind, text = self.tokens.pop(0) if self.tokens else ("", "its end")
        if kind == "string":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "name" and self._take("("):
            return self._call(text)
        if kind == "name":
            return CONSTANTS[text] if text in CONSTANTS else self._look_up(text)
        raise ExpressionError(f"invalid expression: {self.expression!r} at {text!r}")

    def _close(self) -> None:
        if not self._take(")"):
            raise ExpressionError(f"invalid expression: {self.expression!r} lacks a bracket")

    def _call(self, name: str) -> Any:
        arguments = []
        if not self._take(")"):
            arguments.append(self._either())
            while self._take(","):
                arguments.append(self._either())
            self._close()
        if name not in FUNCTIONS:
            raise ExpressionError(f"the rehearsal does not know the function {name} in {self.expression!r}")
        return FUNCTIONS[name](*arguments)

    def _look_up(self, path: str) -> Any:
        first, *keys = path.split(".")
        if first not in self.contexts:
            raise ExpressionError(f"the rehearsal does not know the context {first} in {self.expression!r}")
        value = self.contexts[first]
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value


def _contained(value: Any) -> list[Any] | str:
    return [_comparable(each) for each in value] if isinstance(value, list) else as_text(value).lower()


def _comparable(value: Any) -> Any:
    return as_text(value).lower()


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "always": lambda: True,
    "cancelled": lambda: False,
    "contains": lambda where, what: _comparable(what) in _contained(where),
    "endsWith": lambda text, end: as_text(text).lower().endswith(as_text(end).lower()),
    "failure": lambda: False,
    "format": lambda text, *values: re.sub(r"\{(\d+)\}", lambda match: as_text(values[int(match[1])]), text),
    "fromJSON": json.loads,
    "startsWith": lambda text, start: as_text(text).lower().startswith(as_text(start).lower()),
    "success": lambda: True,
    "toJSON": json.dumps,
}
