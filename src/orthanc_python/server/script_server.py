# SPDX-License-Identifier: GPL-3.0-or-later
"""An Orthanc for tests of a script: with the plugin of this environment, a session of requests, and helpers for DICOM files."""

from __future__ import annotations

import io
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from orthanc_python.libraries.installation import find_plugin
from orthanc_python.server.orthanc_server import OrthancServer

if TYPE_CHECKING:
    import requests


class ScriptServer(OrthancServer):
    """`url` is where it answers, and `log()` what it has logged."""

    def __init__(self, script: Path | None, **options: Any) -> None:
        super().__init__(script, plugin=find_plugin(), working_folder=script.parent if script else None, **options)

    @cached_property
    def session(self) -> requests.Session:
        """Send requests to this Orthanc: `session.get("/studies")`."""
        import requests  # not needed but for tests: pip install requests

        server = self

        class Session(requests.Session):
            def request(self, method: Any, url: Any, *positional: Any, **options: Any) -> requests.Response:
                return super().request(method, urljoin(server.url, url), *positional, **options)

        session = Session()
        session.trust_env = False  # a proxy of the environment cannot reach this machine's loopback
        return session

    def store(self, *files: Any) -> list[str]:
        """Store files, all files of a folder, bytes, or datasets of pydicom: the identifiers that Orthanc gives them."""
        stored: list[str] = []
        for each in files:
            if isinstance(each, (str, Path)) and Path(each).is_dir():
                stored += self.store(*sorted(path for path in Path(each).rglob("*") if path.is_file()))
                continue
            if hasattr(each, "save_as"):
                content = io.BytesIO()
                each.save_as(content)
                each = content.getvalue()
            stored.append(self.upload(each)["ID"])
        return stored

    def empty(self) -> bool:
        """Remove all that is stored; False if the script does not let it."""
        answer = self.get("/patients")
        if answer.status != 200:
            return False
        return all(self.delete(f"/patients/{patient}").status == 200 for patient in answer.json())
