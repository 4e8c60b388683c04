# SPDX-License-Identifier: GPL-3.0-or-later
"""Typed sections of the configuration, and the search for a file that a URL names."""

from __future__ import annotations

import enum
import re
import sys
import typing
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal
from unittest.mock import Mock

import pydantic
import pytest

from orthanc_python.inside import SettingError, fill
from orthanc_python.inside.static_files import find, media_type, serve_folder


class Mode(enum.Enum):
    FAST = "fast"
    SAFE = "safe"


@dataclass
class Peer:
    aet: str
    port: int = 104


@dataclass
class Routing:
    folder: Path
    max_retries: int = 3
    factor: float = 2.0
    mode: Mode = Mode.SAFE
    level: Literal["study", "series"] = "study"
    peers: list[Peer] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    limit: int | None = None
    titles: list[str] = field(default_factory=list, metadata={"key": "AETs"})
    anything: typing.List = field(default_factory=list)  # type: ignore[type-arg]  # noqa: UP006


class Level(enum.Enum):
    ONE = 1
    TWO = 2.0


class Letter(str, enum.Enum):
    A = "a"
    B = "b"


@dataclass
class Rare:
    """Types that few sections have."""

    record: tuple[int, str] = (0, "")
    numbers: tuple[int, ...] = ()
    bare_tuple: tuple = ()  # type: ignore[type-arg]
    typing_tuple: typing.Tuple = ()  # type: ignore[type-arg]  # noqa: UP006
    bare_dict: dict = field(default_factory=dict)  # type: ignore[type-arg]
    typing_dict: typing.Dict = field(default_factory=dict)  # type: ignore[type-arg]  # noqa: UP006
    one: Literal[1] = 1
    yes: Literal[True] = True
    level: Level = Level.ONE
    member: Literal[Letter.A, Letter.B] = Letter.A


class Model(pydantic.BaseModel):
    max_retries: int = 3
    folder: str = pydantic.Field(alias="TheFolder")


PLACE = 'section "Routing"'


def test_filled() -> None:
    values = {"Folder": "/srv", "max_retries": 5, "Factor": 1, "Mode": "fast", "Level": "series", "Limit": None, "AETs": ["A"]}
    values |= {"Peers": [{"Aet": "B"}, {"Aet": "C", "Port": 11112}], "Names": {"a": 1}}
    expected = Routing(Path("/srv"), 5, 1.0, Mode.FAST, "series", [Peer("B"), Peer("C", 11112)], {"a": 1}, None, ["A"])
    assert fill(Routing, values, PLACE) == expected


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({}, 'the setting "Folder" of the section "Routing" is missing: it must be the path of a file or folder'),
        ({"MaxRetries": "3"}, 'the setting "MaxRetries" of the section "Routing" must be a whole number, not "3"'),
        ({"MaxRetries": True}, "must be a whole number, not true"),
        ({"MaxRetry": 3}, 'the setting "MaxRetry" of the section "Routing" is unknown: write "MaxRetries" instead'),
        ({"Mode": "slow"}, 'must be "fast" or "safe", not "slow"'),
        ({"Level": "image"}, 'must be "study" or "series", not "image"'),
        ({"Limit": "none"}, 'must be a whole number or null, not "none"'),
        ({"AETs": ["A", 1]}, 'the setting "AETs" of the section "Routing", item 1 must be a text, not 1'),
        ({"Peers": [{"Port": 1}]}, 'the setting "Aet" of the setting "Peers" of the section "Routing", item 0 is missing'),
        ([], 'the section "Routing" must be an object, not []'),
        ({"MaxRetries": 3, "max_retries": 4}, 'the setting "MaxRetries" of the section "Routing" is given twice'),
        ({"Factor": 10**400}, 'the setting "Factor" of the section "Routing" must be a number, not 1000'),
        ({"Factor": float("nan")}, 'the setting "Factor" of the section "Routing" must be a number, not NaN'),
        ({"MaxRetries": "x" * 1000}, 'must be a whole number, not "' + "x" * 199 + " [...]"),
        ({'a\nb"': 1}, 'the setting "a\\nb\\"" of the section "Routing" is unknown'),
        ({"Anything": 1}, 'the setting "Anything" of the section "Routing" must be a list, not 1'),
    ],
)
def test_errors_name_the_key(values: Any, text: str) -> None:
    given = {"Folder": "/srv", **values} if values else values
    with pytest.raises(SettingError) as error:
        fill(Routing, given, PLACE)
    assert text in str(error.value)


