# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of a configuration's text: nothing else moves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orthanc_python.configuration import read_configuration
from orthanc_python.configuration.members import DECODER
from orthanc_python.configuration.text import blanked
from orthanc_python.failure import Failure
from orthanc_python.setup.change import Change
from orthanc_python.setup.edits import Text


@pytest.mark.parametrize(
    ("text", "keys", "value", "expected"),
    [
        ("{}", ("A",), 1, '{\n  "A": 1\n}'),
        ('{ "B": 2 }', ("A",), 1, '{\n  "A": 1, "B": 2 }'),
        ('{"A": [1, // x\n 2], }', ("A",), "y", '{"A": "y", }'),
        ('{"A": 1, "A": 2}', ("A",), 3, '{"A": 1, "A": 3}'),
        ('/* {"A": 1} */ {"A": ${X:-[1]}}', ("A",), 3, '/* {"A": 1} */ {"A": 3}'),
        ('{\r\n  "S": {\r\n    "B": 1\r\n  }\r\n}', ("S", "A"), 3, '{\r\n  "S": {\r\n    "A": 3,\r\n    "B": 1\r\n  }\r\n}'),
        ('{"B": 1}', ("S", "A"), [3], '{\n  "S": {\n    "A": [\n      3\n    ]\n  },"B": 1}'),
    ],
)
def test_set(text: str, keys: tuple[str, ...], value: Any, expected: str) -> None:
    changed = Text(text)
    changed.set(keys, value)
    assert changed.text == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"L": []}', '{"L": ["x"]}'),
        ('{"L": [ /* none */ ]}', '{"L": ["x" /* none */ ]}'),
        ('{"L": ["a"]}', '{"L": ["a", "x"]}'),
        ('{"L": ["a", ]}', '{"L": ["a", "x", ]}'),
        ('{"L": ["a", "b"]}', '{"L": ["a", "b", "x"]}'),
        ('{"L": ["a",\n  "b"\n]}', '{"L": ["a",\n  "b",\n  "x"\n]}'),
        ('{\n  "L" : [\n    "a" // the "first"\n  ]\n}', '{\n  "L" : [\n    "a", // the "first"\n    "x"\n  ]\n}'),
        ('{"L": [\n  "a", // first\n]}', '{"L": [\n  "a", // first\n  "x"\n]}'),
        ('{"L": ["a", "b" // second\n]}', '{"L": ["a", "b", // second\n"x"\n]}'),
        ('{"L": [\r\n  "a" /* 1 */ // 2\r\n]}', '{"L": [\r\n  "a", /* 1 */ // 2\r\n  "x"\r\n]}'),
        ('{"L": ["a" /* first */]}', '{"L": ["a" /* first */, "x"]}'),
        ("{}", '{\n  "L": [\n    "x"\n  ]\n}'),
        ('{"N": "a\tb", "L": ["a\tb"]}', '{"N": "a\tb", "L": ["a\tb", "x"]}'),
    ],
)
def test_append(text: str, expected: str) -> None:
    changed = Text(text)
    changed.append("L", "x")
    assert changed.text == expected


def test_items() -> None:
    text = Text('{"L": ["a", /* b */ "b", "c"]}')
    text.replace_item("L", 1, "x")
    assert text.text == '{"L": ["a", /* b */ "x", "c"]}'
    text.remove_item("L", 2)
    text.remove_item("L", 0)
    assert text.text == '{"L": [/* b */ "x"]}'
    text.remove_item("L", 0)
    assert text.text == '{"L": []/* b */ /* "x" */}'
    assert DECODER.decode(blanked(text.text)) == {"L": []}


