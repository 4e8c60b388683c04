# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts and commands that use most of what the host has services for."""

SCRIPT = """
import json, threading, orthanc

numbers = {}

def echo(output, uri, **request):
    told = [uri, request["groups"], request.get("get"), len(request.get("body", b""))]
    output.AnswerBuffer(json.dumps(told), "application/json")

def missing(output, uri, **request):
    orthanc.RestApiGet("/missing")

def wrong(output, uri, **request):
    try:
        output.AnswerBuffer(1, 2)
    except TypeError:
        output.SendHttpStatus(400, "wrong")

def late(output, uri, **request):
    earlier = numbers.get("output")
    numbers["output"] = output
    try:
        earlier is None or earlier.AnswerBuffer("late", "text/plain")
    except RuntimeError as error:
        output.AnswerBuffer(str(error), "text/plain")

def calls(output, uri, **request):
    answer = orthanc.RestApiGet("/studies").decode()
    kind = orthanc.LookupDictionary
    try:
        kind("PatientID")
    except orthanc.OrthancException as error:
        answer += error.args[1]
    try:
        orthanc.CreateJob((step for step in (0.5, 1)), "Test").SubmitJob()
    except orthanc.OrthancException as error:
        answer += type(error).__name__
    thread = threading.Thread(target=lambda: orthanc.RestApiGet("/series"))
    thread.start()
    thread.join()
    output.AnswerBuffer(answer, "text/plain")

def change(change_type, level, resource):
    numbers[resource] = numbers.get(resource, 0) + 1
    if resource == "bad":
        1 / 0
    orthanc.RestApiGet("/changes")

orthanc.RegisterRestCallback("/echo/(.*)", echo)
orthanc.RegisterRestCallback("/missing", missing)
orthanc.RegisterRestCallback("/wrong", wrong)
orthanc.RegisterRestCallback("/late", late)
orthanc.RegisterRestCallback("/calls", calls)
orthanc.RegisterOnChangeCallback(change)
"""

REQUESTS = """\
get /echo/abc?a=b&c=d
post /echo/x body of a request
put /echo/ other
delete /echo/1
get /missing
get /wrong
get /late
get /late
get /calls
change 3 2 good
change 3 2 bad
"""
