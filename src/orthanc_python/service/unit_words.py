# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of a unit's values, with quotes, specifiers and variables as in systemd.syntax(7) and systemd.service(5)."""

from __future__ import annotations

import re
import shlex
import socket
from collections.abc import Mapping

# Escapes of one character. \x20 and \040 stand for the byte of that number, \u00e9 and \U000000e9 for the character.
ESCAPES = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "s": " ",
    "\\": "\\",
    '"': '"',
    "'": "'",
}
ESCAPE = re.compile(r"x([0-9a-fA-F]{2})|([0-3][0-7]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.)", re.DOTALL)
# systemd.unit(5), of the system's manager and of a unit without an instance.
SPECIFIERS = {
    "%": "%",
    **{"E": "/etc", "S": "/var/lib", "C": "/var/cache", "L": "/var/log", "t": "/run", "T": "/tmp", "V": "/var/tmp"},
    **{"u": "root", "g": "root", "U": "0", "G": "0", "h": "/root", "s": "/bin/sh", "i": "", "I": ""},
}
SPECIFIER = re.compile(r"%([a-zA-Z%])")
VARIABLE = re.compile(r"\$(\$|\{(\w+)\})")
BLANKS = " \t\r\n"
QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"|'[^']*'""", re.DOTALL)
QUOTED_ESCAPE = re.compile(r'\\(["\\`$\n])')
# Quotes count at the beginning of a value, not within: A=it's
ASSIGNMENT = re.compile(
    rf"^[ \t]*(?P<name>\w+)[ \t]*=[ \t]*(?P<quoted>(?:(?:{QUOTED.pattern})[ \t]*)*)(?P<plain>(?:\\.|[^\\\n])*)",
    re.MULTILINE | re.DOTALL,
)


def split_words(text: str) -> list[str]:
    """Return the words of a value, without their quotes and escapes.

    Raises:
        ValueError: a quote is not closed, or the text ends with a backslash.
    """
    words: list[str] = []
    word, quote, index = None, "", 0
    while index < len(text):
        each = text[index]
        index += 1
        if each == "\\":
            found = ESCAPE.match(text, index)
            if found is None:
                raise ValueError("a backslash ends the text")
            word, index = (word or "") + _unescaped(found), found.end()
        elif quote:
            word, quote = (word or "", "") if each == quote else ((word or "") + each, quote)
        elif each in "\"'":
            word, quote = word or "", each
        elif each not in BLANKS:
            word = (word or "") + each
        elif word is not None:
            words.append(word)
            word = None
    if quote:
        raise ValueError("a quote is not closed")
    if word is not None:
        words.append(word)
    return [each.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape") for each in words]


def _unescaped(found: re.Match[str]) -> str:
    hexadecimal, octal, short, long, other = found.groups()
    if other:
        return ESCAPES.get(other, f"\\{other}")
    number = int(octal, 8) if octal else int(hexadecimal or short or long, 16)
    if number == 0 or number > 0x10FFFF or 0xD800 <= number < 0xE000:
        return f"\\{found[0]}"  # systemd takes none of these
    if short or long or number < 0x80:
        return chr(number)
    return bytes([number]).decode("utf-8", "surrogateescape")


def without_specifiers(text: str, unit: str) -> str:
    """Replace the specifiers of a word. One that this command does not know stays: see `unknown_specifier`."""
    host = socket.gethostname()
    known = SPECIFIERS | {"n": f"{unit}.service", **dict.fromkeys("NpPjJ", unit), "H": host, "l": host.partition(".")[0]}
    return SPECIFIER.sub(lambda found: known.get(found[1], found[0]), text)


def unknown_specifier(text: str) -> str:
    """Return the first specifier that this command does not know, "" without one."""
    known = {*SPECIFIERS, *"nNpPjJHl"}
    return next((found[0] for found in SPECIFIER.finditer(text) if found[1] not in known), "")


def with_variables(words: list[str], variables: Mapping[str, str]) -> list[str]:
    """Replace variables. ${NAME} stays within its word, and a word $NAME becomes as many words as its value has."""
    found: list[str] = []
    for word in words:
        if re.fullmatch(r"\$\w+", word):
            found += _split_value(variables.get(word[1:], ""))
        else:
            found.append(VARIABLE.sub(lambda each: "$" if each[1] == "$" else variables.get(each[2], ""), word))
    return found


def _split_value(value: str) -> list[str]:
    try:
        return shlex.split(value)
    except ValueError:
        return value.split()


def read_environment_file(text: str) -> dict[str, str]:
    """Return the variables of a file of EnvironmentFile= (systemd.exec(5)). A value without quotes ends with its line."""
    return {found["name"]: _value(found["quoted"], found["plain"]) for found in ASSIGNMENT.finditer(text)}


def _value(quoted: str, plain: str) -> str:
    parts = [
        QUOTED_ESCAPE.sub(lambda each: each[1].strip("\n"), part[1:-1]) if part[0] == '"' else part[1:-1]
        for part in QUOTED.findall(quoted)
    ]
    return "".join(parts) + re.sub(r"\\(.)", lambda each: each[1].strip("\n"), plain.rstrip(BLANKS), flags=re.DOTALL)
