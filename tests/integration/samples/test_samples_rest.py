# SPDX-License-Identifier: GPL-3.0-or-later
"""The samples that add routes, or extend one of Orthanc's."""

from __future__ import annotations

import io
import tarfile
import zipfile

import pytest
from conftest import SAMPLES, Servers
from helpers import CT, MR, RT_PLAN, read


def test_hello(orthanc: Servers) -> None:
    server = orthanc.sample("hello.py")
    assert server.get("/hello").body == b"Hello, world!\n"
    answer = server.get("/hello?name=Zo%C3%AB")
    assert (answer.status, answer.text) == (200, "Hello, Zoë!\n")
    assert answer.headers["content-type"].startswith("text/plain")
    assert server.get("/hello?name=C%2B%2B").body == b"Hello, C++!\n"  # decoded once: neither never nor twice
    assert server.get("/hello?name=100%2541").body == b"Hello, 100%41!\n"
    refused = server.delete("/hello")
    assert (refused.status, refused.headers["allow"]) == (405, "GET")


def test_rest_routes(orthanc: Servers) -> None:
    server = orthanc.sample("rest_routes.py")
    assert server.get("/notes/monday").status == 404
    assert server.put("/notes/monday", "Call the clinic").status == 200
    assert server.post("/notes/monday", b" \x00\xff").body == b"Call the clinic \x00\xff"
    server.put("/notes/may", b"")
    assert server.get("/notes").json() == ["may", "monday"]
    assert server.get("/notes?prefix=mo").json() == ["monday"]
    answer = server.get("/notes/monday", headers={"Accept": "text/markdown"})
    assert (answer.headers["x-note-size"], answer.headers["content-type"]) == ("18", "text/markdown")
    page = server.get("/notes/monday", headers={"Accept": "text/html"})
    assert page.headers["content-type"] == "text/plain"
    assert server.delete("/notes/monday").body == b"Call the clinic \x00\xff"
    assert server.get("/notes").json() == ["may"]
    assert server.post("/notes").status == 405


@pytest.mark.parametrize("compression", ["", "gz"])
def test_chunked_upload(orthanc: Servers, compression: str) -> None:
    server = orthanc.sample("chunked_upload.py")
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode=f"w:{compression}") as archive:
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for path in (CT, MR):
            archive.add(path, path.name)
        archive.addfile(tarfile.TarInfo("empty.txt"))
    data = content.getvalue()
    pieces = (data[start : start + 1000] for start in range(0, len(data), 1000))
    answer = server.request("PUT", "/archive", pieces).json()
    assert sorted(answer["Stored"]) == sorted(server.get("/instances").json()) and len(answer["Stored"]) == 2
    assert answer["Refused"] == ["empty.txt"]
    refused = server.request("POST", "/archive", iter([b"no archive"]))
    assert refused.status == 400 and "not a tar archive" in refused.json()["Details"]
    assert server.get("/archive").status == 405


DISCARDS = """
import io
import pydicom

def on_received(dicom, origin):
    found = pydicom.dcmread(io.BytesIO(dicom), stop_before_pixels=True)
    action = orthanc.ReceivedInstanceAction
    return (action.DISCARD if found.Modality == "RTPLAN" else action.KEEP_AS_IS), None

orthanc.RegisterReceivedInstanceCallback(on_received)
"""


def zip_of(*contents: bytes) -> bytes:
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w") as archive:
        for number, content in enumerate(contents):
            archive.writestr(str(number), content)
    return result.getvalue()


def test_chunked_upload_of_other_members(orthanc: Servers) -> None:
    """Links, ZIP files, and files that a filter discards: the others are stored, and each file is in one of the lists."""
    text = (SAMPLES / "chunked_upload.py").read_text(encoding="utf-8")
    server = orthanc(text + DISCARDS)
    ct, mr, plan = (path.read_bytes() for path in (CT, MR, RT_PLAN))
    files = {
        "ct": ct,
        "plan": plan,
        "both.zip": zip_of(ct, mr),
        "part.zip": zip_of(mr, plan),
        "no.zip": zip_of(b"text"),
        "damaged.zip": zip_of(ct, ct[:200]),
        "mr": mr,
    }
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, kind in (("soft", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("pipe", tarfile.FIFOTYPE)):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = kind, "ct"
            archive.addfile(link)
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    answer = server.request("PUT", "/archive", content.getvalue())
    assert answer.status == 200
    listed = answer.json()
    assert listed["Refused"] == ["soft", "hard", "pipe", "plan", "part.zip", "no.zip", "damaged.zip"]
    known = {server.upload(path)["ID"] for path in (CT, MR)}
    assert set(listed["Stored"]) == known == set(server.get("/instances").json())


@pytest.mark.parametrize(("compression", "end"), [("", 45_000), ("gz", -3_000)])
def test_chunked_upload_of_a_truncated_archive(orthanc: Servers, compression: str, end: int) -> None:
    """The answer is an error, and says which files are stored all the same."""
    server = orthanc.sample("chunked_upload.py")
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode=f"w:{compression}") as archive:
        archive.addfile(tarfile.TarInfo("empty.txt"))
        for path in (CT, MR):
            archive.add(path, path.name)
    answer = server.request("PUT", "/archive", content.getvalue()[:end])
    assert answer.status == 400
    listed = answer.json()
    assert listed["Stored"] == server.get("/instances").json() and len(listed["Stored"]) == 1
    assert listed["Refused"] == ["empty.txt"] and "unexpected end of data" in listed["Details"]


