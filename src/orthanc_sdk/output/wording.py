# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes out of the header's text what only C programmers need: pointers, memory and a plugin's entry points."""

from __future__ import annotations

import re

from orthanc_sdk.names import member_name, short_name

_SENTENCE = re.compile(r"(?<=\.)\s+(?=[A-Z])")
# Sentences about a plugin's start in C, about memory that Python manages, and about samples in C++.
_C_ONLY = re.compile(
    r"\bInitialize\(\)|\bentry point\b|\bnew pointer to\b|into a newly allocated memory buffer\.?$"
    r"|\binitialization of the plugin should fail\b|\bmust be freed\b|\btarget memory buffer is filled\b"
    r"|\bwithin the Orthanc context\b|\bworking sample\b"
)
_REPLACED = (
    (re.compile(r"^Opaque structure that reads "), "Reads "),
    (re.compile(r"^Opaque structure (?:that represents|to an object that represents|to) "), ""),
    (re.compile(r"\b(?:A pointer|a pointer|Pointer) to "), ""),
    (re.compile(r"\bnewly (?:allocated|created) "), "new "),
    (re.compile(r"\bpreviously allocated using\b"), "made by"),
    (re.compile(r", encoded as an UTF-8 zero-terminated string\b"), ""),
    (re.compile(r"\bhas no access to the \"Context\", and thus cannot\b"), "cannot"),
    (re.compile(r"^Identifier of your plugin \(it must match \"GetName\(\)\"\)"), 'The name of the plugin: "python"'),
    (re.compile(r' because the result of the call to "GetName\(\)" depends on the system'), ""),
    (re.compile(r"\bKeysValuesIterator(?=[A-Z]\w*\(\))"), ""),
    (re.compile(r"\bmemory buffer\b"), "buffer"),
    (re.compile(r"\bMemory buffer\b"), "Buffer"),
)
_MEMBER = re.compile(r"(?:::)?\b(OrthancPlugin[A-Z][A-Za-z0-9]*)_([A-Za-z0-9_]+)")


def members_as_in_python(text: str) -> str:
    """OrthancPluginErrorCode_UnknownResource -> ErrorCode.UNKNOWN_RESOURCE."""
    return _MEMBER.sub(lambda found: f"{short_name(found[1])}.{member_name('', found[2])}", text)


def without_c(text: str) -> str:
    """The text, line by line, without sentences for C programmers, and with words that fit Python."""
    return "\n".join(filter(None, map(_line, text.split("\n")))) if text else text


def _line(line: str) -> str:
    # A label, such as "Note: ", goes with the sentence after it.
    return " ".join(_worded(sentence) for sentence in _SENTENCE.split(line) if not _C_ONLY.search(sentence))


def _worded(sentence: str) -> str:
    for pattern, words in _REPLACED:
        changed = pattern.sub(words, sentence)
        if changed != sentence and sentence[:1].isupper():
            changed = changed[:1].upper() + changed[1:]
        sentence = changed
    return sentence
