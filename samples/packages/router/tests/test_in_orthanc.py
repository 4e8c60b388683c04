# SPDX-License-Identifier: GPL-3.0-or-later
"""Two real Orthancs: one routes to the other. The target is down for a time. The router is stopped, or killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests
from helpers import make_instance, uids, wait_until

from orthanc_python.pytest_plugin import OrthancFactory
from orthanc_python.server.script_server import ScriptServer

RECEIVER = Path(__file__).parent / "receiver.py"

NO_UPLOADS = """
import orthanc

orthanc.RegisterIncomingHttpRequestFilter(lambda uri, **request: request["method"] != orthanc.HttpMethod.POST)
"""


@pytest.fixture
def target(orthanc_factory: OrthancFactory) -> ScriptServer:
    server = orthanc_factory(RECEIVER, {"Name": "target"}, dicom=True)
    server.session.delete("/arrivals")  # of an earlier test
    return server


@pytest.fixture
def router(orthanc_factory: OrthancFactory, target: ScriptServer) -> ScriptServer:
    return orthanc_factory(modules=["dicom_router.plugin"], configuration=settings(target))


def settings(target: ScriptServer, **section: Any) -> dict[str, Any]:
    return {
        "DicomModalities": {"archive": ["ARCHIVE", "127.0.0.1", target.dicom_port]},
        "Router": {"Rules": [{"Target": "archive"}], "FirstRetry": 0.2, "LongestRetry": 1.0, "BatchSize": 5, **section},
    }


def state(router: ScriptServer, name: str = "archive") -> dict[str, int]:
    found: dict[str, dict[str, int]] = router.session.get("/router").json()
    return found.get(name, {"waiting": -1, "failures": 0})  # shortly after the start


def arrivals(target: ScriptServer) -> dict[str, int]:
    found: dict[str, int] = target.session.get("/arrivals").json()
    return found


def kill(server: ScriptServer) -> None:
    """As the power cord does, for this process."""
    os.kill(server.pid, signal.SIGKILL)
    assert server.wait() == -signal.SIGKILL


def store(router: ScriptServer, count: int, modality: str = "CT") -> set[str]:
    instances = dict(make_instance(modality) for _ in range(count))
    router.store(*instances.values())
    return set(instances)


def test_restart_while_the_target_is_down(router: ScriptServer, target: ScriptServer) -> None:
    target.stop()
    sent = store(router, 12)
    wait_until(lambda: state(router)["failures"] >= 2, "two attempts have failed")
    assert router.stop() == 0
    router.start()
    wait_until(lambda: state(router)["waiting"] == 12, "all wait again")
    sent |= store(router, 3)
    target.start()
    wait_until(lambda: state(router)["waiting"] == 0, "all are sent")
    assert uids(target) == sent
    assert arrivals(target) == dict.fromkeys(sent, 1)  # exactly once


def test_killed_while_the_target_is_down(router: ScriptServer, target: ScriptServer) -> None:
    target.stop()
    sent = store(router, 12)
    kill(router)  # without a pause: some are stored, and not yet queued
    router.start()
    wait_until(lambda: state(router)["waiting"] == 12, "all wait")
    target.start()
    wait_until(lambda: state(router)["waiting"] == 0, "all are sent")
    assert uids(target) == sent
    assert arrivals(target) == dict.fromkeys(sent, 1)


def test_killed_while_it_sends(router: ScriptServer, target: ScriptServer) -> None:
    acknowledged: set[str] = set()

    def upload(number: int) -> None:
        session = requests.Session()
        session.trust_env = False
        for _ in range(number):
            uid, dicom = make_instance()
            try:
                if session.post(f"{router.url}/instances", data=dicom, timeout=30).ok:
                    acknowledged.add(uid)
            except requests.RequestException:  # killed
                return

    def kill_while_it_sends() -> None:
        enough = len(acknowledged) + 15
        sending = Thread(target=upload, args=[1000])
        sending.start()
        wait_until(lambda: len(acknowledged) >= enough, "some are stored")
        kill(router)
        sending.join()
        router.start()

    for _ in range(4):
        kill_while_it_sends()
    wait_until(lambda: state(router)["waiting"] == 0 and uids(target) == uids(router), "all are sent")
    assert acknowledged <= uids(target)
    assert arrivals(target).keys() == uids(target)  # at least once, with the same UID


def test_rules_and_refused_instances(orthanc_factory: OrthancFactory, target: ScriptServer) -> None:
    """An instance that the target refuses does not keep back others."""
    rules = [{"Target": "archive", "Modalities": ["CT", "XA"]}]
    router = orthanc_factory(modules=["dicom_router.plugin"], configuration=settings(target, Rules=rules))
    refused = store(router, 1, "XA")
    store(router, 1, "MR")
    wait_until(lambda: state(router)["failures"] >= 1, "the target has refused one")
    sent = store(router, 7, "CT")
    wait_until(lambda: uids(target) == sent, "all others are sent")
    wait_until(lambda: state(router)["waiting"] == 1, "only the refused one waits")
    (instance,) = router.session.post(
        "/tools/find", json={"Level": "Instance", "Query": {"SOPInstanceUID": refused.pop()}}
    ).json()
    router.session.delete(f"/instances/{instance}")
    wait_until(lambda: state(router)["waiting"] == 0, "the deleted instance is forgotten")


def refused(router: ScriptServer) -> list[dict[str, Any]]:
    answer = router.session.get("/router/refused")
    found: list[dict[str, Any]] = answer.json() if answer.ok else []  # shortly after the start
    return found


def test_instances_that_are_always_refused(orthanc_factory: OrthancFactory, target: ScriptServer) -> None:
    """They are set aside, also after a restart, and the target gets them when somebody asks for it. Others are sent."""
    router = orthanc_factory(modules=["dicom_router.plugin"], configuration=settings(target, MaxRefusals=3))
    bad = store(router, 2, "XA")
    good = store(router, 7)
    wait_until(lambda: state(router).get("refused") == 2, "two are set aside")
    wait_until(lambda: uids(target) == good, "all others are sent")
    found = refused(router)
    assert [(each["Target"], each["Refusals"]) for each in found] == [("archive", 3)] * 2
    assert all(each["Reason"] for each in found)
    for each in found:
        assert f"archive has refused the instance {each['Instance']} 3 times: {each['Reason']}" in router.log()
    tried = arrivals(target)
    assert router.stop() == 0
    router.start()
    wait_until(lambda: state(router).get("refused") == 2, "they are still there")
    assert "0 instances wait" in router.log() and "2 are set aside: see /router/refused" in router.log()
    assert refused(router) == found and arrivals(target) == tried

    for body in ("{", "[]", '{"Target": 1}', '{"target": "archive"}'):
        answer = router.session.post("/router/refused/retry", data=body)
        assert answer.status_code == 400, body
    assert router.session.get("/router/refused/retry").status_code == 405
    assert router.session.post("/router/refused/retry", json={"Target": "other"}).json() == {"Retried": 0}
    one = {"Target": "archive", "Instance": found[0]["Instance"]}
    assert router.session.post("/router/refused/retry", json=one).json() == {"Retried": 1}
    wait_until(lambda: sum(arrivals(target).values()) == sum(tried.values()) + 3, "one was tried again")
    wait_until(lambda: len(refused(router)) == 2, "it is set aside again")
    target.session.put("/arrivals")  # the target takes them now
    assert router.session.post("/router/refused/retry").json() == {"Retried": 2}
    wait_until(lambda: uids(target) == good | bad, "all are sent")
    assert state(router)["refused"] == 0 and refused(router) == []


def test_target_that_is_down_is_no_refusal(orthanc_factory: OrthancFactory, target: ScriptServer) -> None:
    configuration = settings(target, Rules=[{"Target": "archive"}, {"Target": "other"}], MaxRefusals=1, BatchSize=1)
    router = orthanc_factory(
        modules=["dicom_router.plugin"], configuration=configuration | {"OrthancPeers": {"other": [target.url]}}
    )
    target.stop()
    sent = store(router, 2)
    for name in ("archive", "other"):
        wait_until(lambda name=name: state(router, name)["failures"] >= 3, "attempts have failed")  # type: ignore[misc]
        assert state(router, name)["waiting"] == 2 and refused(router) == []
    target.start()
    wait_until(lambda: state(router)["waiting"] == state(router, "other")["waiting"] == 0, "all are sent")
    assert uids(target) == sent


def test_peer_that_refuses(orthanc_factory: OrthancFactory, target: ScriptServer, tmp_path: Path) -> None:
    """Another Orthanc that answers, and takes no instances."""
    (tmp_path / "no_uploads.py").write_text(NO_UPLOADS, encoding="utf-8")
    peer = orthanc_factory(tmp_path / "no_uploads.py")
    configuration = settings(target, Rules=[{"Target": "other"}], MaxRefusals=2) | {"OrthancPeers": {"other": [peer.url]}}
    router = orthanc_factory(modules=["dicom_router.plugin"], configuration=configuration)
    store(router, 1)
    wait_until(lambda: len(refused(router)) == 1, "it is set aside")
    assert refused(router)[0]["Refusals"] == 2


def test_peer(orthanc_factory: OrthancFactory, target: ScriptServer) -> None:
    """Another Orthanc by its REST API; what was stored before the first start is not sent."""
    configuration = settings(target, Rules=[{"Target": "other"}]) | {"OrthancPeers": {"other": [target.url]}}
    router = orthanc_factory(modules=["dicom_router.plugin"], configuration=configuration)
    sent = store(router, 3)
    wait_until(lambda: uids(target) == sent, "all are sent")


def test_file_of_an_older_orthanc(orthanc_factory: OrthancFactory, target: ScriptServer, tmp_path: Path) -> None:
    """A file of SQLite is used where Orthanc has no key-value store; else its entries move there, and it is deleted."""
    file = tmp_path / "router.db"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE records (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
        later = json.dumps({"attempts": 1, "due": time.time() + 500})
        database.execute("INSERT INTO records VALUES ('cursor', '0'), ('0b2c archive', ?)", (later,))
    router = orthanc_factory(
        modules=["dicom_router.plugin"], configuration=settings(target, Database=str(file), LongestRetry=600)
    )
    wait_until(lambda: state(router)["waiting"] == 1, "the entry waits")
    has_store = router.session.get("/system").json().get("Capabilities", {}).get("HasKeyValueStores", False)
    assert file.exists() is not has_store
    assert f"1 instances wait, in {'Orthanc' if has_store else file}" in router.log()
    router.stop()
    router.start()
    wait_until(lambda: state(router)["waiting"] == 1, "the entry waits again")


def test_index_that_was_made_anew(orthanc_factory: OrthancFactory, target: ScriptServer, tmp_path: Path) -> None:
    """The queue is a file that outlives it. The numbers of changes begin at 1 again."""
    router = orthanc_factory(
        modules=["dicom_router.plugin"], configuration=settings(target, Database=str(tmp_path / "queue.db"))
    )
    if not (tmp_path / "queue.db").exists():
        pytest.skip("this Orthanc has a key-value store in its index, and needs no file")
    sent = store(router, 3)
    wait_until(lambda: uids(target) == sent, "all are sent")
    assert router.stop() == 0
    shutil.rmtree(router.folder / "index")
    target.stop()
    router.start()
    new = store(router, 5)
    wait_until(lambda: state(router)["waiting"] == 5, "all wait")
    assert router.stop() == 0
    router.start()  # nothing is read again
    wait_until(lambda: state(router)["waiting"] == 5, "all wait again")
    target.start()
    wait_until(lambda: uids(target) == sent | new, "all are sent")
    wait_until(lambda: state(router)["waiting"] == 0, "nothing waits")
    assert arrivals(target) == dict.fromkeys(new, 1)


def test_last_instance_that_is_deleted(orthanc_factory: OrthancFactory, target: ScriptServer, tmp_path: Path) -> None:
    """Orthanc deletes its changes, too. What was sent before is not sent again."""
    calm = {"StableAge": 600}  # the last change is of an instance then, however long the sending takes
    router = orthanc_factory(modules=["dicom_router.plugin"], configuration=settings(target) | calm)
    sent = store(router, 3)
    wait_until(lambda: uids(target) == sent, "all are sent")
    last = router.session.get("/changes?last").json()
    assert last["Changes"][0]["ChangeType"] == "NewInstance"
    assert router.session.delete(f"/instances/{last['Changes'][0]['ID']}").ok
    assert router.session.get("/changes?last").json()["Last"] < last["Last"]
    assert router.stop() == 0
    router.start()
    sent |= (new := store(router, 1))
    wait_until(lambda: uids(target) == sent, "the new one is sent")
    assert arrivals(target) == dict.fromkeys(sent, 1) and new <= sent
    assert "index is another one" not in router.log()


def test_disk_that_is_not_there_at_the_start(orthanc_factory: OrthancFactory, target: ScriptServer, tmp_path: Path) -> None:
    """The router begins once the queue can be opened, without a restart, and nothing of the time before is missing."""
    folder = tmp_path / "later"
    router = orthanc_factory(modules=["dicom_router.plugin"], configuration=settings(target, Database=str(folder / "queue.db")))
    if router.session.get("/system").json().get("Capabilities", {}).get("HasKeyValueStores", False):
        pytest.skip("this Orthanc has a key-value store, and needs no file")
    wait_until(lambda: "because the queue cannot be opened: OperationalError" in router.log(), "the queue cannot be opened")
    sent = store(router, 3)
    folder.mkdir()
    wait_until(lambda: uids(target) == sent, "all are sent")


def test_file_of_another_orthanc(orthanc_factory: OrthancFactory, target: ScriptServer, tmp_path: Path) -> None:
    """The second one would forget what the first one has, because it does not have the instances."""
    file = tmp_path / "queue.db"
    target.stop()
    first = orthanc_factory(modules=["dicom_router.plugin"], configuration=settings(target, Database=str(file)))
    if not file.exists():
        pytest.skip("this Orthanc has a key-value store, and needs no file")
    sent = store(first, 3)
    wait_until(lambda: state(first)["waiting"] == 3, "all wait")
    second = orthanc_factory(modules=["dicom_router.plugin"], configuration=settings(target, Database=str(file), BatchSize=6))
    wait_until(lambda: "cannot be opened: OperationalError: database is locked" in second.log(), "the second one says so")
    sent |= store(second, 2)
    target.start()
    wait_until(lambda: state(first)["waiting"] == 0, "those of the first one are sent")
    assert len(uids(target)) == 3 and second.session.get("/router/refused").status_code == 503
    assert second.log().count("cannot be opened") == 1
    assert first.stop() == 0


def test_full_disk(orthanc_factory: OrthancFactory, target: ScriptServer, tmp_path: Path) -> None:
    """Nothing is lost, and what arrives meanwhile is sent once the disk has space again."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", disk], check=False).returncode:
        pytest.skip("only root can mount a small disk")
    try:
        router = orthanc_factory(
            modules=["dicom_router.plugin"], configuration=settings(target, Database=str(disk / "queue.db"))
        )
        if not (disk / "queue.db").exists():
            pytest.skip("this Orthanc has a key-value store, and needs no file")
        sent = store(router, 2)
        wait_until(lambda: uids(target) == sent, "all are sent")
        with (disk / "others").open("wb", buffering=0) as others, pytest.raises(OSError, match="No space"):
            while others.write(bytes(4096)):
                pass
        sent |= store(router, 20)
        wait_until(lambda: "OperationalError: database or disk is full" in router.log(), "the disk is full")
        time.sleep(2)  # it tries again
        assert set(arrivals(target).values()) == {1}
        kill(router)
        router.start()
        (disk / "others").unlink()
        sent |= store(router, 1)
        wait_until(lambda: uids(target) == sent and state(router)["waiting"] == 0, "all are sent")
        router.stop()
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


