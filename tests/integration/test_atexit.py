# SPDX-License-Identifier: GPL-3.0-or-later
"""atexit in scripts: its functions run when the plugin stops."""

from __future__ import annotations

import re

from conftest import Servers
from remote import SCRIPT, Remote


def test_order_errors_and_unregister(orthanc: Servers) -> None:
    server = orthanc(
        """
        import atexit
        import orthanc

        def tell(text):
            orthanc.LogWarning("exit: " + text)

        def fail():
            raise LookupError("nothing\\nmore")

        def forgotten():
            tell("forgotten")

        atexit.register(tell, "first")
        atexit.register(forgotten)
        atexit.register(fail)
        atexit.register(atexit.register, tell, text="registered by an exit function")
        @atexit.register
        def last():
            tell("last")
        atexit.register(forgotten)
        atexit.unregister(forgotten)
        """
    )
    orthanc.stop(server)
    found = re.findall(r"exit: (.*)|(an exit function failed.*)", server.log())
    assert [first or second.rpartition(": ")[2] for first, second in found] == [
        "last",
        "registered by an exit function",
        "nothing",
        "first",
    ]


def test_the_rest_of_the_family(orthanc: Servers) -> None:
    server = orthanc(
        """
        import atexit
        import orthanc

        counts = [atexit._ncallbacks()]
        called = []
        for text in "ab":
            atexit.register(called.append, text)
        counts.append(atexit._ncallbacks())
        atexit._run_exitfuncs()
        counts.append(atexit._ncallbacks() <= counts[0])
        atexit.register(called.append, "cleared")
        atexit._clear()
        try:
            atexit.register(5)
        except TypeError as error:
            called.append(str(error))
        orthanc.LogWarning(f"family: {counts[1] - counts[0]} {counts[2]} {called}")
        """
    )
    assert "family: 2 True ['b', 'a', 'the first argument must be callable']" in server.log()


def test_what_libraries_register_waits(orthanc: Servers) -> None:
    server = orthanc(SCRIPT)
    Remote(server)("""
        import atexit
        library = {"__file__": "/usr/lib/library.py", "atexit": atexit}
        exec("def start(*arguments): atexit.register(*arguments)", library)
        def unwanted():
            print("unwanted")
        library["start"](unwanted)
        library["start"](print, "the process ends")
        atexit.unregister(unwanted)
    """)
    server.reset()
    assert "the process ends" not in server.output()
    orthanc.stop(server)
    assert server.output().count("the process ends") == 1
    assert "unwanted" not in server.output()
