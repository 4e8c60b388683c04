# SPDX-License-Identifier: GPL-3.0-or-later
"""A WebDAV folder whose content is a Python object, seen by a WebDAV client."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
import requests
from conftest import Servers

from orthanc_python import OrthancServer

SCRIPT = """
import asyncio
import datetime
import orthanc

class Memory:
    def __init__(self):
        self.files = {("read.me",): b"first", ("folder", "deep.txt"): b"second"}

    def list_folder(self, path):
        below = [name for name in self.files if name[: len(path)] == path]
        if path == ("broken",):
            raise LookupError("no such shelf")
        if path and not below:
            return None
        when = datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
        files = [(name[-1], len(self.files[name]), when) for name in below if len(name) == len(path) + 1]
        return files + sorted({name[len(path)] for name in below if len(name) > len(path) + 1})

    def read_file(self, path):
        return self.files.get(path)

    def write_file(self, path, data):
        self.files[path] = data

    def delete_item(self, path):
        del self.files[path]

class Odd:
    # Names as they may stand in DICOM tags
    def list_folder(self, path):
        names = ("good", "bad\\x01", "line\\nbreak", "a/b", "", "..", "\\udcff", "\\uffff", "\\u65e5\\u672c")
        return None if path else [*names, *((name + "file", 1) for name in names)]

    def read_file(self, path):
        return None

class ReadOnly:
    def list_folder(self, path):
        return [("only", 4)] if path == () else None

    def read_file(self, path):
        return (b"data", None) if path == ("only",) else None

class Refused(datetime.datetime):
    # As Windows refuses times before 1970
    def timestamp(self):
        raise OSError(22, "Invalid argument")

class Extreme:
    # Times and sizes as they may stand in DICOM tags
    def list_folder(self, path):
        years = [(f"of{year}", 1, datetime.datetime(year, 1, 1)) for year in (1, 1399, 1400, 9999)]
        years.append(("of1965", 1, Refused(1965, 3, 1)))
        files = {"years": years, "negative": [("below", -1)], "huge": [("above", 2**64)]}
        return files.get(path[0]) if path else list(files)

    def read_file(self, path):
        return b"old", datetime.datetime(1, 1, 1)

class Async(Memory):
    async def list_folder(self, path):
        await asyncio.sleep(0)
        return super().list_folder(path)

    async def read_file(self, path):
        await asyncio.sleep(0)
        return super().read_file(path)

    async def write_file(self, path, data):
        await asyncio.sleep(0)
        super().write_file(path, data)

    async def create_folder(self, path):
        await self.write_file((*path, "new"), b"")

    async def delete_item(self, path):
        await asyncio.sleep(0)
        super().delete_item(path)

class Generators(Memory):
    def list_folder(self, path):
        yield from super().list_folder(path)

    def write_file(self, path, data):
        super().write_file(path, data)
        yield

    def create_folder(self, path):
        yield

    def delete_item(self, path):
        super().delete_item(path)
        yield

orthanc.RegisterWebDavCollection("/dav/async", Async())
orthanc.RegisterWebDavCollection("/dav/generators", Generators())
orthanc.RegisterWebDavCollection("/dav/extreme", Extreme())
orthanc.RegisterWebDavCollection("/dav/memory", Memory())
orthanc.RegisterWebDavCollection("/dav/fixed", ReadOnly())
orthanc.RegisterWebDavCollection("/dav/odd", Odd())
try:
    orthanc.RegisterWebDavCollection("/dav/none", object())
except TypeError as error:
    orthanc.LogWarning(f"refused: {error}")
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers) -> OrthancServer:
    return module_orthanc(SCRIPT)


def listing(server: OrthancServer, path: str) -> list[str]:
    """Return the names that a WebDAV client sees in a folder, the folder itself first."""
    answer = requests.request("PROPFIND", server.url + path, headers={"Depth": "1"}, timeout=30)
    return re.findall(r"<D:href>([^<]*)</D:href>", answer.text) if answer.status_code == 207 else []