@pytest.mark.parametrize(
    ("text", "index", "expected"),
    [
        ('["a", // keep me: about a\n "old" // x\n]', 1, '["a" // keep me: about a\n // "old" // x\n]'),
        ('["a", // keep me\n "old"\n]', 1, '["a" // keep me\n]'),
        ('["a", // keep me\n "old"]', 1, '["a" // keep me\n ]'),
        ('["a" /* keep me */, "old"]', 1, '["a" /* keep me */]'),
        ('["old", // x\n "b" // y\n]', 0, '["old", // x\n "b" // y\n]'.replace('"old",', '/* "old" */')),
        ('[\n  "old", // x\n  "b" // y\n]', 0, '[\n  // "old", // x\n  "b" // y\n]'),
        ('[\n  "old" // x\n  , "b"\n]', 0, '[\n  // "old" // x\n   "b"\n]'),
        ('[\n  "a",\n  "old",\n  "b"\n]', 1, '[\n  "a",\n  "b"\n]'),
        ('[\r\n  "a",\r\n  "old"\r\n]', 1, '[\r\n  "a"\r\n]'),
        ('[\n  "a",\n  "old",\n]', 1, '[\n  "a"\n]'),
        ('[\n  "a", "old",\n  "b"\n]', 1, '[\n  "a",\n  "b"\n]'),
        ('[\n  // others\n  "old",\n  // about b\n  "b"\n]', 0, '[\n  // others\n  // about b\n  "b"\n]'),
        ('["old", /* about b */ "b"]', 0, '[/* about b */ "b"]'),
        ('["a", "old" /* x */, "b"]', 1, '["a", /* "old" */ /* x */ "b"]'),
        ('["a", /* x */ "o*/d", "b"]', 1, '["a", /* x */  "b"]'),
        ('[\n  "old", /* x\n y */\n  "b"\n]', 0, '[\n  /* "old" */ /* x\n y */\n  "b"\n]'),
        ('["old", ]', 0, "[ ]"),
        ('[\n  "old"\n]', 0, "[\n]"),
        ('["a", "old", ]', 1, '["a" ]'),
        ('["a", // keep me\n "old", ]', 1, '["a" // keep me\n  ]'),
        ('["a",\n  "old", // x\n]', 1, '["a"\n  // "old", // x\n]'),
        ('[ // list\n  "old" // x\n]', 0, '[] // list\n  // "old" // x\n'),
    ],
)
def test_removed_item_and_comments(text: str, index: int, expected: str) -> None:
    """No comment is lost, and none comes to stand beside an item that it is not about."""
    settings = DECODER.decode(blanked(f'{{"L": {text}}}'))
    changed = Text(f'{{"L": {text}}}')
    changed.remove_item("L", index)
    assert changed.text == f'{{"L": {expected}}}'
    del settings["L"][index]
    assert DECODER.decode(blanked(changed.text)) == settings


def test_what_cannot_be_changed() -> None:
    with pytest.raises(Failure, match='"S" is not a section'):
        Text('{"S": 1}').set(("S", "A"), 1)
    with pytest.raises(Failure, match='"L" is not a list'):
        Text('{"L": 1}').append("L", "x")
    with pytest.raises(Failure, match="has a form that this command cannot change"):
        Text("{${KEY}: 1}").set(("A",), 1)


def test_file_of_the_package(tmp_path: Path) -> None:
    """Each key of it can be changed, and the others keep their values."""
    original = Path("/etc/orthanc/orthanc.json").read_text()
    path = tmp_path / "orthanc.json"
    path.write_text(original)
    settings = read_configuration(path)
    assert len(settings) > 50
    for key in settings:
        changed = Text(original)
        changed.set((key,), "changed")
        path.write_text(changed.text)
        assert read_configuration(path) == {**settings, key: "changed"}


def test_links_and_rights_stay(tmp_path: Path) -> None:
    target, link = tmp_path / "real.json", tmp_path / "link.json"
    target.write_text("{}")
    target.chmod(0o640)
    link.symlink_to(target)
    change = Change(link, "{}", '{"PythonScript": 1}')
    change.apply()
    assert link.is_symlink() and target.read_text() == '{"PythonScript": 1}' and target.stat().st_mode & 0o777 == 0o640
    assert list(change.diff()) == [f"--- {link}", f"+++ {link}", "@@ -1 +1 @@", "-{}", '+{"PythonScript": 1}']


def test_new_file_and_its_removal(tmp_path: Path) -> None:
    path = tmp_path / "new.json"
    Change(path, None, "{}\n").apply()
    assert path.read_text() == "{}\n" and path.stat().st_mode & 0o777 == 0o644
    Change(path, "{}\n", None).apply()
    assert list(tmp_path.iterdir()) == []