@pytest.mark.parametrize("how", ["stop", "reset"])
def test_stopped_while_it_sends(router: ScriptServer, target: ScriptServer, how: str) -> None:
    """Each instance arrives once: Orthanc goes on with a transfer after its start, and the router waits for that."""
    sent: set[str] = set()
    for _ in range(3):
        sent |= store(router, 12)
        if how == "stop":
            assert router.stop() == 0
            router.start()
        else:
            router.reset()
    wait_until(lambda: uids(target) == sent and state(router)["waiting"] == 0, "all are sent")
    assert arrivals(target) == dict.fromkeys(sent, 1)


def test_without_a_history_of_jobs(orthanc_factory: OrthancFactory, target: ScriptServer) -> None:
    """Orthanc forgets each job at its end. It still announces the end."""
    configuration = settings(target, MaxRefusals=2) | {"JobsHistorySize": 0}
    router = orthanc_factory(modules=["dicom_router.plugin"], configuration=configuration)
    sent = store(router, 7)
    store(router, 1, "XA")
    wait_until(lambda: uids(target) == sent and state(router).get("refused") == 1, "all others are sent")
    wait_until(lambda: state(router)["waiting"] == 0, "none waits")
    assert "has failed" in refused(router)[0]["Reason"]


def test_wrong_settings(orthanc_factory: OrthancFactory, target: ScriptServer) -> None:
    with pytest.raises(BaseException, match='0 < "FirstRetry" <= "LongestRetry"'):
        orthanc_factory(modules=["dicom_router.plugin"], configuration=settings(target, FirstRetry=0))
    with pytest.raises(BaseException, match="<= 604800"):
        orthanc_factory(modules=["dicom_router.plugin"], configuration=settings(target, LongestRetry=1e10))
    with pytest.raises(BaseException, match='1 <= "MaxRefusals"'):
        orthanc_factory(modules=["dicom_router.plugin"], configuration=settings(target, MaxRefusals=0))
    with pytest.raises(BaseException, match='"MaxRefusals" of the section "Router" must be a whole number, not "3"'):
        orthanc_factory(modules=["dicom_router.plugin"], configuration=settings(target, MaxRefusals="3"))
    with pytest.raises(BaseException, match='the setting "Rules" of the section "Router" is missing'):
        orthanc_factory(modules=["dicom_router.plugin"])
