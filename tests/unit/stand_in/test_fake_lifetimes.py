# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in for the module orthanc: the life of objects, the answer that counts, and errors that a script catches."""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from test_fake_orthanc import fake

from orthanc_python.testing import Fake, Unanswered, fake_orthanc

__all__ = ["fake"]  # a fixture
OUTPUT_ENDED = "this RestOutput is no longer valid: Orthanc lends it for the duration of the callback only"
INSTANCE_ENDED = OUTPUT_ENDED.replace("RestOutput", "DicomInstance")


@pytest.fixture
def load(fake: Fake, tmp_path: Path) -> Any:
    def load(text: str, into: Fake = fake) -> Any:
        (tmp_path / "lifetimes_script.py").write_text(textwrap.dedent(text))
        return into.load(tmp_path / "lifetimes_script.py")

    return load


def test_answer_of_a_task(fake: Fake, load: Any) -> None:
    """It comes too late, and its error reaches the test at the end."""
    with pytest.raises(RuntimeError, match=OUTPUT_ENDED), fake_orthanc() as inner:
        load(
            """
            import asyncio
            import orthanc
            async def later(output):
                await asyncio.sleep(0.001)
                output.AnswerBuffer("late", "text/plain")
            async def route(output, uri, **request):
                asyncio.create_task(later(output))
            orthanc.RegisterRestCallback("/route", route)
            """,
            inner,
        )
        answer = inner.rest("/route")
        with pytest.raises(AssertionError, match=re.escape("the callback has not called AnswerBuffer, but: []")):
            answer.body  # noqa: B018


def test_objects_that_callbacks_keep(fake: Fake, load: Any) -> None:
    script = load("""
        import orthanc
        kept = []
        def keep(*arguments, **keywords):
            kept.extend(arguments)
        def accept(instance):
            kept.append(instance)
            return True
        orthanc.RegisterRestCallback("/route", keep)
        orthanc.RegisterOnStoredInstanceCallback(keep)
        orthanc.RegisterIncomingDicomInstanceFilter(accept)
        orthanc.RegisterIncomingCStoreInstanceFilter(lambda instance: kept.append(instance) or 0)
        orthanc.RegisterFindCallback(keep)
        orthanc.RegisterWorklistCallback(keep)
    """)
    instance = fake.instance(b"data")
    fake.rest("/route")
    fake.stored(instance)
    fake.accepts(instance)
    fake.c_store(instance)
    fake.find({"PatientID": "*"})
    fake.worklist()
    output, uri, stored, name, accepted, received, answers, query, *_, worklist, worklist_query, _, _ = script.kept
    assert (uri, name) == ("/route", "instance")
    for use in (
        lambda: output.SetHttpHeader("a", "b"),
        stored.GetInstanceData,
        stored.OpenInstanceData,
        accepted.GetInstanceSize,
        received.GetInstanceData,
        lambda: answers.FindAddAnswer(b""),
        query.GetFindQuerySize,
        lambda: worklist.WorklistAddAnswer(worklist_query, b""),
        lambda: fake.module.WorklistAnswers().WorklistAddAnswer(worklist_query, b""),
    ):
        with pytest.raises(RuntimeError, match="no longer valid: Orthanc lends it for the duration of the callback only"):
            use()
    assert instance.GetInstanceData() == b"data"  # type: ignore[attr-defined]  # the test's own


def test_object_of_a_callback_that_fails(fake: Fake, load: Any) -> None:
    script = load("""
        import orthanc
        kept = []
        def fail(instance, instance_id):
            kept.append(instance)
            raise ValueError("failed")
        orthanc.RegisterOnStoredInstanceCallback(fail)
    """)
    with pytest.raises(ValueError, match="failed"):
        fake.stored(fake.instance())
    with pytest.raises(RuntimeError, match=INSTANCE_ENDED):
        script.kept[0].GetInstanceData()


def test_calls_name_the_object_of_the_test(fake: Fake, load: Any) -> None:
    load("""
        import orthanc
        orthanc.RegisterOnStoredInstanceCallback(lambda instance, instance_id: instance.GetInstanceData())
    """)
    instance = fake.instance(b"data")
    fake.answer("DicomInstance.GetInstanceData", lambda given: b"" if given is instance else None)
    fake.stored(instance)
    assert [call.handle for call in fake.calls_of("DicomInstance.GetInstanceData")] == [instance]


