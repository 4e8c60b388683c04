# SPDX-License-Identifier: GPL-3.0-or-later
"""Events of the stand-in for the module orthanc, besides REST requests."""

from __future__ import annotations

import contextlib
import re
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from test_fake_orthanc import fake

from orthanc_python.testing import Fake, Handle, Unanswered, recorder
from orthanc_python.testing.objects import COMMON_TAGS, tag_dictionary

__all__ = ["fake"]  # a fixture
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def load(fake: Fake, tmp_path: Path) -> Any:
    def load(text: str) -> Any:
        (tmp_path / "events_script.py").write_text(textwrap.dedent(text))
        return fake.load(tmp_path / "events_script.py")

    return load


def test_changes(fake: Fake, load: Any) -> None:
    script = load("""
        import orthanc
        seen = []
        async def on_change(*arguments):
            seen.append(arguments)
        orthanc.RegisterOnChangeCallback(on_change)
        orthanc.RegisterOnChangeCallback(lambda change_type, level, resource_id: seen.append(resource_id))
    """)
    orthanc = fake.module
    fake.change(orthanc.ChangeType.STABLE_STUDY, orthanc.ResourceType.STUDY, "study")
    fake.change(orthanc.ChangeType.ORTHANC_STARTED)
    assert script.seen == [
        (orthanc.ChangeType.STABLE_STUDY, orthanc.ResourceType.STUDY, "study"),
        "study",
        (orthanc.ChangeType.ORTHANC_STARTED, orthanc.ResourceType.NONE, ""),
        "",
    ]
    with pytest.raises(AssertionError, match="has not called RegisterOnStoredInstanceCallback"):
        fake.stored(fake.instance())
    with pytest.raises(TypeError, match=r"a number, such as orthanc\.ChangeType\.NEW_INSTANCE, not 'NEW_INSTANCE'"):
        fake.change("NEW_INSTANCE")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"a number, such as orthanc\.ResourceType\.STUDY, not 'STUDY'"):
        fake.change(orthanc.ChangeType.STABLE_STUDY, "STUDY")  # type: ignore[arg-type]


def test_instances(fake: Fake, load: Any) -> None:
    load("""
        import json
        import orthanc
        def accept(instance):
            return json.loads(instance.GetInstanceSimplifiedJson())["Modality"] != "SR"
        def c_store(instance):
            return 0xA700 if instance.GetInstanceRemoteAet() == "BAD" else 0
        def received(dicom, origin):
            if origin == orthanc.InstanceOrigin.DICOM_PROTOCOL:
                return orthanc.ReceivedInstanceAction.DISCARD, None
            if dicom == b"same":
                return orthanc.ReceivedInstanceAction.KEEP_AS_IS, None
            return orthanc.ReceivedInstanceAction.MODIFY, dicom + b"!"
        orthanc.RegisterIncomingDicomInstanceFilter(accept)
        orthanc.RegisterIncomingCStoreInstanceFilter(c_store)
        orthanc.RegisterReceivedInstanceCallback(received)
        orthanc.RegisterReceivedInstanceCallback(received)
    """)
    assert fake.accepts(fake.instance(tags={"Modality": "CT"})) and not fake.accepts(fake.instance(tags={"Modality": "SR"}))
    assert [fake.c_store(fake.instance(remote_aet=aet)) for aet in ("GOOD", "BAD")] == [0, 0xA700]
    assert (fake.received(b"same"), fake.received(b"new")) == (b"same", b"new!!")
    assert fake.received(b"new", fake.module.InstanceOrigin.DICOM_PROTOCOL) is None
    instance = fake.instance(b"content", metadata={"ReceptionDate": "now"})
    assert (instance.GetInstanceData(), instance.GetInstanceSize()) == (b"content", 7)  # type: ignore[attr-defined]
    assert instance.HasInstanceMetadata("ReceptionDate") == 1  # type: ignore[attr-defined]
    assert instance.OpenInstanceData().read(3) == b"con"  # type: ignore[attr-defined]