@pytest.mark.parametrize(
    ("values", "name", "expected"),
    [
        ({"Record": [1, "a"]}, "record", (1, "a")),
        ({"Numbers": [1, 2, 3]}, "numbers", (1, 2, 3)),
        ({"BareTuple": [1, "a"]}, "bare_tuple", (1, "a")),
        ({"TypingTuple": [1, "a"]}, "typing_tuple", (1, "a")),
        ({"BareDict": {"a": [1]}}, "bare_dict", {"a": [1]}),
        ({"TypingDict": {"a": [1]}}, "typing_dict", {"a": [1]}),
        ({"One": 1}, "one", 1),
        ({"Member": "b"}, "member", Letter.B),
        ({"Yes": True}, "yes", True),
        ({"Level": 1}, "level", Level.ONE),
        ({"Level": 2}, "level", Level.TWO),
    ],
)
def test_rare_types(values: dict[str, Any], name: str, expected: object) -> None:
    assert getattr(fill(Rare, values, PLACE), name) == expected


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"Record": ["a", 1]}, '"Record" of the section "Routing", item 0 must be a whole number, not "a"'),
        ({"Record": [1, 2]}, '"Record" of the section "Routing", item 1 must be a text, not 2'),
        ({"Record": [1]}, "must be a list of 2 items: a whole number, a text, not [1]"),
        ({"Record": [1, "a", 2]}, 'must be a list of 2 items: a whole number, a text, not [1, "a", 2]'),
        ({"Numbers": [1, "a"]}, 'item 1 must be a whole number, not "a"'),
        ({"BareTuple": 1}, "must be a list, not 1"),
        ({"TypingTuple": 1}, "must be a list, not 1"),
        ({"BareDict": 1}, "must be an object, not 1"),
        ({"TypingDict": 1}, "must be an object, not 1"),
        ({"One": True}, "must be 1, not true"),
        ({"One": 1.0}, "must be 1, not 1.0"),
        ({"Yes": 1}, "must be true, not 1"),
        ({"Level": True}, "must be 1 or 2.0, not true"),
    ],
)
def test_errors_of_rare_types(values: dict[str, Any], text: str) -> None:
    with pytest.raises(SettingError) as error:
        fill(Rare, values, PLACE)
    assert text in str(error.value)


def test_pydantic() -> None:
    assert fill(Model, {"MaxRetries": 4, "TheFolder": "/srv"}, PLACE) == Model(max_retries=4, TheFolder="/srv")
    for values, text in (
        (
            {"MaxRetries": "x", "TheFolder": ""},
            'the setting "MaxRetries" of the section "Routing": Input should be a valid integer',
        ),
        ({}, 'the setting "TheFolder" of the section "Routing": Field required'),
        ({"Max": 1}, 'the setting "Max" of the section "Routing" is unknown'),
    ):
        with pytest.raises(SettingError) as error:
            fill(Model, values, PLACE)
        assert text in str(error.value)


class Checked(pydantic.BaseModel):
    low: int = 0
    high: int = 1

    @pydantic.model_validator(mode="after")
    def in_order(self) -> Checked:
        if self.low > self.high:
            raise ValueError("Low is above High")
        return self

    def model_post_init(self, context: Any) -> None:
        if self.high > 100:
            raise ValueError("High is above 100")


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"Low": 2}, 'the section "Routing": Value error, Low is above High'),
        ({"High": 101}, 'the section "Routing": .*High is above 100'),
    ],
)
def test_errors_of_a_whole_model(values: dict[str, int], text: str) -> None:
    with pytest.raises(SettingError, match=f"^{text}"):
        fill(Checked, values, PLACE)


def test_files_of_a_folder(tmp_path: Path) -> None:
    root = tmp_path / "static"
    (root / "deep").mkdir(parents=True)
    for name in ("index.html", "deep/app.js", ".secret", "../outside.txt"):
        (root / name).write_text("text", encoding="utf-8")
    (root / "link.txt").symlink_to(tmp_path / "outside.txt")
    assert find(root, "") == root / "index.html" and find(root, "deep/app.js") == root / "deep" / "app.js"
    for name in (
        "../outside.txt",
        "deep/../../outside.txt",
        ".secret",
        "link.txt",
        "deep",
        "absent",
        "a\0b",
        "..\\outside.txt",
        "a" * 300,
        "deep/" * 2000,
    ):
        assert find(root, name) is None, name
    assert find(root, "/index.html") == root / "index.html"
    assert media_type(Path("a.JS")) == "text/javascript; charset=utf-8" and media_type(Path("a.unknown")).endswith(
        "octet-stream"
    )


def test_routes_of_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("index.html", "app.js"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    registered: list[tuple[str, Any]] = []
    monkeypatch.setitem(sys.modules, "orthanc", SimpleNamespace(RegisterRestCallback=lambda *each: registered.append(each)))
    serve_folder("/my.ui/", tmp_path)
    ((route, answer),) = registered
    for uri, content in (("/my.ui", b"index.html"), ("/my.ui/", b"index.html"), ("/my.ui/app.js", b"app.js")):
        match = re.fullmatch(route, uri)
        assert match is not None
        output = Mock()
        answer(output, uri, method="GET", groups=match.groups(), headers={})
        output.AnswerBuffer.assert_called_once_with(content, media_type(Path(content.decode())))
        tag = output.SetHttpHeader.call_args_list[0].args[1]
        output = Mock()
        answer(output, uri, method="GET", groups=match.groups(), headers={"if-none-match": f'"old", W/{tag}'})
        output.SendHttpStatusCode.assert_called_once_with(304)
    output = Mock()
    answer(output, "/my.ui/absent", method="GET", groups=("absent",), headers={})
    output.SendHttpStatusCode.assert_called_once_with(404)
    output = Mock()
    answer(output, "/my.ui", method="PUT", groups=(None,), headers={})
    output.SendMethodNotAllowed.assert_called_once_with("GET")
    with pytest.raises(NotADirectoryError, match=r"absent is not a folder$"):
        serve_folder("/my.ui", tmp_path / "absent")