def test_file_of_an_instance(fake: Fake, load: Any) -> None:
    script = load("""
        import orthanc
        files = []
        def keep(instance, instance_id):
            file = instance.OpenInstanceData()
            files.extend((file, file.read(2), file.seek(0), file.seek(-1, 2), file.tell(), file.read()))
        orthanc.RegisterOnStoredInstanceCallback(keep)
    """)
    fake.stored(fake.instance(b"content"))
    assert script.files[1:] == [b"co", 0, 6, 6, b"t"]
    with pytest.raises(RuntimeError, match=INSTANCE_ENDED):
        script.files[0].seek(0, 2)
    with pytest.raises(RuntimeError, match=INSTANCE_ENDED):
        script.files[0].read()


def test_jobs_that_were_submitted(fake: Fake) -> None:
    """They belong to Orthanc. A job that CreateJob gives again is a new one."""
    job = fake.module.Job()
    fake.answer("CreateJob", job)
    fake.answer("Job.SubmitJob", "identifier")
    for _ in range(2):
        made = fake.module.CreateJob((each for each in ()), "kind")
        assert made.SubmitJob() == "identifier"
        with pytest.raises(RuntimeError, match="this Job is no longer valid: it was given to Orthanc"):
            made.SubmitJob()


def test_jobs_of_one_answer(fake: Fake) -> None:
    """Each is an object of its own. The record, and functions that answer, have the test's."""
    job, asked = fake.module.Job(), []

    def submit(given: Any, priority: int) -> str:
        asked.append(given)
        return "identifier"

    fake.answer("CreateJob", job)
    fake.answer("Job.SubmitJob", submit)
    jobs = [fake.module.CreateJob((each for each in ""), "kind") for _ in range(2)]
    assert [made.SubmitJob(0) for made in jobs] == ["identifier"] * 2
    assert [call.handle for call in fake.calls_of("Job.SubmitJob")] == asked == [job, job]
    with pytest.raises(RuntimeError, match="this Job is no longer valid: it was given to Orthanc"):
        jobs[0].SubmitJob(0)


def test_arguments_name_the_object_of_the_test(fake: Fake) -> None:
    image, given = fake.module.Image(), []

    def create(json: str, pixelData: Any, flags: int) -> bytes:
        given.append(pixelData)
        return b"dicom"

    fake.answer("CreateImage", image)
    fake.answer("CreateDicom", create)
    made = fake.module.CreateImage(fake.module.PixelFormat.RGB24, 1, 1)
    assert fake.module.CreateDicom("{}", made, fake.module.CreateDicomFlags.NONE) == b"dicom"
    assert [call.arguments["pixelData"] for call in fake.calls_of("CreateDicom")] == given == [image]


SECOND = """
    import orthanc
    def first(output, uri, **request):
        output.SendHttpStatusCode(404)
        output.AnswerBuffer("found", "text/plain")
    def caught(output, uri, **request):
        output.AnswerBuffer("first", "text/plain")
        try:
            output.AnswerBuffer("second", "text/plain")
        except orthanc.OrthancException as error:
            assert error.args == (6, "Bad sequence of calls")
    def header(output, uri, **request):
        output.AnswerBuffer("first", "text/plain")
        output.SetHttpHeader("a", "b")
    def mixed(output, uri, **request):
        output.AnswerBuffer("first", "text/plain")
        yield "second"
    def begun(output, uri, **request):
        yield "part"
        output.AnswerBuffer("first", "text/plain")
    for function in (first, caught, header, mixed, begun):
        orthanc.RegisterRestCallback("/" + function.__name__, function)
"""


def test_second_answers(fake: Fake, load: Any) -> None:
    load(SECOND)
    for path in ("/first", "/header", "/mixed"):
        with pytest.raises(fake.module.OrthancException, match="Bad sequence of calls"):
            fake.rest(path)
    assert fake.rest("/caught").body == b"first"
    if hasattr(fake.module.RestOutput, "StartStreamAnswer"):
        with pytest.raises(fake.module.OrthancException, match="Bad sequence of calls"):
            fake.rest("/begun")