@pytest.mark.parametrize("method", ["GetInstanceJson", "GetInstanceAdvancedJson"])
def test_forms_of_json_that_the_test_has_not_given(fake: Fake, method: str) -> None:
    """They are another form than the simplified one, so the tags do not answer them."""
    ask = getattr(fake.instance(tags={"Modality": "CT"}), method)
    arguments = (1,) * (ask.__code__.co_argcount - 1)
    with pytest.raises(Unanswered, match=rf'answer\("DicomInstance\.{method}", \.\.\.\)'):
        ask(*arguments)
    fake.answer(f"DicomInstance.{method}", '{"0008,0060": {}}')
    assert ask(*arguments) == '{"0008,0060": {}}'


def test_a_bool_of_a_c_store_filter(fake: Fake, load: Any) -> None:
    """False is 0. True would be a status after which a sender may take the instance for stored."""
    script = load("""
        import orthanc
        results = [False, True]
        orthanc.RegisterIncomingCStoreInstanceFilter(lambda instance: results.pop(0))
    """)
    assert fake.c_store(fake.instance()) == 0
    with pytest.raises(TypeError, match="a C-STORE filter must return 0 or a DIMSE status, not True"):
        fake.c_store(fake.instance())
    assert script.results == []


def test_coroutines_and_generators_of_compilers(fake: Fake, load: Any) -> None:
    """They are not CPython's own types, such as those of Cython."""
    script = load("""
        from unittest.mock import MagicMock
        import orthanc

        async def note(value):
            noted.append(value)

        class Later:
            def __init__(self, value):
                self.coroutine = note(value)

            def __await__(self):
                return self.coroutine.__await__()

            def send(self, value):
                return self.coroutine.send(value)

            def throw(self, *error):
                return self.coroutine.throw(*error)

            def close(self):
                self.coroutine.close()

        class Handle:
            def __await__(self):
                raise AssertionError("the plugin awaits coroutines only")

        class Generator:
            def __next__(self):
                raise StopIteration

            def send(self, value):
                raise StopIteration

        noted = []
        orthanc.RegisterOnStoredInstanceCallback(lambda instance, identifier: Later(identifier))
        orthanc.RegisterOnStoredInstanceCallback(lambda instance, identifier: Handle())
        orthanc.RegisterOnStoredInstanceCallback(lambda instance, identifier: MagicMock())
        orthanc.RegisterOnChangeCallback(lambda *change: Generator())
    """)
    fake.stored(fake.instance(), "first")
    assert script.noted == ["first"]
    with pytest.raises(TypeError, match="the callback is a generator function"):
        fake.change(fake.module.ChangeType.NEW_INSTANCE)


@pytest.mark.parametrize("result", ["1", "None", "'CT'"])
def test_results_of_filters_that_orthanc_refuses(fake: Fake, load: Any, result: str) -> None:
    load(f"""
        import orthanc
        orthanc.RegisterIncomingDicomInstanceFilter(lambda instance: {result})
        orthanc.RegisterIncomingCStoreInstanceFilter(lambda instance: {result} if {result} != 1 else 0x1A900)
    """)
    with pytest.raises(TypeError, match="an instance filter must return True or False, not"):
        fake.accepts(fake.instance())
    with pytest.raises(TypeError, match="a C-STORE filter must return 0 or a DIMSE status, not"):
        fake.c_store(fake.instance())


@pytest.mark.parametrize(
    ("result", "error", "said"),
    [
        (
            "(orthanc.ReceivedInstanceAction.MODIFY, None)",
            TypeError,
            "needs the new DICOM file as bytes, not NoneType: Orthanc",
        ),
        (
            "(orthanc.ReceivedInstanceAction.MODIFY, 5)",
            TypeError,
            "needs the new DICOM file as bytes, not int: Orthanc refuses",
        ),
        (
            "(orthanc.ReceivedInstanceAction.MODIFY, b'')",
            ValueError,
            "needs the new DICOM file, which is empty: Orthanc refuses",
        ),
        ("None", TypeError, r"the callback must return \(action, bytes or None\), not None"),
        ("('MODIFY', b'x')", TypeError, "the action must be a ReceivedInstanceAction, not <class 'str'>"),
        ("(None, None)", TypeError, "the action must be a ReceivedInstanceAction, not None"),
        ("(99, b'x')", ValueError, "99 is not a valid ReceivedInstanceAction"),
        ("(True, b'x')", TypeError, "the action must be a ReceivedInstanceAction, not True"),
    ],
)
def test_results_for_received_instances(fake: Fake, load: Any, result: str, error: type[Exception], said: str) -> None:
    load(f"import orthanc\northanc.RegisterReceivedInstanceCallback(lambda dicom, origin: {result})")
    with pytest.raises(error, match=said):
        fake.received(b"new")


