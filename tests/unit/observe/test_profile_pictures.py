# SPDX-License-Identifier: GPL-3.0-or-later
"""A profile as a flame graph and as a file for speedscope."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from orthanc_python.observe.flame_graph import TOP, WIDTH, flame_graph
from orthanc_python.observe.speedscope import speedscope

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>&\"'\x00\u202e"


def stack(thread: str, count: int, *functions: str) -> dict[str, Any]:
    return {"Thread": thread, "Count": count, "Frames": [[f"/srv/{name}.py", 7, name] for name in functions]}


PROFILE = {
    "Interval": 0.01,
    "Stacks": [stack("A", 30, "main", "one"), stack("A", 60, "main", "two"), stack("B", 10, "idle")],
}


def boxes(picture: str) -> dict[str, tuple[float, float, float]]:
    """Return the x, y and width of each function's box."""
    found = {}
    for group in ElementTree.fromstring(picture).iter(f"{SVG}g"):
        title, box = group.find(f"{SVG}title"), group.find(f"{SVG}rect")
        assert title is not None and title.text is not None and box is not None
        found[title.text] = (float(box.attrib["x"]), float(box.attrib["y"]), float(box.attrib["width"]))
    return found


def test_boxes_lie_side_by_side_above_their_caller() -> None:
    row = 18
    assert boxes(flame_graph(PROFILE, "title")) == {
        "all threads: 100 samples, 100.0 %": (0, TOP, WIDTH),
        "thread A: 90 samples, 90.0 %": (0, TOP + row, 1080),
        "main (main.py:7): 90 samples, 90.0 %": (0, TOP + 2 * row, 1080),
        "one (one.py:7): 30 samples, 30.0 %": (0, TOP + 3 * row, 360),
        "two (two.py:7): 60 samples, 60.0 %": (360, TOP + 3 * row, 720),
        "thread B: 10 samples, 10.0 %": (1080, TOP + row, 120),
        "idle (idle.py:7): 10 samples, 10.0 %": (1080, TOP + 2 * row, 120),
    }


def test_picture_is_as_high_as_its_deepest_stack() -> None:
    picture = flame_graph(PROFILE, "title")
    lowest = max(y for _, y, _ in boxes(picture).values()) + 18
    assert lowest < float(ElementTree.fromstring(picture).attrib["height"]) < lowest + 18


def test_colours_are_warm_and_the_same_for_the_same_function() -> None:
    colours: dict[str, set[tuple[int, ...]]] = {}
    names = [f"function{number}" for number in range(200)]
    picture = flame_graph({"Interval": 0.01, "Stacks": [stack(thread, 9, name) for thread in "AB" for name in names]}, "title")
    for group in ElementTree.fromstring(picture).iter(f"{SVG}g"):
        title, box = group.find(f"{SVG}title"), group.find(f"{SVG}rect")
        assert title is not None and box is not None
        red, green, blue = map(int, re.findall(r"\d+", box.attrib["fill"]))
        assert 255 > red >= 205 and 220 > green >= 110 and 100 > blue >= 60
        colours.setdefault(str(title.text).partition(" (")[0], set()).add((red, green, blue))
    assert all(len(colours[name]) == 1 for name in names)
    assert len(set.union(*colours.values())) > 100


def test_title_is_in_the_middle() -> None:
    title = next(ElementTree.fromstring(flame_graph(PROFILE, "title")).iter(f"{SVG}text"))
    assert (title.text, title.attrib["x"], title.attrib["text-anchor"]) == ("title", str(WIDTH / 2), "middle")


def test_names_are_escaped() -> None:
    picture = flame_graph({"Interval": 0.01, "Stacks": [stack(HOSTILE, 1, HOSTILE)]}, HOSTILE)
    assert "<script" not in picture
    texts = [element.text for element in ElementTree.fromstring(picture).iter(f"{SVG}text")]
    assert texts[0] == "<script>&\"'  "


def test_titles_of_boxes_are_escaped() -> None:
    shown = boxes(flame_graph({"Interval": 0.01, "Stacks": [stack("<b>", 1, "&amp;")]}, "title"))
    assert {"thread <b>: 1 samples, 100.0 %", "&amp; (&amp;.py:7): 1 samples, 100.0 %"} <= shown.keys()


def test_small_boxes_are_left_out_and_long_names_cut() -> None:
    picture = flame_graph({"Interval": 0.01, "Stacks": [stack("A", 9999, "x" * 300), stack("B", 1, "tiny")]}, "title")
    assert not any("tiny" in name for name in boxes(picture))
    texts = [element.text or "" for element in ElementTree.fromstring(picture).iter(f"{SVG}text")]
    assert max(map(len, texts)) == int((1200 * 0.9999 - 6) / 7)


def test_empty_profile() -> None:
    assert boxes(flame_graph({"Interval": 0.01, "Stacks": []}, "nothing")) == {}


def test_speedscope() -> None:
    written = speedscope(PROFILE, "name")
    assert [frame["name"] for frame in written["shared"]["frames"]] == ["main", "one", "two", "idle"]
    first, second = written["profiles"]
    assert (first["name"], first["samples"], first["weights"]) == ("A", [[0, 1], [0, 2]], [0.3, 0.6])
    assert abs(first["endValue"] - 0.9) < 1e-9 and (second["samples"], second["endValue"]) == ([[3]], 0.1)