@pytest.mark.parametrize("damage", ["flipped", "cut inside", "cut before", "zeros after a long name", "size of a sparse file"])
def test_chunked_upload_of_a_damaged_header(orthanc: Servers, damage: str) -> None:
    """An error, and not the end of the archive: the client must learn that the second image is not stored."""
    server = orthanc.sample("chunked_upload.py")
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.GNU_FORMAT) as archive:
        archive.add(CT, CT.name)
        second = content.tell()
        archive.add(MR, "long/" * 30 + MR.name if "long name" in damage else MR.name)
    data = bytearray(content.getvalue())
    if damage == "flipped":
        data[second + 3] ^= 0x40
    elif damage == "zeros after a long name":  # a header of its own and the name, each a block, before the file's header
        data[second + 1024 : second + 1536] = bytes(512)
    elif damage == "size of a sparse file":
        member = tarfile.TarInfo("sparse")
        member.pax_headers = {"GNU.sparse.map": "0,0", "GNU.sparse.size": "many"}
        data[second:] = member.tobuf(tarfile.PAX_FORMAT)
    else:
        del data[second + (100 if damage == "cut inside" else 0) :]
    answer = server.request("PUT", "/archive", bytes(data))
    assert answer.status == 400
    listed = answer.json()
    assert listed["Stored"] == server.get("/instances").json() and len(listed["Stored"]) == 1
    assert "a damaged one" in listed["Details"]


def sparse_member(name: str, data: bytes) -> bytes:
    """Return a member of GNU tar's old format for files with holes. This one has none."""
    member = tarfile.TarInfo(name)
    member.type, member.size = tarfile.GNUTYPE_SPARSE, len(data)
    header = bytearray(member.tobuf(tarfile.GNU_FORMAT))
    header[386:410] = b"%011o\0%011o\0" % (0, len(data))  # the first part: its place in the file, and its size
    header[483:495] = b"%011o\0" % len(data)  # of the file
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + data + bytes(-len(data) % 512)


def test_chunked_upload_of_files_that_are_too_large(orthanc: Servers) -> None:
    """A file is in memory as a whole. One with holes may take all of it, although the archive is small."""
    text = (SAMPLES / "chunked_upload.py").read_text(encoding="utf-8")
    ct, mr, largest = CT.read_bytes(), MR.read_bytes(), MR.stat().st_size
    assert len(ct) > largest and "\nLARGEST = 1 << 30 " in text
    server = orthanc(text.replace("\nLARGEST = 1 << 30 ", f"\nLARGEST = {largest} "))
    content = io.BytesIO(sparse_member("old.dcm", mr))
    content.seek(0, io.SEEK_END)
    with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in (("sparse.dcm", mr), ("large.dcm", ct), ("mr.dcm", mr)):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            if name == "sparse.dcm":
                member.pax_headers = {"GNU.sparse.map": f"0,{len(mr)}", "GNU.sparse.size": str(len(mr))}
            archive.addfile(member, io.BytesIO(data))
    answer = server.request("PUT", "/archive", content.getvalue())
    assert answer.status == 200
    listed = answer.json()
    assert listed["Refused"] == ["old.dcm", "sparse.dcm", "large.dcm"]
    assert listed["Stored"] == [server.upload(MR)["ID"]] == server.get("/instances").json()


def test_api_listing(orthanc: Servers) -> None:
    api = orthanc.sample("api_listing.py").get("/python-api").json()
    assert {"RestApiGet", "RegisterRestCallback", "LogWarning", "CreateDicom"} <= set(api["functions"])
    assert {"AnswerBuffer", "SetHttpHeader"} <= set(api["classes"]["RestOutput"])
    assert "GetImageWidth" in api["classes"]["Image"]
    assert api["enumerations"]["HttpMethod"] == {"GET": 1, "POST": 2, "PUT": 3, "DELETE": 4}
    assert "OrthancException" in api["exceptions"]
    assert len(api["functions"]) > 70 and len(api["enumerations"]) > 15


def test_sorted_studies(orthanc: Servers) -> None:
    server = orthanc.sample("sorted_studies.py")
    files = [CT, MR, RT_PLAN]
    for path in files:
        server.upload(path)
    expected = sorted(str(read(path).PatientID) for path in files)

    def page(arguments: str) -> list[str]:
        answer = server.get(f"/sorted-studies?{arguments}").json()
        assert answer["Total"] == 3
        return [study["PatientMainDicomTags"]["PatientID"] for study in answer["Studies"]]

    assert page("sort=PatientID") == expected
    assert page("sort=PatientID&order=descending") == expected[::-1]
    assert page("sort=PatientID&since=1&limit=1") == expected[1:2]
    assert page("sort=PatientID&since=9") == []
    for wrong in ("limit=0", "since=-1", "limit=many", "order=random"):
        assert server.get(f"/sorted-studies?{wrong}").status == 400


