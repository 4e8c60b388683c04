# SPDX-License-Identifier: GPL-3.0-or-later
"""/tools/reset: it ends and starts the plugin in the same process."""

from __future__ import annotations

from pathlib import Path

from conftest import Servers
from helpers import CT, eventually

from orthanc_python import OrthancServer

SCRIPT = """
import json
import pathlib
import threading

import numpy
import orthanc

import helper

ROUTE = pathlib.Path(__file__).with_name("route.txt").read_text().strip()
events = []


def on_change(change_type, level, resource_id):
    events.append(int(change_type))
    if change_type == orthanc.ChangeType.ORTHANC_STOPPED:
        orthanc.LogWarning(f"{ROUTE} has stopped")


def answer(output, uri, **request):
    result = {"sum": int(numpy.arange(4).sum()), "events": events, "helper": helper.VALUE}
    output.AnswerBuffer(json.dumps(result), "application/json")


def on_stored(instance, instance_id):
    orthanc.LogWarning(f"{ROUTE} has seen {instance_id}")


orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterOnStoredInstanceCallback(on_stored)
orthanc.RegisterRestCallback(ROUTE, answer)
orthanc.RegisterIncomingHttpRequestFilter(lambda uri, **request: uri != f"{ROUTE}/forbidden")
"""


def reset(server: OrthancServer, route: str) -> None:
    """Ask for a reset, and wait until the route that the script now registers answers."""
    server.post("/tools/reset")

    def answers() -> bool:
        try:
            return server.get(route, timeout=5.0).status == 200
        except OSError:
            return False

    assert eventually(answers), f"{route} does not answer after the reset"


def test_reset_twice(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, files={"route.txt": "/first", "helper.py": "VALUE = 'first'"})
    folder = orthanc.folder / "scripts-0"
    pid = server.pid
    content = eventually(lambda: found if (found := server.get("/first").json())["events"] else None)
    assert content == {"sum": 6, "events": [10], "helper": "first"}
    for before, after in (("/first", "/second"), ("/second", "/third")):
        beginning = len(server.log())
        (folder / "route.txt").write_text(after)
        (folder / "helper.py").write_text(f"VALUE = {after[1:] + ' version'!r}")
        reset(server, after)
        assert f"{before} has stopped" in server.log()[beginning:]
        assert server.get(before).status == 404
        assert server.get(f"{after}/forbidden").status == 403
        assert server.get(f"{before}/forbidden").status == 404
        content = eventually(lambda route=after: found if (found := server.get(route).json())["events"] else None)
        assert content == {"sum": 6, "events": [10], "helper": f"{after[1:]} version"}
        instance = server.upload(CT)["ID"]
        assert server.log()[beginning:].count(f"has seen {instance}") == 1
        server.wait_for_log(f"{after} has seen {instance}", beginning=beginning)
        assert eventually(lambda route=after: 3 in server.get(route).json()["events"]), "no event of a new instance"
        server.delete(f"/instances/{instance}")
    assert server.pid == pid and server.running


def test_reset_to_a_script_that_fails(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, files={"route.txt": "/first", "helper.py": "VALUE = 1"})
    (orthanc.folder / "scripts-0" / "helper.py").write_text("raise LookupError('not this time')\n# longer than before\n")
    beginning = len(server.log())
    server.post("/tools/reset")
    status = server.wait()
    assert status > 0, f"Orthanc ended with exit status {status}"
    assert "LookupError: not this time" in server.log()[beginning:]


def test_what_a_script_leaves_in_other_modules(orthanc: Servers) -> None:
    server = orthanc(
        """
        import io
        import json
        import logging
        import signal
        import sys
        import orthanc

        class Finder:
            @staticmethod
            def find_spec(name, path=None, target=None):
                return None

        class Refuse(logging.Filter):
            def filter(self, record):
                return "refused" not in record.getMessage()

        found = {
            "path": sys.path.count("/somewhere/else"),
            "finders": len([finder for finder in sys.meta_path if "Finder" == getattr(finder, "__name__", "")]),
            "signal": signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL,
            "level": logging.getLogger().level,
            "handlers": [len(logging.getLogger().handlers), len(logging.getLogger("library").handlers)],
            "filters": len(logging.getLogger("library").filters),
            "streams": sys.stdout is sys.__stdout__ and sys.stderr is sys.__stderr__,
            "functions": hasattr(orthanc.LogInfo, "mine"),
            "names": [name for name in vars(orthanc) if name.endswith("mine")],
        }
        orthanc.RegisterRestCallback(
            "/found", lambda output, uri, **request: output.AnswerBuffer(json.dumps(found), "application/json")
        )
        sys.path.append("/somewhere/else")
        sys.meta_path.append(Finder)
        signal.signal(signal.SIGUSR1, lambda *_: None)
        logging.basicConfig(level=logging.DEBUG)
        sys.stdout = sys.stderr = io.StringIO()
        orthanc.LogInfo = lambda text: None
        orthanc.LogInfo.mine = True
        orthanc.mine = orthanc._mine = True
        logging.getLogger("library").addHandler(logging.StreamHandler())
        logging.getLogger("library").addFilter(Refuse())
        """
    )
    first = {"path": 0, "finders": 0, "signal": True, "level": 30, "handlers": [0, 0], "filters": 0}
    first |= {"streams": True, "functions": False, "names": []}
    for _ in range(2):
        assert server.get("/found").json() == first
        server.reset()
    assert server.get("/found").json() == first


