# SPDX-License-Identifier: GPL-3.0-or-later
"""Replaces what differs from one run to the next: ports, folders, times, identifiers and addresses."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Mapping
from typing import Any

import pydicom

DATABASE = "DatabaseServerIdentifier"  # random, and in the form of the identifiers of resources
# Orthanc's identifiers of resources are hashes of the DICOM identifiers, and stay.
PATTERNS = [
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]+)?\b"), "<uuid>"),
    (re.compile(r"\b0x[0-9a-f]{6,}\b"), "<address>"),
    (re.compile(r"\b20\d{6}T\d{6}(\.\d+)?\b"), "<time>"),
    (re.compile(r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:?\d\d)?"), "<time>"),
    (re.compile(r"\b1\.2\.276\.0\.7230010\.3\.[.\d]+"), "<uid>"),  # of DCMTK
    (re.compile(r"\b1\.2\.826\.0\.1\.3680043\.8\.498\.[.\d]+"), "<uid>"),  # of pydicom
    (re.compile(r"\b2\.25\.\d+"), "<uid>"),
    (re.compile(rf'("{DATABASE}" ?: ?")[-0-9a-f]+(?=")'), rf"\1{DATABASE}"),
    (re.compile(r'"EffectiveRuntime" ?: ?[\d.]+'), '"EffectiveRuntime": "<seconds>"'),
    (re.compile(r"\bsee error [0-9a-f]{8}\b"), "see error <identifier>"),
]
# Headers that depend on the time or on the connection.
VARYING_HEADERS = {"date", "connection", "keep-alive"}


class Normal:
    """Normalizes texts; `names` are a server's own values, such as its folder and ports, and what to write for them."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = dict(sorted(names.items(), key=lambda item: -len(item[0])))

    def text(self, text: str) -> str:
        """A text with the names in place of the values."""
        for value, name in self.names.items():
            boundary = r"\b" if value.isdigit() else ""
            text = re.sub(f"{boundary}{re.escape(value)}{boundary}", name, text)
        for pattern, name in PATTERNS:
            text = pattern.sub(name, text)
        return text

    def value(self, value: Any) -> Any:
        """The same of what JSON can hold."""
        if isinstance(value, str):
            return self.dicom(bytes.fromhex(value[6:])) if value.startswith("DICOM ") else self.text(value)
        if isinstance(value, int) and str(value) in self.names:  # a port
            return self.names[str(value)]
        if isinstance(value, dict):
            return {self.text(name): name if name == DATABASE else self.value(each) for name, each in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(each) for each in value]
        return value

    def dicom(self, data: bytes) -> list[str]:
        """A DICOM file as the lines of its dataset, without what names the program that has written it."""
        dataset = pydicom.dcmread(io.BytesIO(data), force=True)
        return [self.text(str(element)) for element in dataset]

    def body(self, body: bytes) -> Any:
        """An answer's body: JSON as its value, a text as itself, other data as its size and hash."""
        if body[128:132] == b"DICM":
            return self.dicom(body)
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            return {"bytes": body.hex() if len(body) < 64 else f"{len(body)} bytes, {hash_of(body)}"}
        try:
            return {"json": self.value(json.loads(text))}
        except ValueError:
            return self.text(text)

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        return {name: self.text(value) for name, value in sorted(headers.items()) if name not in VARYING_HEADERS}


def hash_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
