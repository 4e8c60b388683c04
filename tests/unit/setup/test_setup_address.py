# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a setup asks the Orthanc of a service, and when it cannot."""

from __future__ import annotations

import http.client
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from orthanc_python.configuration import Configuration
from orthanc_python.doctor.setup import Setup
from orthanc_python.failure import Failure
from orthanc_python.service import Manager, Service
from orthanc_python.setup import control, work
from orthanc_python.setup.control import Asked
from orthanc_python.setup.plan import Plan
from orthanc_python.setup.target import Place


def described(settings: dict[str, Any], folder: Path) -> Setup:
    return Setup(Configuration(folder, ()), settings, None, Service("orthanc", Manager.INIT, folder), {})


@pytest.mark.parametrize(
    ("listed", "address"),
    [
        (None, "127.0.0.1"),
        ([], "127.0.0.1"),
        ("10.1.2.3", "127.0.0.1"),  # not a list: Orthanc reads none
        (["10.1.2.3", "10.1.2.4"], "10.1.2.3"),
        (["10.1.2.3", "127.0.0.1"], "127.0.0.1"),
        (["10.1.2.3", "0.0.0.0"], "127.0.0.1"),
        (["::"], "::1"),
        (["[fd00::1]"], "fd00::1"),
    ],
)
def test_address(listed: object, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Orthanc listens at these alone, and another program may have the port of the loopback address."""
    used = []

    def refuse(host: tuple[str, int], *_: object) -> None:
        used.append(host)
        raise ConnectionRefusedError

    monkeypatch.setattr(control, "START", 0.1)
    monkeypatch.setattr(http.client.socket, "create_connection", refuse)  # type: ignore[attr-defined]
    settings = {"HttpPort": 1234} | ({} if listed is None else {"HttpBindAddresses": listed})
    with pytest.raises(Failure, match=rf"Orthanc does not answer at {address.replace('.', '[.]')}, port 1234, within"):
        Asked(described(settings, tmp_path)).wait()
    assert set(used) == {(address, 1234)}


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"HttpServerEnabled": False}, '"HttpServerEnabled" is false'),
        ({"SslEnabled": True, "SslVerifyPeers": True}, '"SslVerifyPeers" is true'),
        ({"SslEnabled": True}, ""),
        ({"SslVerifyPeers": True}, ""),  # without SSL, Orthanc does not look at it
    ],
)
def test_orthanc_that_cannot_be_asked(
    settings: dict[str, Any], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The setup restarts it, waits for no answer and says why. Another program at the port is not in its way."""
    (tmp_path / "orthanc.json").write_text("{}")
    plan = Plan(described(settings, tmp_path), Place(tmp_path, listed=True), None, [])
    asked = Asked(plan.setup)
    assert asked.can_answer is not bool(reason) and asked.why_silent.startswith(reason)
    monkeypatch.setattr(Plan, "installs", False)
    monkeypatch.setattr(work, "_refuse_problems", lambda plan, user: None)
    monkeypatch.setattr(work, "can_restart", lambda service: True)
    monkeypatch.setattr(work, "will_restart", lambda service: True)
    monkeypatch.setattr(work, "restart", lambda service: None)
    monkeypatch.setattr(Asked, "_systemctl_says", lambda self, question, **_: False)
    monkeypatch.setattr(Asked, "_get", lambda *_: (200, b"{}") if asked.can_answer else pytest.fail("it was asked"))
    if not reason:
        with pytest.raises(Failure, match="another program answers"):
            asked.refuse_another_server()
        return
    said: list[str] = []
    work.carry_out(plan, "", said.append, nullcontext)
    assert said[-1].startswith(reason) and said[-1].endswith("so that Orthanc cannot be asked for its plugins: look at its log")
