# SPDX-License-Identifier: GPL-3.0-or-later
"""Boxes, arrows and texts as SVG, once for light pages and once for dark ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

# For each kind of box: its background and its border.
_LIGHT = {
    "outside": ("#f3f4f6", "#6b7280"),
    "orthanc": ("#e8f1fb", "#0b5cad"),
    "plugin": ("#f1ebfb", "#6b3fb5"),
    "script": ("#e6f5ea", "#1a7f37"),
    "file": ("#fdf3dc", "#946200"),
    "waiting": ("#ffffff", "#9ca3af"),
    "text": ("#1f2328", "#1f2328"),
}
_DARK = {
    "outside": ("#262b33", "#8b949e"),
    "orthanc": ("#12283f", "#7cb7f0"),
    "plugin": ("#2a1f42", "#b794f4"),
    "script": ("#12301d", "#56d364"),
    "file": ("#362a10", "#e3b341"),
    "waiting": ("#131416", "#8b949e"),
    "text": ("#e6edf3", "#e6edf3"),
}
SCHEMES = {"light": _LIGHT, "dark": _DARK}
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif"
WIDTH = 420  # of all pictures: a phone shows it with letters that can be read
_SIZE = 15  # pixels of the letters
_LINE = 20  # pixels from one line of text to the next


@dataclass(frozen=True)
class Box:
    """A rectangle with a title in bold and further lines. `top` puts them at its top, for boxes that hold others."""

    x: int
    y: int
    width: int
    height: int
    kind: str
    title: str
    lines: tuple[str, ...] = ()
    top: bool = False
    dashed: bool = False

    def draw(self, colors: dict[str, tuple[str, str]]) -> str:
        background, border = colors[self.kind]
        dashes = ' stroke-dasharray="5 4"' if self.dashed else ""
        parts = [
            f'<rect x="{self.x}" y="{self.y}" width="{self.width}" height="{self.height}" rx="8" fill="{background}" '
            f'stroke="{border}" stroke-width="1.5"{dashes}/>'
        ]
        texts = [*filter(None, [self.title]), *self.lines]
        first = self.y + 22 if self.top else self.y + (self.height - _LINE * len(texts)) // 2 + 14
        for number, text in enumerate(texts):
            bold = bool(self.title) and number == 0
            parts.append(Text(self.x + 14, first + number * _LINE, text, bold=bold).draw(colors))
        return "\n".join(parts)


@dataclass(frozen=True)
class Text:
    x: int
    y: int
    text: str
    anchor: str = "start"
    bold: bool = False

    def draw(self, colors: dict[str, tuple[str, str]]) -> str:
        weight = ' font-weight="600"' if self.bold else ""
        return (
            f'<text x="{self.x}" y="{self.y}" text-anchor="{self.anchor}" fill="{colors["text"][0]}"{weight}>'
            f"{escape(self.text)}</text>"
        )


@dataclass(frozen=True)
class Arrow:
    """A straight line with a head at its end."""

    start: tuple[int, int]
    end: tuple[int, int]
    dashed: bool = False

    def draw(self, colors: dict[str, tuple[str, str]]) -> str:
        dashes = ' stroke-dasharray="5 4"' if self.dashed else ""
        (x1, y1), (x2, y2) = self.start, self.end
        return (
            f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colors["text"][0]}" stroke-width="1.5"{dashes} '
            'marker-end="url(#head)"/>'
        )


Shape = Box | Text | Arrow


@dataclass(frozen=True)
class Picture:
    """`title` and `description` are for those who do not see it."""

    name: str
    height: int
    title: str
    description: str
    shapes: Sequence[Shape]

    def svg(self, scheme: str) -> str:
        colors = SCHEMES[scheme]
        body = "\n".join(shape.draw(colors) for shape in self.shapes)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}" width="{WIDTH}" '
            f'height="{self.height}" role="img" font-family="{_FONT}" font-size="{_SIZE}">\n'
            f"<title>{escape(self.title)}</title>\n<desc>{escape(self.description)}</desc>\n"
            '<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" '
            f'orient="auto"><path d="M0 0L10 5L0 10z" fill="{colors["text"][0]}"/></marker></defs>\n'
            f"{body}\n</svg>\n"
        )