def test_find_metadata(orthanc: Servers) -> None:
    server = orthanc.sample("find_metadata.py")
    ct, mr = (server.upload(path)["ParentStudy"] for path in (CT, MR))
    server.put(f"/studies/{ct}/metadata/1024", "checked by Ada")

    def find(query: dict[str, object]) -> object:
        return server.post("/tools/find", {"Level": "Study", "Query": {}, **query}).json()

    assert set(find({})) == {ct, mr}  # type: ignore[call-overload]
    assert find({"MetadataQuery": {"1024": "checked*"}}) == [ct]
    assert find({"MetadataQuery": {"1024": "refused*"}}) == []
    assert find({"MetadataQuery": {"1024": "*"}, "Query": {"PatientID": read(MR).PatientID}}) == []
    (study,) = find({"MetadataQuery": {"1024": "*"}, "Expand": True})  # type: ignore[misc]
    assert study["ID"] == ct and study["MainDicomTags"]["StudyInstanceUID"] == read(CT).StudyInstanceUID
    every = find({"MetadataQuery": {"LastUpdate": "20*"}})
    assert set(every) == {ct, mr}  # type: ignore[call-overload]
    assert find({"MetadataQuery": {"LastUpdate": "20*"}, "Since": 1, "Limit": 1}) == every[1:]  # type: ignore[index]
    for wrong in (b"{", b"[]", b'{"Level": "Ward", "Query": {}}', b'{"Level": 5}'):
        assert server.post("/tools/find", wrong).status == 400
    other = {"Level": "Study", "Query": {}, "MetadataQuery": {"1024": "*"}, "ResponseContent": ["Metadata"]}
    assert server.post("/tools/find", other).status == 400  # Orthanc would answer other things than identifiers


DELETES = """
search, read = orthanc.RestApiPost, orthanc.RestApiGet
expanded = []

def deletes_the_first_of_three(uri, body):
    found = json.loads(search(uri, body))
    if len(found) == 3:
        orthanc.RestApiDelete(f"/studies/{found[0]}")
    return json.dumps(found)

def deletes_the_first(uri):
    if not uri.endswith("expand") and not expanded:
        expanded.append(uri)
        orthanc.RestApiDelete(uri)
    return read(uri)

orthanc.RestApiPost, orthanc.RestApiGet = deletes_the_first_of_three, deletes_the_first
"""


def test_find_metadata_of_a_study_that_is_deleted(orthanc: Servers) -> None:
    """The others are found all the same."""
    server = orthanc((SAMPLES / "find_metadata.py").read_text(encoding="utf-8") + DELETES)
    studies = {server.upload(path)["ParentStudy"] for path in (CT, MR, RT_PLAN)}
    query = {"Level": "Study", "Query": {}, "MetadataQuery": {"LastUpdate": "20*"}}
    found = server.post("/tools/find", query).json()
    assert len(found) == 2 and set(found) == set(server.get("/studies").json()) < studies
    (last,) = server.post("/tools/find", {**query, "Expand": True}).json()
    assert [last["ID"]] == server.get("/studies").json()


def test_find_metadata_leaves_other_queries_to_orthanc(orthanc: Servers) -> None:
    server = orthanc.sample("find_metadata.py")
    instance = server.upload(CT)["ID"]
    assert server.post("/tools/find", {"Level": "Instances", "Query": {}}).json() == [instance]
    assert server.post("/tools/find", b'{/* a comment */ "Level": "Instance", "Query": {}}').json() == [instance]
    assert server.post("/tools/find", b"{").json()["OrthancError"] == "Bad request"
    ignored = b'{/* a comment */ "Level": "Study", "Query": {}, "MetadataQuery": {"LastUpdate": "1999*"}}'
    assert server.post("/tools/find", ignored).status == 400


@pytest.mark.parametrize(("level", "setting"), [("Study", "LimitFindResults"), ("Instance", "LimitFindInstances")])
def test_find_metadata_with_a_limit(orthanc: Servers, level: str, setting: str) -> None:
    """Orthanc itself gives a part of a long result without a word. The first match may be in the rest."""
    server = orthanc.sample("find_metadata.py", configuration={setting: 2})
    for path in (CT, MR, RT_PLAN):
        server.upload(path)
    query = {"Level": level, "Query": {}, "MetadataQuery": {"RemoteAET": "*", "LastUpdate": "*"}}
    refused = server.post("/tools/find", query)
    assert refused.status == 400 and f'"{setting}"' in refused.text
    one = {**query, "Query": {"PatientID": read(CT).PatientID}, "MetadataQuery": {}}
    assert len(server.post("/tools/find", one).json()) == 1
    named = "LastUpdate" if level == "Study" else "ReceptionDate"
    assert len(server.post("/tools/find", {**one, "MetadataQuery": {named: "20*"}}).json()) == 1
    other = "Instance" if level == "Study" else "Study"
    assert server.post("/tools/find", {**query, "Level": other}).status == 200
