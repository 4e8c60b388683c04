# SPDX-License-Identifier: GPL-3.0-or-later
"""Serve the files of a folder below a route."""

from __future__ import annotations

import errno
import hashlib
import importlib
import mimetypes
import re
from pathlib import Path
from typing import Any

# The systems' own tables differ.
TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
}


def serve_folder(route: str, folder: str | Path, *, index: str = "index.html") -> None:
    """Register a route that answers GET requests with the files of a folder and of those in it.

    Hidden files, and symbolic links to other places, are not served. An ETag saves the transfer of a file that the client has.

    Args:
        route: such as "/my-plugin/ui"; a file app.js is at "/my-plugin/ui/app.js".
        folder: such as Path(__file__).parent / "static".
        index: the file that stands for a folder.

    Raises:
        NotADirectoryError: there is no such folder.
    """
    orthanc: Any = importlib.import_module("orthanc")  # here: it is there inside Orthanc alone

    root = Path(folder).resolve()
    if not root.is_dir():
        raise NotADirectoryError(f"{root} is not a folder")

    def answer(output: Any, uri: str, **request: Any) -> None:
        if request["method"] != "GET":
            output.SendMethodNotAllowed("GET")
            return
        path = find(root, request["groups"][0] or "", index)
        if path is None:
            output.SendHttpStatusCode(404)
            return
        content = path.read_bytes()
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        output.SetHttpHeader("ETag", tag)
        output.SetHttpHeader("Cache-Control", "no-cache")  # ask each time, by the ETag
        output.SetHttpHeader("X-Content-Type-Options", "nosniff")
        known = [each.strip().removeprefix("W/") for each in request["headers"].get("if-none-match", "").split(",")]
        if tag in known or "*" in known:
            output.SendHttpStatusCode(304)
        else:
            output.AnswerBuffer(content, media_type(path))

    orthanc.RegisterRestCallback(f"{re.escape(route.rstrip('/'))}(?:/(.*))?", answer)


def find(root: Path, name: str, index: str = "index.html") -> Path | None:
    """Return the file that a URL names below a resolved folder; None if there is none that may be served."""
    parts = [part for part in name.split("/") if part]
    if any(part.startswith(".") or "\\" in part or ":" in part or "\0" in part for part in parts):
        return None
    try:
        path = root.joinpath(*parts).resolve()
        if path.is_dir():
            path = (path / index).resolve()
        return path if path.is_relative_to(root) and path.is_file() else None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:  # of the URL; another error is one of the server
            return None
        raise


def media_type(path: Path) -> str:
    """Return the MIME type of a file, by its name. Text is UTF-8."""
    found = TYPES.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"{found}; charset=utf-8" if found.startswith("text/") else found