def test_text_for_a_received_instance(fake: Fake, load: Any) -> None:
    """As in Orthanc, the next callback gets its bytes."""
    load("""
        import orthanc
        modify = orthanc.ReceivedInstanceAction.MODIFY
        orthanc.RegisterReceivedInstanceCallback(lambda dicom, origin: (modify, "\\u00e9"))
        orthanc.RegisterReceivedInstanceCallback(lambda dicom, origin: (modify, dicom + b"!"))
    """)
    assert fake.received(b"new") == b"\xc3\xa9!"


@pytest.mark.parametrize(
    ("result", "error", "said"),
    [
        ("'0'", TypeError, "the lookup must return a StorageCommitmentFailureReason, not <class 'str'>"),
        ("None", TypeError, "the lookup must return a StorageCommitmentFailureReason, not None"),
        ("9999", ValueError, "9999 is not a valid StorageCommitmentFailureReason"),
        ("False", TypeError, "the lookup must return a StorageCommitmentFailureReason, not False"),
    ],
)
def test_results_of_lookups_that_fail(fake: Fake, load: Any, result: str, error: type[Exception], said: str) -> None:
    load(f"""
        import orthanc
        orthanc.RegisterStorageCommitmentScpCallback(lambda *arguments: None, lambda *arguments: {result})
    """)
    with pytest.raises(error, match=said):
        fake.commit({"2.1": "1.1"})


@pytest.mark.parametrize(("result", "kind"), [("None", "NoneType"), ("'text'", "str"), ("5", "int")])
def test_files_that_orthanc_cannot_read(fake: Fake, load: Any, result: str, kind: str) -> None:
    load(f"""
        import orthanc
        orthanc.RegisterStorageArea(lambda *file: None, lambda uuid, content_type: {result}, lambda *file: None)
    """)
    with pytest.raises(TypeError, match=f"a storage area must read bytes, not <class '{kind}'>"):
        fake.storage().read("uuid", fake.module.ContentType.DICOM)


def test_generators_that_run_nothing(fake: Fake, load: Any) -> None:
    load("""
        import orthanc
        def generator(*arguments, **keywords):
            yield b"never"
        async def asynchronous(*arguments):
            yield b"never"
        orthanc.RegisterOnStoredInstanceCallback(generator)
        orthanc.RegisterOnChangeCallback(asynchronous)
        orthanc.RegisterFindCallback(generator)
        orthanc.RegisterWorklistCallback(generator)
        orthanc.RegisterMoveCallback(generator)
        orthanc.RegisterRefreshMetricsCallback(generator)
        orthanc.RegisterStorageArea(generator, lambda uuid, content_type: b"", generator)
    """)
    storage, dicom = fake.storage(), fake.module.ContentType.DICOM
    events: list[Callable[[], object]] = [
        lambda: fake.stored(fake.instance()),
        lambda: fake.change(fake.module.ChangeType.NEW_STUDY),
        lambda: fake.find({"PatientID": "*"}),
        fake.worklist,
        fake.move,
        fake.refresh_metrics,
        lambda: storage.create("uuid", dicom, b""),
        lambda: storage.remove("uuid", dicom),
    ]
    for fire in events:
        with pytest.raises(TypeError, match="the callback is a generator function, because it contains `yield`"):
            fire()


