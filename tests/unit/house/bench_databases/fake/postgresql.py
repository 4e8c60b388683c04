# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands for the integration tests' module: a server that is a file in the folder FAKE_POSTGRESQL."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

FOLDER = Path(os.environ["FAKE_POSTGRESQL"])
PROGRAMS = [] if (FOLDER / "missing").exists() else [FOLDER]
INDEX = FOLDER / "index.so"


@contextmanager
def postgresql(*options: str) -> Iterator[SimpleNamespace]:
    if (FOLDER / "broken").exists():
        raise OSError("initdb has failed")
    (FOLDER / "running").write_text(" ".join(options))
    try:
        if (FOLDER / "slow").exists():
            time.sleep(1)
        yield SimpleNamespace(access={"Host": "127.0.0.1", "Port": 5432, "Database": "postgres", "Username": "orthanc"})
    finally:
        (FOLDER / "running").rename(FOLDER / "ended")
