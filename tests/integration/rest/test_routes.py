# SPDX-License-Identifier: GPL-3.0-or-later
"""Which route answers: one of many, one whose expression matches, and none after a malformed one."""

from __future__ import annotations

from conftest import Servers


def test_thousand_routes(orthanc: Servers) -> None:
    server = orthanc("""
        import orthanc

        for number in range(1000):
            def callback(output, uri, number=number, **request):
                output.AnswerBuffer(str(number), "text/plain")
            orthanc.RegisterRestCallback(f"/routes/{number}", callback)
    """)
    assert [server.get(f"/routes/{number}").text for number in (0, 499, 999)] == ["0", "499", "999"]
    assert server.get("/routes/1000").status == 404


def test_expressions_of_many_routes(orthanc: Servers) -> None:
    """Beyond the routes that have a C function of their own, the plugin matches the expressions itself."""
    server = orthanc("""
        import orthanc

        def register(expression):
            def callback(output, uri, **request):
                output.AnswerBuffer(expression, "text/plain")
            orthanc.RegisterRestCallback(expression, callback)

        for number in range(600):
            register(f"/early/{number}")
        for expression in ("/a/([^/]+)", "/a/(.*)/b", "/a/(.*)", "/c", "/c*d", "/e|/f", "/g.h", "(.+)-last", "/i/([0-9]+)"):
            register(expression)
    """)
    expected = {
        "/early/599": "/early/599",
        "/a/x": "/a/([^/]+)",
        "/a/x/b": "/a/(.*)/b",
        "/a/x/c": "/a/(.*)",
        "/c": "/c",
        "/ccd": "/c*d",
        "/f": "/e|/f",
        "/gxh": "/g.h",
        "/any/where-last": "(.+)-last",
        "/i/12": "/i/([0-9]+)",
        "/i/x": None,
    }
    for _ in range(2):  # expressions are compiled at the first request that needs them
        for url, expression in expected.items():
            answer = server.get(url)
            assert (answer.text if answer.status == 200 else None) == expression, url


def test_malformed_route(orthanc: Servers) -> None:
    server = orthanc("""
        import orthanc

        try:
            orthanc.RegisterRestCallback("/route(", print)
        except Exception as error:
            orthanc.LogWarning(f"refused: {type(error).__name__}")
    """)
    server.wait_for_log("refused: (OrthancException|ValueError)")
    assert server.get("/system").status == 200


def test_many_chunked_routes(orthanc: Servers) -> None:
    server = orthanc("""
        import orthanc

        for number in range(300):
            def callback(output, uri, number=number, **request):
                output.AnswerBuffer(f"{number} {sum(map(len, request['body']))}", "text/plain")
            orthanc.RegisterChunkedRestCallback(f"/routes/{number}", callback)
    """)
    assert [server.request("PUT", f"/routes/{number}", iter([b"ab"])).text for number in (0, 126, 127, 128, 299)] == [
        "0 2",
        "126 2",
        "127 2",
        "128 2",
        "299 2",
    ]
    assert server.request("PUT", "/routes/300", iter([b"ab"])).status == 404