def test_one_event_loop(fake: Fake, load: Any) -> None:
    """As in Orthanc: what belongs to the loop can be kept, and tasks go on after the callback."""
    script = load("""
        import asyncio
        import orthanc
        loops, log, tasks = [], [], []
        async def later():
            await asyncio.sleep(0.001)
            log.append("later")
        async def for_ever():
            try:
                await asyncio.sleep(3600)
            finally:
                log.append("cancelled")
        async def on_change(change_type, level, resource_id):
            loops.append(asyncio.get_running_loop())
            tasks.append(asyncio.create_task(later() if resource_id == "a" else for_ever()))
        orthanc.RegisterOnChangeCallback(on_change)
    """)
    fake.change(fake.module.ChangeType.NEW_STUDY, resource_id="a")
    assert script.log == ["later"]
    fake.change(fake.module.ChangeType.NEW_STUDY, resource_id="b")
    assert script.log == ["later"] and script.loops[0] is script.loops[1] and not script.loops[0].is_closed()
    fake.unload()
    assert script.log == ["later", "cancelled"] and script.loops[0].is_closed()


def test_http_filters(fake: Fake, load: Any) -> None:
    load("""
        import orthanc
        def allow(uri, **request):
            return request["method"] == orthanc.HttpMethod.GET and request["get"].get("key") == "1"
        orthanc.RegisterIncomingHttpRequestFilter(allow)
    """)
    assert fake.allows("/studies", get={"key": "1"})
    assert not fake.allows("/studies") and not fake.allows("/studies", fake.module.HttpMethod.DELETE)


def test_queries(fake: Fake, load: Any) -> None:
    load("""
        import orthanc
        def find(answers, query, issuer_aet, called_aet):
            for i in range(query.GetFindQuerySize()):
                tag = f"{query.GetFindQueryTagGroup(i):04x},{query.GetFindQueryTagElement(i):04x}"
                name, value = query.GetFindQueryTagName(i), query.GetFindQueryValue(i)
                answers.FindAddAnswer(f"{tag} {name}={value} {issuer_aet}".encode())
        def worklist(answers, query, issuer_aet, called_aet):
            for dicom in (b"first", b"second"):
                if query.WorklistIsMatch(dicom):
                    answers.WorklistAddAnswer(query, dicom)
        orthanc.RegisterFindCallback(find)
        orthanc.RegisterWorklistCallback(worklist)
    """)
    found = fake.find({"PatientID": "*", (0x0010, 0x0010): "A"}, issuer_aet="ME")
    assert found == [b"0010,0020 PatientID=* ME", b"0010,0010 PatientName=A ME"]
    assert fake.worklist(matches=lambda dicom: dicom == b"second") == [b"second"]
    with pytest.raises(ValueError, match="unknown DICOM tag: NoSuchTag"):
        fake.find({"NoSuchTag": ""})


def test_answers_to_queries(fake: Fake, load: Any) -> None:
    """They may be text. Only what is added is an answer."""
    load("""
        import orthanc
        def find(answers, query, issuer_aet, called_aet):
            answers.FindMarkIncomplete()
            answers.FindAddAnswer("%04x,%04x" % query.GetFindQueryTag(0))
            answers.FindAddAnswer(memoryview(b"view"))
            answers.FindAddAnswer(None)
        def worklist(answers, query, issuer_aet, called_aet):
            answers.WorklistAddAnswer(query, "text")
            answers.WorklistMarkIncomplete()
        orthanc.RegisterFindCallback(find)
        orthanc.RegisterWorklistCallback(worklist)
    """)
    assert fake.find({"PatientID": "*"}) == [b"0010,0020", b"view", b""]
    assert fake.worklist() == [b"text"]
    assert len(fake.calls_of("FindAnswers.FindMarkIncomplete")) == 1