def test_listing(server: OrthancServer) -> None:
    names = [name.rstrip("/").rpartition("/")[2] for name in listing(server, "/dav/memory")]
    assert {"read.me", "folder"} <= set(names)
    assert any(name.endswith("deep.txt") for name in listing(server, "/dav/memory/folder"))
    answer = requests.request("PROPFIND", f"{server.url}/dav/memory", headers={"Depth": "1"}, timeout=30)
    assert "2020-01-02T03:04:05" in answer.text


def test_names_that_no_client_could_read(server: OrthancServer) -> None:
    answer = requests.request("PROPFIND", f"{server.url}/dav/odd", headers={"Depth": "1"}, timeout=30)
    names = [element.text for element in ElementTree.fromstring(answer.content).iter("{DAV:}displayname")]
    expected = ["odd", "good", "goodfile", "\u65e5\u672c", "\u65e5\u672cfile", "file", "..file"]
    assert sorted(filter(None, names)) == sorted(expected)
    server.wait_for_log(r"'bad\\x01' is not a name for WebDAV")


def test_times_that_orthanc_cannot_tell(server: OrthancServer) -> None:
    """The files are there all the same, with the time of files without one."""
    names = {name.rpartition("/")[2] for name in listing(server, "/dav/extreme/years")}
    assert {"of1", "of1399", "of1400", "of1965", "of9999"} <= names
    answer = requests.get(f"{server.url}/dav/extreme/years/of1", timeout=30)
    assert answer.content == b"old"
    assert re.fullmatch(r"2\d{3}-.*", answer.headers["Last-Modified"])


@pytest.mark.parametrize(("folder", "name"), [("negative", "below"), ("huge", "above")])
def test_sizes_that_orthanc_cannot_hold(server: OrthancServer, folder: str, name: str) -> None:
    assert listing(server, f"/dav/extreme/{folder}") == []
    server.wait_for_log(f"ValueError: invalid size of '{name}'")


def test_reading(server: OrthancServer) -> None:
    assert server.get("/dav/memory/read.me").body == b"first"
    assert server.get("/dav/memory/folder/deep.txt").body == b"second"
    assert server.get("/dav/memory/nothing").status == 404
    assert server.get("/dav/fixed/only").body == b"data"


def test_writing_and_deleting(server: OrthancServer) -> None:
    assert server.put("/dav/memory/new.bin", b"\x00\x01").status < 300
    assert server.get("/dav/memory/new.bin").body == b"\x00\x01"
    assert server.delete("/dav/memory/new.bin").status < 300
    assert server.get("/dav/memory/new.bin").status == 404


def test_read_only_collection(server: OrthancServer) -> None:
    assert server.put("/dav/fixed/new", b"data").status >= 400
    assert server.delete("/dav/fixed/only").status >= 400
    assert server.get("/dav/fixed/only").body == b"data"


def test_errors(server: OrthancServer) -> None:
    assert listing(server, "/dav/memory/broken") == []
    server.wait_for_log("of a WebDAV collection failed.*LookupError: no such shelf")
    server.wait_for_log("refused: a WebDAV collection must have the method list_folder")


def test_async_methods(server: OrthancServer) -> None:
    assert any(name.endswith("read.me") for name in listing(server, "/dav/async"))
    assert server.put("/dav/async/new.bin", b"\x00\x01").status < 300
    assert server.get("/dav/async/new.bin").body == b"\x00\x01"
    assert requests.request("MKCOL", f"{server.url}/dav/async/made", timeout=30).status_code < 300
    assert server.get("/dav/async/made/new").status == 200
    assert server.delete("/dav/async/new.bin").status < 300
    assert server.get("/dav/async/new.bin").status == 404


@pytest.mark.parametrize(
    ("request_method", "name", "method"),
    [("PUT", "read.me", "write_file"), ("MKCOL", "new", "create_folder"), ("DELETE", "read.me", "delete_item")],
)
def test_a_method_that_is_a_generator_function(server: OrthancServer, request_method: str, name: str, method: str) -> None:
    """Its call runs nothing, so that the client must not see a success. The entries of a folder may come from one."""
    assert any(name.endswith("read.me") for name in listing(server, "/dav/generators"))
    answer = requests.request(request_method, f"{server.url}/dav/generators/{name}", data=b"", timeout=30)
    assert answer.status_code >= 400
    server.wait_for_log(f"{method} of a WebDAV collection failed.*TypeError: the callback is a generator function")
