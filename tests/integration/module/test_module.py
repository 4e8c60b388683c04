# SPDX-License-Identifier: GPL-3.0-or-later
"""The module `orthanc`: its names, enumerations and exception."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import Servers
from remote import SCRIPT, Remote

from orthanc_python import OrthancDidNotStart

HEADER = Path(os.environ.get("ORTHANC_SDK_HEADER", "/usr/include/orthanc/OrthancCPlugin.h"))


@pytest.fixture(scope="module")
def remote(module_orthanc: Servers) -> Remote:
    shadow = {"orthanc.py": "raise SystemExit('this file is not the module')"}
    return Remote(module_orthanc(SCRIPT, files=shadow))


def test_module_is_built_in_and_not_shadowed(remote: Remote) -> None:
    assert remote.value("orthanc.__name__") == "orthanc"
    assert remote.value("getattr(orthanc, '__file__', None)") is None
    remote("import orthanc as again; assert again is orthanc; assert again.RegisterRestCallback")
    assert remote.value("[name for name in dir(orthanc) if name.startswith('OrthancPlugin')]") == []


def test_script_named_like_the_module_is_refused(orthanc: Servers) -> None:
    server = orthanc.prepare(SCRIPT, name="orthanc.py")
    with pytest.raises(OrthancDidNotStart) as failure:
        server.start()
    assert failure.value.exit_status not in (0, None) and failure.value.exit_status > 0
    assert re.search(r"orthanc\.py.*rename", failure.value.log)


def test_names_of_methods(remote: Remote) -> None:
    for name in (
        "FindAnswers.FindAddAnswer",
        "FindMatcher.IsMatch",
        "FindQuery.GetFindQueryTagName",
        "WorklistAnswers.WorklistAddAnswer",
        "WorklistQuery.WorklistIsMatch",
        "WorklistQuery.WorklistGetDicomQuery",
        "DicomInstance.GetInstanceJson",
        "Image.GetImageWidth",
        "RestOutput.AnswerBuffer",
    ):
        assert remote.value(f"callable(orthanc.{name})"), name


def test_names_of_enumeration_members(remote: Remote) -> None:
    for name, value in (
        ("ChangeType.NEW_STUDY", 6),
        ("ChangeType.ORTHANC_STARTED", 10),
        ("ContentType.DICOM_AS_JSON", 2),
        ("ContentType.DICOM_UNTIL_PIXEL_DATA", 3),
        ("HttpMethod.DELETE", 4),
        ("PixelFormat.GRAYSCALE16", 2),
        ("ReceivedInstanceAction.KEEP_AS_IS", 1),
        ("StorageCommitmentFailureReason.REFERENCED_SOPCLASS_NOT_SUPPORTED", 4),
    ):
        assert remote.value(f"orthanc.{name}") == value, name


def test_unknown_names_and_star_import(remote: Remote) -> None:
    remote("""
        star = {}
        exec("from orthanc import *", star)
        assert star["JobStepStatus"] is orthanc.JobStepStatus and star["RestApiGet"] is orthanc.RestApiGet
        try:
            orthanc.Misspelt
        except AttributeError as error:
            assert str(error) == "module 'orthanc' has no attribute 'Misspelt'", error
        else:
            raise AssertionError
    """)


def test_enumerations_are_classes_of_plain_integers(remote: Remote) -> None:
    remote("""
        import inspect, pickle, sys
        classes = [each for _, each in inspect.getmembers(orthanc, inspect.isclass) if issubclass(each, int)]
        assert len(classes) > 15
        for each in classes:
            assert each.__module__ == "orthanc" and each.__doc__
            assert dir(each) and all(name.isupper() for name in dir(each)), dir(each)
            for name in dir(each):
                value = getattr(each, name)
                assert type(value) is int and repr(value) == str(int(value)), (each, name)
                member = each(value)
                assert member == value and member.value == value and type(member.value) is int
                assert getattr(each, member.name) == value
                assert str(member) == repr(member) == str(value)
        assert orthanc.ChangeType(6).name == "NEW_STUDY"
        assert orthanc.DicomToJsonFlags(9).name == "INCLUDE_BINARY|INCLUDE_PIXEL_DATA"
        assert pickle.loads(pickle.dumps(orthanc.ChangeType(6))).name == "NEW_STUDY"
        try:
            orthanc.ChangeType(99999)
        except ValueError as error:
            assert str(error) == "99999 is not a valid ChangeType"
        else:
            raise AssertionError
        assert type(orthanc.LookupDictionary("PatientID")["ValueRepresentation"]) is int
        image = orthanc.CreateImage(orthanc.PixelFormat.RGB24, 2, 2)
        assert type(image.GetImagePixelFormat()) is int
    """)


def test_every_member_of_the_header_is_there(remote: Remote) -> None:
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r'ORTHANC_PLUGIN_SINCE_SDK\("[\d.]+"\)', "", text)
    enumerations = re.findall(r"typedef enum\s*\{([^}]*)\}\s*OrthancPlugin(\w+);", text)
    assert len(enumerations) > 15
    for body, name in enumerations:
        members = re.findall(r"OrthancPlugin\w+?_(\w+)\s*=\s*(\(1 << \d+\)|-?\w+)", body)
        expected = {number(value) for member, value in members if member != "INTERNAL"}
        if name == "Service":  # the SDK's own numbering of its functions
            continue
        assert expected and set(remote(_MEMBERS.format(name=name)).values()) == expected, name


def number(text: str) -> int:
    """The value of a C constant: a number or a bit."""
    shift = re.fullmatch(r"\(1 << (\d+)\)", text)
    return 1 << int(shift[1]) if shift else int(text, 0)


_MEMBERS = """
import numbers
each = orthanc.{name}
result = {{key: getattr(each, key) for key in dir(each) if isinstance(getattr(each, key), numbers.Number)}}
assert all(key.isupper() or key.startswith("_") for key in result), result
"""


def test_names_are_those_of_the_report(remote: Remote, coverage: dict[str, Any]) -> None:
    found = remote("""
        import inspect
        names = lambda each: sorted(name for name in dir(each) if not name.startswith("_"))
        classes = {name: each for name, each in inspect.getmembers(orthanc, inspect.isclass) if name[0] != "_"}
        classes = {name: each for name, each in classes.items() if each.__module__ == "orthanc"}
        classes.pop("OrthancException")
        enumerations = {name: each for name, each in classes.items() if issubclass(each, int)}
        result = {
            "module": names(orthanc),
            "classes": {name: names(each) for name, each in classes.items() if name not in enumerations},
            "enumerations": {
                name: {member: getattr(each, member) for member in dir(each)} for name, each in enumerations.items()
            },
        }
    """)
    assert found == coverage["names"]


def test_everything_is_documented(remote: Remote, coverage: dict[str, Any]) -> None:
    names = coverage["names"]
    methods = [f"{name}.{method}" for name, methods in names["classes"].items() for method in methods]
    documentation = remote(f"""
        import operator
        result = {{name: operator.attrgetter(name)(orthanc).__doc__ for name in {[*names["module"], *methods]!r}}}
    """)
    assert len(documentation) > 150
    # nanobind's signature alone, or the texts of object and int, would be no documentation
    assert [name for name, text in documentation.items() if not text or "\n" not in text.strip()] == ["OrthancException"]


def test_members_are_integers(remote: Remote) -> None:
    remote("""
        import json, numbers, pickle
        value = orthanc.ChangeType.NEW_STUDY
        assert type(value) is int and type(pickle.loads(pickle.dumps(value))) is int and repr(value) == "6"
        assert value == 6 and 6 == value and value != 5 and value < 7
        assert hash(value) == hash(6) and {6: "six"}[value] == "six" and {value: "six"}[6] == "six"
        assert "%d" % value == "6" and "%s" % value == "6" and f"{value}" == "6" and str(value) == "6"
        assert "{:03d}".format(value) == "006" and f"{value:>3}" == "  6"
        assert json.dumps({"change": value}) == '{"change": 6}'
        assert isinstance(value, numbers.Number) and isinstance(value, int) and int(value) == 6
        assert value + 1 == 7 and list(range(20))[value] == 6 and value in (5, 6)
        assert orthanc.DicomToJsonFlags.INCLUDE_BINARY | orthanc.DicomToJsonFlags.INCLUDE_PIXEL_DATA == 9
    """)


def test_map_of_values_to_names(remote: Remote) -> None:
    names = remote("""
        import numbers
        result = {}
        for name in dir(orthanc.ErrorCode):
            value = getattr(orthanc.ErrorCode, name)
            if isinstance(value, numbers.Number):
                result[int(value)] = name
    """)
    assert names["17"] == "UNKNOWN_RESOURCE" and names["-1"] == "INTERNAL_ERROR"


def test_exception(remote: Remote) -> None:
    remote("""
        error = orthanc.OrthancException(17, "Unknown resource")
        assert isinstance(error, Exception) and error.args == (17, "Unknown resource")
        try:
            orthanc.RestApiGet("/nowhere")
        except orthanc.OrthancException as error:
            code, description = error.args
        assert type(code) is int
        assert code == orthanc.ErrorCode.UNKNOWN_RESOURCE
        assert isinstance(description, str) and description
        assert orthanc.GetErrorDescription(code) == description
    """)