def test_threads_for_which_the_stop_has_not_waited(orthanc: Servers) -> None:
    """They go at their end, with all that they hold."""
    server = orthanc(
        """
        import builtins
        import gc
        import threading
        import time
        import weakref
        import orthanc

        former = getattr(builtins, "former", None)

        def find(output, uri, **request):
            go_on, thread = former
            go_on.set()
            end = time.monotonic() + 10
            while thread() is not None and time.monotonic() < end:
                gc.collect()
                time.sleep(0.05)
            output.AnswerBuffer(repr(thread() is None), "text/plain")

        if former is None:
            go_on = threading.Event()
            thread = threading.Thread(target=go_on.wait)
            builtins.former = [go_on, weakref.ref(thread)]
            thread.start()
            del thread
        orthanc.RegisterRestCallback("/find", find)
        """,
        configuration={"Python": {"StopTimeout": 0}},
    )
    server.reset()
    server.wait_for_log("the stop does not wait any longer for the threads")
    assert server.get("/find").text == "True"


def test_open_files_are_flushed_beside_objects_that_cannot_be_asked(orthanc: Servers, tmp_path: Path) -> None:
    server = orthanc(f"""
        import io
        import sys
        import weakref
        import orthanc

        class Thing:
            pass

        def keep(name):
            sys.kept.append(open({str(tmp_path)!r} + "/" + name, "w"))
            sys.kept[-1].write("kept")

        if not hasattr(sys, "kept"):  # the first start
            sys.kept = []  # not in the script's modules, whose end would close the files
            keep("first")
            sys.kept.append(io.TextIOWrapper(io.BytesIO()))
            sys.kept[-1].detach()
            keep("second")
            sys.kept.append(weakref.proxy(Thing()))  # it is dead
            keep("third")
    """)
    server.reset()
    assert [(tmp_path / name).read_text() for name in ("first", "second", "third")] == ["kept"] * 3


def test_handlers_and_filters_that_a_script_removes_are_freed(orthanc: Servers) -> None:
    server = orthanc("""
        import gc
        import io
        import json
        import logging
        import orthanc

        class Handler(logging.StreamHandler):
            def accept(self, record):
                return True

        class Filter(logging.Filter):
            pass

        def answer(output, uri, **request):
            handler = Handler(io.StringIO())
            handler.addFilter(Filter())
            handler.addFilter(handler.accept)
            logging.getLogger("library").addHandler(handler)
            logging.getLogger("library").addFilter(passing := Filter())
            logging.getLogger("library").warning("heard")
            logging.getLogger("library").removeHandler(handler)
            logging.getLogger("library").removeFilter(passing)
            del handler, passing
            gc.collect()
            left = [type(thing).__name__ for thing in gc.get_objects() if isinstance(thing, (Handler, Filter))]
            output.AnswerBuffer(json.dumps(left), "application/json")

        orthanc.RegisterRestCallback("/left", answer)
    """)
    for _ in range(2):
        assert server.get("/left").json() == []


def test_filter_that_is_a_method_goes_with_its_script(orthanc: Servers) -> None:
    server = orthanc("""
        import logging
        import orthanc

        class Mask:
            def accept(self, record):
                return True

        mask = Mask()
        logging.getLogger("library").addFilter(mask.accept)
        number = len(logging.getLogger("library").filters)
        orthanc.LogWarning("begins")
        orthanc.RegisterRestCallback("/filters", lambda output, *_, **__: output.AnswerBuffer(str(number), "text/plain"))
    """)
    server.reset()
    assert server.log().count("begins") == 2
    assert server.get("/filters").text == "1"
