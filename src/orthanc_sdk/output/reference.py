# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders a library into the pages of the API reference, in Markdown for Sphinx with MyST.

Their text is the header's: they are made at build time, and never committed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from orthanc_sdk.binding.rules import Binding, Library
from orthanc_sdk.header.model import Enumeration, Function, Handle
from orthanc_sdk.names import member_name, short_name
from orthanc_sdk.output.docstrings import brief, deprecation, docstring, python_text
from orthanc_sdk.output.examples import Example, ExampleTopic
from orthanc_sdk.output.jinja_environment import jinja_environment
from orthanc_sdk.output.render import render
from orthanc_sdk.output.stub import stub_signature

# Our titles for the groups of the header's functions, in the order of the pages. A group that is not here is its own title.
_TITLES = {
    "Callbacks": "Callbacks",
    "DicomCallbacks": "Callbacks of the DICOM server",
    "Orthanc": "The content of the server",
    "REST": "Answers to REST requests",
    "DicomInstance": "DICOM instances",
    "Images": "Images",
    "Toolbox": "Tools",
}
_OTHERS = "Other functions"
_OLDEST = (1, 10, 1)  # the first Orthanc that the plugin runs in: what is older needs no word
_PAGES = ("index", "classes", "enumerations", "callbacks", "versions")
_NAMED = re.compile(r"(\w+): (.*)")


@dataclass(frozen=True)
class FunctionPage:
    """A module function or a method. `body` and `example` are Markdown.

    `shown_at` is the function whose example shows this one too.
    """

    python: str
    name: str
    signature: str
    body: str
    since: str
    deprecated: str
    sdk: str
    example: str
    shown_at: str


@dataclass(frozen=True)
class ClassPage:
    name: str
    body: str
    since: str
    methods: tuple[FunctionPage, ...]


@dataclass(frozen=True)
class MemberRow:
    name: str
    value: int
    text: str
    since: str


@dataclass(frozen=True)
class EnumerationPage:
    name: str
    body: str
    since: str
    members: tuple[MemberRow, ...]


@dataclass(frozen=True)
class Topic:
    """Module functions that belong together, on a page of their own."""

    page: str
    title: str
    introduction: str
    functions: tuple[FunctionPage, ...]


@dataclass(frozen=True)
class CallbackType:
    """A type that the stub alone has: its Python text, and the functions that take it."""

    name: str
    text: str
    users: tuple[str, ...]


def render_reference(library: Library, example_topics: Sequence[ExampleTopic] = ()) -> dict[str, str]:
    """Return the pages' contents, by file name. Topics of examples come first; other functions are in the groups of the header.

    Examples of functions that the header lacks are left out.
    """
    examples = {name: example for topic in example_topics for example in topic.examples for name in example.names}
    environment = jinja_environment("reference")
    topics = _topics(library, example_topics, examples)
    context = {
        "version": library.header.version,
        "topics": topics,
        "classes": [_class(library, handle, examples) for handle in library.header.handles],
        "enumerations": [_enumeration(enumeration) for enumeration in library.header.enumerations],
        "callbacks": _callback_types(library),
        "versions": _versions(library),
    }
    pages = {f"{name}.md": environment.get_template(f"{name}.md.jinja").render(context) for name in _PAGES}
    template = environment.get_template("functions.md.jinja")
    return pages | {f"{topic.page}.md": template.render(context, topic=topic) for topic in topics}


def escaped(text: str) -> str:
    """Return Markdown that shows plain text as it is, also in a table."""
    return re.sub(r"([\\`*_{}\[\]<>#|$~])", r"\\\1", text)


def _sdk_function(library: Library, binding: Binding) -> Function | None:
    """The function that a binding needs; that of an addition is named in its entry."""
    if binding.function or not binding.hand_written:
        return binding.function
    functions = {short_name(function.name): function for function in library.header.functions}
    return functions.get(binding.hand_written.needs)


def needed(since: str) -> str:
    """The Orthanc that something needs; "" if all have it in which the plugin runs."""
    return since if since and _numbers(since) > _OLDEST else ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _function(library: Library, binding: Binding, examples: Mapping[str, Example]) -> FunctionPage:
    function = _sdk_function(library, binding)
    example = examples.get(binding.python, Example((binding.python,), ""))
    first = example.names[0]
    text = docstring(binding, short=False)
    if binding.function:  # it ends with the SDK function, but that has a line of its own here
        text = text.rpartition("\n\n")[0]
    signature = " ".join(stub_signature(binding).split()).replace("( ", "(").replace(", )", ")").replace(",)", ")")
    return FunctionPage(
        binding.python,
        binding.name,
        re.sub(r"^\(self(, )?", "(", signature),
        _markdown(text),
        needed(function.since) if function else "",
        escaped(deprecation(binding)),
        binding.function.name if binding.function else "",
        example.text if first == binding.python else "",
        first if first != binding.python else "",
    )


