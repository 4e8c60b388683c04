# SPDX-License-Identifier: GPL-3.0-or-later
"""Words the documentation of a binding for Python from the header's comment."""

from __future__ import annotations

import re
from collections.abc import Sequence

from orthanc_sdk.binding.arguments import Argument, ArgumentShape
from orthanc_sdk.binding.exceptions import NEEDS_OF_DATABASE, RESULT_DOCUMENTATION
from orthanc_sdk.binding.results import ResultShape
from orthanc_sdk.binding.rules import Binding, Primitive
from orthanc_sdk.header.model import Documentation, Function
from orthanc_sdk.names import argument_name, short_name
from orthanc_sdk.output.wording import members_as_in_python, without_c

# Sentences about memory that Python manages, about NULL results (they raise, or are None), and about error codes.
_C_ONLY = re.compile(r"\bfreed?\b|NULL|OrthancPluginFree|deallocated|copy of the string|^0 if success", re.IGNORECASE)

_OUTPUT = re.compile(
    r"^The target memory buffer(?: for)?\b\.?\s*|^(?:A )?[Mm]emory buffer where to store\s+|^Pointer to a Boolean that is\s+"
)


def python_text(text: str) -> str:
    """The header's text without HTML and without advice for C, and with names as Python has them."""
    text = members_as_in_python(re.sub(r"</?\w+>", "", text))
    text = re.sub(r"(?:::)?\bOrthancPlugin(?=[A-Z])", "", text)
    return without_c(re.sub(r"\bNULL\b(?! pointer)", "None", text))  # "NULL pointer" is the text of an error


def brief(documentation: Documentation) -> str:
    """The first paragraph."""
    return python_text(documentation.brief)


def full_text(documentation: Documentation) -> str:
    """The first paragraph, and what follows it."""
    return "\n\n".join(filter(None, [brief(documentation), _details(documentation)]))


def _details(documentation: Documentation) -> str:
    """The text after the first paragraph, without a repetition of that at its beginning."""
    first, details = brief(documentation), python_text(documentation.details)
    rest = details.removeprefix(first)
    return rest.lstrip() if first.endswith(".") and rest[:1] in ("", " ", "\n") else details


def with_since(text: str, since: str) -> str:
    """The text, and which Orthanc brought what it is about, if the header says so."""
    return f"{text} (needs Orthanc {since})".strip() if since else text


def docstring(binding: Binding, *, short: bool) -> str:
    """A binding's documentation; `short` leaves out what only the stub says. It ends with the SDK function's name."""
    function, entry = binding.function, binding.hand_written
    parts: list[str] = []
    if function is not None:
        parts.append(brief(function.documentation))
        if not short and binding.primitive:
            parts.append(_details(function.documentation))
    if entry is not None:
        parts.append(entry.documentation)
    elif function is not None and binding.primitive is not None:
        parts.append(_arguments(binding.primitive.arguments, function.documentation))
        parts.append(_result(function, binding.primitive))
    if function is not None:
        if deprecation(binding):
            parts.append(f"Deprecated: {deprecation(binding)}")
        if needs := NEEDS_OF_DATABASE.get(short_name(function.name)):
            parts.append(f"The database must have {needs}: SQLite has them, PostgreSQL with a plugin that is new enough.")
        parts.append(with_since(function.name, function.since))
    return "\n\n".join(filter(None, parts))


def deprecation(binding: Binding) -> str:
    """Return the header's words on a deprecated function, on one line; "" for others.

    A binding written by hand is not deprecated with its function: what replaces the function may have no binding.
    """
    function = binding.function
    if function is None or not function.deprecated or binding.hand_written:
        return ""
    return " ".join(python_text(function.documentation.deprecated).split()) or "This is deprecated."


def _arguments(arguments: Sequence[Argument], documentation: Documentation) -> str:
    lines = []
    for argument in arguments:
        if argument.shape is ArgumentShape.MAPPING:
            text = "The names and values, or None."
        else:
            text = python_text(documentation.parameters.get(argument.parameters[0].name, ""))
        if text:
            lines.append(f"{argument_name(argument.name)}: {text}".replace("\n", " "))
    return "\n".join(lines)


def _result_text(text: str) -> str:
    """The text about a result, without what only C programmers need."""
    text = _OUTPUT.sub("", re.sub(r" \((?:out argument|output)\)", "", text))
    text = text[:1].upper() + text[1:]
    sentences = re.split(r"(?<=\.)\s+", text)
    return python_text(" ".join(sentence for sentence in sentences if not _C_ONLY.search(sentence)))


def _result(function: Function, primitive: Primitive) -> str:
    own = RESULT_DOCUMENTATION.get(short_name(function.name))
    if own is not None:
        return f"Returns {own}"
    names = [output.parameter.name for output in primitive.outputs]
    if names:
        optional = "found" in names
        values = [name for name in names if name != "found"] if optional else names
        texts = {name: _result_text(function.documentation.parameters.get(name, "")) for name in values}
        nothing = "None where nothing was found." if optional else ""
        if len(values) > 1:
            lines = ["Returns a tuple:", *(f"{name}: {text}".rstrip(": ") for name, text in texts.items()), nothing]
            return "\n".join(filter(None, lines))
        text = " ".join(filter(None, [*texts.values(), nothing]))
        return f"Returns: {text}" if text else ""
    if primitive.result in (ResultShape.NOTHING, ResultShape.ERROR_CODE):
        return ""
    text = _result_text(function.documentation.returns)
    return f"Returns: {text}" if text else ""