def test_tags_without_pydicom(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tags that queries mostly have are known without it, by the numbers of DICOM's dictionary."""
    dictionary = tag_dictionary(["RescaleSlope"])
    assert {name: dictionary[name] for name in COMMON_TAGS} == COMMON_TAGS and dictionary["RescaleSlope"] == (0x0028, 0x1053)
    monkeypatch.setitem(sys.modules, "pydicom.datadict", None)
    assert tag_dictionary(["RescaleSlope"]) == COMMON_TAGS


def test_moves_and_files(fake: Fake, load: Any) -> None:
    script = load("""
        import orthanc
        files, log = {}, []
        def create(uuid, content_type, data):
            files[uuid] = data
        orthanc.RegisterStorageArea(create, lambda uuid, content_type: files[uuid], lambda uuid, content_type: files.pop(uuid))
        orthanc.RegisterMoveCallback2(
            lambda **request: [request["TargetAET"], request["Level"], request["PatientID"]],
            len, lambda driver: log.append(list(driver)), lambda driver: log.append("free"),
        )
        orthanc.RegisterStorageCommitmentScpCallback(
            lambda *arguments: arguments[2:], lambda sop_class, sop_instance, data: int(sop_instance == "2.1")
        )
        orthanc.RegisterRefreshMetricsCallback(lambda: log.append("metrics"))
    """)
    storage = fake.storage()
    storage.create("uuid", fake.module.ContentType.DICOM, b"data")
    assert storage.read("uuid", fake.module.ContentType.DICOM) == b"data"
    storage.remove("uuid", fake.module.ContentType.DICOM)
    assert script.files == {}
    assert fake.move("STUDY", TargetAET="TARGET") == 3
    fake.refresh_metrics()
    assert script.log == [["TARGET", "STUDY", ""]] * 3 + ["free", "metrics"]
    assert fake.commit({"2.1": "1.1", "2.2": "1.1"}) == [1, 0]


@pytest.mark.parametrize("result", ["None", "0", "True", "b'done'", "'done'"])
def test_results_of_sub_operations_that_succeed(fake: Fake, load: Any, result: str) -> None:
    load(f"""
        import orthanc
        orthanc.RegisterMoveCallback2(lambda **request: "ab", len, lambda driver: {result}, lambda driver: None)
    """)
    assert fake.move() == 2


@pytest.mark.parametrize(
    ("size", "result", "error", "said"),
    [
        ("'3'", "0", "TypeError", "'str' object cannot be interpreted as an integer"),
        ("2.5", "0", "TypeError", "'float' object cannot be interpreted as an integer"),
        ("None", "0", "TypeError", "'NoneType' object cannot be interpreted as an integer"),
        ("-1", "0", "OverflowError", "-1 is not in the range 0..4294967295"),
        ("1", "2**31", "OverflowError", "2147483648 is not in the range -2147483648..2147483647"),
        ("1", "orthanc.ErrorCode.PLUGIN", "OrthancException", "a sub-operation of the C-MOVE failed"),
        ("False", "0", "TypeError", "the size of a C-MOVE must be the number of its sub-operations, not False"),
        ("1", "False", "TypeError", "a sub-operation of a C-MOVE must return None or an ErrorCode, not False"),
    ],
)
def test_moves_that_fail(fake: Fake, load: Any, size: str, result: str, error: str, said: str) -> None:
    script = load(f"""
        import orthanc
        freed = []
        orthanc.RegisterMoveCallback2(lambda **request: "ab", lambda driver: {size}, lambda driver: {result}, freed.append)
    """)
    with pytest.raises(Exception, match=said) as caught:
        fake.move()
    assert type(caught.value).__name__ == error and script.freed == ["ab"]


def test_storage_area_with_custom_data(fake: Fake) -> None:
    """Registered as by an SDK that has RegisterStorageArea3."""
    with pytest.raises(AssertionError, match="the script has called RegisterStorageArea 0 times"):
        fake.storage()
    recorder.called("RegisterStorageArea3", {"create": print, "readRange": print, "remove": print}, silent=True)
    said = r"called RegisterStorageArea3, and storage\(\) is for RegisterStorageArea: .* fake\.calls_of"
    with pytest.raises(AssertionError, match=said):
        fake.storage()


def test_rest_callbacks_of_other_kinds(fake: Fake, load: Any) -> None:
    load("""
        import orthanc
        def parts(output, uri, **request):
            yield "a"
            yield b"b"
        async def slow(output, uri, **request):
            output.AnswerBuffer("slow", "text/plain")
        def upload(output, uri, **request):
            output.AnswerBuffer(request["body"].read(2) + b"".join(request["body"]), "text/plain")
        orthanc.RegisterRestCallback("/parts", parts)
        orthanc.RegisterRestCallback("/slow", slow)
        orthanc.RegisterChunkedRestCallback("/upload", upload)
    """)
    assert fake.rest("/parts").body == b"ab"
    assert fake.rest("/slow").body == b"slow"
    assert fake.rest("/upload", "POST", b"content").body == b"content"


def test_rest_callbacks_that_yield(fake: Fake, load: Any) -> None:
    load("""
        import orthanc
        def nothing(output, uri, **request):
            if uri == "/nothing/answered":
                output.AnswerBuffer("answered", "text/plain")
            return
            yield
        def number(output, uri, **request):
            yield 5
        async def asynchronous(output, uri, **request):
            yield "never"
        orthanc.RegisterRestCallback("/nothing.*", nothing)
        orthanc.RegisterRestCallback("/number", number)
        orthanc.RegisterRestCallback("/asynchronous", asynchronous)
    """)
    assert (fake.rest("/nothing").body, fake.rest("/nothing/answered").body) == (b"", b"answered")
    with pytest.raises(TypeError, match="must yield str or bytes, not 5"):
        fake.rest("/number")
    with pytest.raises(TypeError, match="cannot be an asynchronous generator"):
        fake.rest("/asynchronous")


def test_commitment_with_a_connection(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Registered as by an SDK that has RegisterStorageCommitmentScpCallback2."""
    monkeypatch.setattr(fake.module, "DicomConnection", Handle, raising=False)
    asked = []

    def scp(job: str, transaction: str, classes: list[str], instances: list[str], connection: Handle) -> str:
        asked.append((classes, instances, connection.answers["GetConnectionRemoteAet"]))
        return "data"

    callbacks = {"callback": scp, "lookup": lambda sop_class, sop_instance, data: int((sop_instance, data) == ("2.2", "data"))}
    recorder.called("RegisterStorageCommitmentScpCallback2", callbacks, silent=True)
    assert fake.commit({"2.1": "1.1", "2.2": "1.2"}, remote_aet="ME") == [0, 1]
    assert asked == [(["1.1", "1.2"], ["2.1", "2.2"], "ME")]


def test_script_of_the_documentation(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    (tmp_path / "router.py").write_text(next(block for block in blocks if "def on_find" in block), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    tests: dict[str, Any] = {}
    exec(next(block for block in blocks if "def test_find" in block), tests)
    tests["test_only_ct_is_sent"](fake)
    fake.calls.clear()
    tests["test_find"](fake)


DATA = {"RegisterErrorCode", "RegisterDictionaryTag", "RegisterPrivateDictionaryTag"}  # no events


def test_the_page_lists_the_registrations_without_a_method(
    fake: Fake, sdk_files: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fired: set[str] = set()

    def registered(*names: str) -> Iterator[Any]:
        fired.update(names)
        return iter([])

    monkeypatch.setattr(fake, "registered", registered)
    instance = fake.instance()
    events: list[Callable[[], object]] = [
        lambda: fake.rest("/"),
        lambda: fake.change(0),
        lambda: fake.stored(instance),
        lambda: fake.received(b""),
        lambda: fake.accepts(instance),
        lambda: fake.c_store(instance),
        lambda: fake.allows("/"),
        lambda: fake.find({}),
        lambda: fake.worklist(b"", lambda dicom: True),
        lambda: fake.move(),
        lambda: fake.storage(),
        lambda: fake.commit({}),
        lambda: fake.refresh_metrics(),
    ]
    for event in events:
        with contextlib.suppress(AssertionError):
            event()
    text = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    (listed,) = re.findall(r"These registrations have no method: (.*?)\. ", text, flags=re.DOTALL)
    without = set(re.findall(r"`(Register\w+)`", listed))
    registrations = set(re.findall(r"^def (Register\w+)\(", sdk_files["orthanc.pyi"], flags=re.MULTILINE)) - DATA
    assert registrations - fired == registrations & without
    assert not without & fired
