# SPDX-License-Identifier: GPL-3.0-or-later
"""A profile as a flame graph: an SVG that needs no other file, and no script."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

WIDTH = 1200
ROW = 18
CHARACTER = 7.0  # the width of one, at 12 px
TOP = 40


@dataclass
class Node:
    """A function, as called by those above it."""

    name: str
    count: int = 0
    children: dict[str, Node] = field(default_factory=dict)

    def add(self, names: list[str], count: int) -> None:
        node = self
        node.count += count
        for name in names:
            node = node.children.setdefault(name, Node(name))
            node.count += count

    @property
    def depth(self) -> int:
        return 1 + max((child.depth for child in self.children.values()), default=0)


def flame_graph(profile: dict[str, Any], title: str) -> str:
    """Return the answer of /python/profile as a picture. The width of a function is its share of all samples."""
    root = Node("all threads")
    for stack in profile["Stacks"]:
        names = [f"{function} ({file.rpartition('/')[2]}:{line})" for file, line, function in stack["Frames"]]
        root.add([f"thread {stack['Thread']}", *names], stack["Count"])
    height = TOP + root.depth * ROW + 10
    boxes: list[str] = []
    if root.count:
        _draw(root, 0.0, 0, WIDTH / root.count, root.count, boxes)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
            'font-family="monospace" font-size="12">',
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            f'<text x="{WIDTH / 2}" y="24" text-anchor="middle" font-size="16">{_text(title)}</text>',
            *boxes,
            "</svg>",
            "",
        ]
    )


def _draw(node: Node, x: float, level: int, scale: float, all_samples: int, boxes: list[str]) -> None:
    width = node.count * scale
    if width < 0.3:
        return
    y = TOP + level * ROW
    share = f"{node.name}: {node.count} samples, {100 * node.count / all_samples:.1f} %"
    room = int((width - 6) / CHARACTER)
    shown = node.name if len(node.name) <= room else node.name[: room - 1] + "\u2026"
    label = f'<text x="{x + 3:.1f}" y="{y + 13}">{_text(shown)}</text>' if room >= 3 else ""
    boxes.append(
        f'<g><title>{_text(share)}</title><rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{ROW - 1}" '
        f'fill="{_colour(node.name)}"/>{label}</g>'
    )
    for child in sorted(node.children.values(), key=lambda each: each.name):
        _draw(child, x, level + 1, scale, all_samples, boxes)
        x += child.count * scale


def _colour(name: str) -> str:
    """Return one of the warm colours, the same for the same function."""
    number = zlib.crc32(name.encode("utf-8", "replace"))
    return f"rgb({205 + number % 50},{110 + number // 50 % 110},{60 + number // 5500 % 40})"


def _text(text: str) -> str:
    return escape("".join(character if character.isprintable() else " " for character in text))
