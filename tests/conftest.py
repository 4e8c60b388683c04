# SPDX-License-Identifier: GPL-3.0-or-later
"""For every suite: no request to this machine goes to a proxy of the environment, also of programs that tests start."""

from __future__ import annotations

import os

given = os.environ.get("no_proxy") or os.environ.get("NO_PROXY", "")
os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(["127.0.0.1", "localhost", "::1", *([given] if given else [])])