def test_empty_parts_after_an_answer(fake: Fake, load: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are an answer, also with an SDK that cannot send parts. A generator that yields nothing gives none."""
    load("""
        import orthanc
        def empty(output, uri, **request):
            output.AnswerBuffer("first", "text/plain")
            yield b""
        def nothing(output, uri, **request):
            output.AnswerBuffer("first", "text/plain")
            yield from ()
        for function in (empty, nothing):
            orthanc.RegisterRestCallback("/" + function.__name__, function)
    """)
    monkeypatch.delattr(fake.module.RestOutput, "StartStreamAnswer", raising=False)
    assert fake.rest("/nothing").body == b"first"
    with pytest.raises(fake.module.OrthancException, match="Bad sequence of calls"):
        fake.rest("/empty")


def test_bodies_of_chunked_routes(fake: Fake, load: Any) -> None:
    """The first use of the output drops what is unread of the body."""
    script = load("""
        import orthanc
        kept = []
        def dropped(output, uri, **request):
            output.SetHttpHeader("a", "b")
            output.AnswerBuffer(b"".join(request["body"]), "text/plain")
        def read(output, uri, **request):
            data = b"".join(request["body"])
            output.SetHttpHeader("a", "b")
            output.AnswerBuffer(data + request["body"].read(), "text/plain")
        def keep(output, uri, **request):
            kept.append(request["body"])
        for function in (dropped, read, keep):
            orthanc.RegisterChunkedRestCallback("/" + function.__name__, function)
    """)
    said = "the rest of the body was dropped when `output` was first used or the callback returned"
    with pytest.raises(RuntimeError, match=said):
        fake.rest("/dropped", "POST", b"content")
    assert fake.rest("/read", "POST", b"content").body == b"content"
    fake.rest("/keep", "PUT", b"content")
    with pytest.raises(RuntimeError, match=said):
        script.kept[0].read()


REGISTERING = """
    import asyncio
    import orthanc
    def answer(output, uri, **request):
        output.AnswerBuffer("", "text/plain")
    def route(output, uri, **request):
        orthanc.{function}("/second", answer)
    def generated(output, uri, **request):
        yield "a"
        orthanc.{function}("/second", answer)
    async def slow(change_type, level, resource_id):
        orthanc.{function}("/second", answer)
    orthanc.RegisterRestCallback("/route", route)
    orthanc.RegisterRestCallback("/generated", generated)
    orthanc.RegisterOnChangeCallback(slow)
    orthanc.RegisterOnStoredInstanceCallback(lambda instance, instance_id: orthanc.{function}("/second", answer))
"""


@pytest.mark.parametrize("function", ["RegisterRestCallback", "RegisterRestCallbackNoLock", "RegisterChunkedRestCallback"])
def test_registrations_in_callbacks(fake: Fake, load: Any, function: str) -> None:
    load(REGISTERING.format(function=function))
    said = (
        "a REST callback cannot register another, nor can an `async def` callback: Orthanc would wait for the end of this one"
    )
    for fire in (lambda: fake.rest("/route"), lambda: fake.rest("/generated"), lambda: fake.change(1)):
        with pytest.raises(RuntimeError, match=said):
            fire()
    with pytest.raises(AssertionError, match="no REST callback is registered for /second"):
        fake.rest("/second")
    fake.stored(fake.instance())  # a callback of another kind may
    assert fake.rest("/second").body == b""


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        ("RegisterFindCallback(print)", "RegisterFindCallback(print)", "a C-FIND callback"),
        ("RegisterWorklistCallback(print)", "RegisterWorklistCallback(print)", "a worklist callback"),
        ("RegisterMoveCallback(print)", "RegisterMoveCallback2(print, print, print, print)", "a C-MOVE callback"),
        ("RegisterStorageArea(print, print, print)", "RegisterStorageArea(print, print, print)", "a storage area"),
        (
            "RegisterStorageCommitmentScpCallback(print, print)",
            "RegisterStorageCommitmentScpCallback(print, print)",
            "a storage commitment callback",
        ),
    ],
)
def test_second_registrations(fake: Fake, first: str, second: str, kind: str) -> None:
    scope = {"orthanc": fake.module}
    eval(f"orthanc.{first}", scope)
    with pytest.raises(RuntimeError, match=f"{kind} is registered already"):
        eval(f"orthanc.{second}", scope)
    assert len(fake.calls) == 1


def test_routes_that_orthanc_refuses(fake: Fake) -> None:
    """Its regular expressions are not Python's: see tests/integration/scripts/test_stand_in.py."""
    for pattern in ("/named/(?P<id>.*)", "/open/("):
        with pytest.raises(fake.module.OrthancException) as error:
            fake.module.RegisterRestCallback(pattern, print)
        assert error.value.args == (-1, "Internal error")
    fake.module.RegisterRestCallback("/named/(?<id>.*)/", print)
    with pytest.raises(AssertionError, match="for /named/a/: Orthanc takes away the slash at the end, and asks for /named/a"):
        fake.rest("/named/a/")


CATCHING = """
    import concurrent.futures
    import orthanc
    def ask():
        try:
            return orthanc.RestApiGet("/studies")
        except Exception:
            return b"[]"
    def route(output, uri, **request):
        output.AnswerBuffer(ask(), "text/plain")
    def thread(output, uri, **request):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            output.AnswerBuffer(pool.submit(ask).result(), "text/plain")
    async def slow(output, uri, **request):
        output.AnswerBuffer(ask(), "text/plain")
    def other(output, uri, **request):
        try:
            orthanc.RestApiGet("/studies")
        except Exception as error:
            raise ValueError("other") from error
    for function in (route, thread, slow, other):
        orthanc.RegisterRestCallback("/" + function.__name__, function)
"""
MISSING = r"the script calls RestApiGet\(uri='/studies'\), and the test has no answer for it"


@pytest.mark.parametrize("path", ["/route", "/thread", "/slow"])
def test_missing_answers_that_the_script_catches(fake: Fake, load: Any, path: str) -> None:
    with pytest.raises(Unanswered, match=MISSING), fake_orthanc() as inner:
        load(CATCHING, inner)
        assert inner.rest(path).body == b"[]"


def test_missing_answers_that_the_script_turns_into_other_errors(fake: Fake, load: Any) -> None:
    with pytest.raises(Unanswered, match=MISSING), fake_orthanc() as inner:
        load(CATCHING, inner)
        with pytest.raises(ValueError, match="other"):
            inner.rest("/other")


def test_missing_answer_that_a_function_of_the_script_catches(fake: Fake, load: Any) -> None:
    """The test calls it itself."""
    with pytest.raises(Unanswered, match=MISSING), fake_orthanc() as inner:
        assert load(CATCHING, inner).ask() == b"[]"


def test_missing_answer_that_an_import_catches(fake: Fake, load: Any) -> None:
    with pytest.raises(Unanswered, match=MISSING), fake_orthanc() as inner:
        load(f"{CATCHING}\n    ask()\n", inner)


def test_other_errors_come_first(fake: Fake, load: Any) -> None:
    with pytest.raises(ZeroDivisionError), fake_orthanc() as inner:
        load(CATCHING, inner)
        inner.rest("/route")
        raise ZeroDivisionError
    assert sys.modules["orthanc"] is fake.module


def test_missing_answers_that_the_test_gets(fake: Fake, load: Any) -> None:
    load("""
        import orthanc
        def ask():
            orthanc.RestApiGet("/studies")
        orthanc.RegisterRefreshMetricsCallback(ask)
    """)
    for call in (fake.refresh_metrics, sys.modules["lifetimes_script"].ask, lambda: fake.module.RestApiGet("/studies")):
        with pytest.raises(Unanswered, match=MISSING):
            call()


def test_tasks_that_fail(fake: Fake, load: Any) -> None:
    """As in Orthanc, the error does not reach the callback. The test gets it at the end."""
    with pytest.raises(KeyError, match="failed"), fake_orthanc() as inner:
        load(
            """
            import asyncio
            import orthanc
            async def fail():
                raise KeyError("failed")
            async def on_change(change_type, level, resource_id):
                asyncio.create_task(fail())
            orthanc.RegisterOnChangeCallback(on_change)
            """,
            inner,
        )
        inner.change(inner.module.ChangeType.NEW_STUDY)