def _markdown(text: str) -> str:
    """A docstring as Markdown: each line is a paragraph, or an item of a list."""
    blocks: list[str] = []
    for line in filter(None, text.split("\n")):
        if line.startswith("Deprecated: "):
            continue  # shown beside the signature
        item, named = line.removeprefix("- "), _NAMED.fullmatch(line)
        if item != line:
            blocks.append(f"- {escaped(item)}")
        elif named and named[1] not in ("Note", "Warning", "Remark", "Returns"):
            blocks.append(f"- `{named[1]}`: {escaped(named[2])}")
        else:
            blocks.append(escaped(line))
    # Items of one list stay together
    return re.sub(r"(?m)^(- .*)\n\n(?=- )", r"\1\n", "\n\n".join(blocks))


def _topics(library: Library, example_topics: Sequence[ExampleTopic], examples: Mapping[str, Example]) -> list[Topic]:
    members = {binding.name: binding for binding in sorted(library.members(""), key=lambda binding: binding.name)}
    topics = []
    for topic in example_topics:
        names = [name for example in topic.examples for name in example.names if name in members]
        functions = tuple(_function(library, members.pop(name), examples) for name in names)
        topics.append(Topic(f"functions-{topic.name}", topic.title, topic.introduction, functions))
    groups: dict[str, list[FunctionPage]] = {group: [] for group in _TITLES}
    for binding in members.values():
        function = _sdk_function(library, binding)
        group = (function.documentation.group if function else "") or _OTHERS
        groups.setdefault(group, []).append(_function(library, binding, examples))
    taken = {topic.page for topic in topics}
    for group, entries in groups.items():
        page = f"functions-{group.lower().replace(' ', '-')}"
        title = _TITLES.get(group, group)
        topics.append(Topic(page if page not in taken else f"{page}-more", title, "", tuple(entries)))
    return [topic for topic in topics if topic.functions]


def _class(library: Library, handle: Handle, examples: Mapping[str, Example]) -> ClassPage:
    short = short_name(handle.name)
    methods = tuple(_function(library, binding, examples) for binding in library.members(short))
    return ClassPage(short, escaped(brief(handle.documentation)), needed(handle.since), methods)


def _enumeration(enumeration: Enumeration) -> EnumerationPage:
    members = tuple(
        MemberRow(
            member_name(enumeration.name, member.name),
            member.value,
            escaped(" ".join([brief(member.documentation), *python_text(member.documentation.details).split("\n")]).strip()),
            needed(member.since),
        )
        for member in enumeration.members
    )
    return EnumerationPage(
        short_name(enumeration.name), escaped(brief(enumeration.documentation)), needed(enumeration.since), members
    )


def _callback_types(library: Library) -> list[CallbackType]:
    """From the stub, whose types they are: what begins with an underscore there."""
    stub = render(library)["orthanc.pyi"]
    signatures = {binding.python: stub_signature(binding) for binding in library.bindings if binding.bound}
    found = []
    for node in ast.parse(stub).body:
        name = _defined_name(node)
        if name.startswith("_"):
            users = tuple(python for python, signature in signatures.items() if re.search(rf"\b{name}\b", signature))
            found.append(CallbackType(name, ast.unparse(_without_decorators(node)), users))
    return sorted(found, key=lambda entry: entry.name)


def _defined_name(node: ast.stmt) -> str:
    if isinstance(node, ast.ClassDef):
        return node.name
    targets: Iterable[ast.expr] = (
        node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    )
    return next((target.id for target in targets if isinstance(target, ast.Name)), "")


def _without_decorators(node: ast.stmt) -> ast.stmt:
    if isinstance(node, ast.ClassDef):
        node.decorator_list = []
    return node


def _versions(library: Library) -> list[tuple[str, list[str]]]:
    """Return the new functions of each version of Orthanc, the newest first."""
    brought: dict[str, list[str]] = {}
    for binding in library.bindings:
        function = _sdk_function(library, binding)
        if binding.bound and function and needed(function.since):
            brought.setdefault(function.since, []).append(binding.python)
    return sorted(brought.items(), key=lambda entry: _numbers(entry[0]), reverse=True)
