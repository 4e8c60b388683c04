# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of the reference, in docs/examples: each topic in an Orthanc of its own.

- The Python blocks of a topic are modules of its script.
- A JSON block is configuration of that Orthanc.
- The lines of a pycon block run inside Orthanc, as a test of the module doctest, with the names of `PRELUDE`.
- The commands of a console block run in a shell, and print the lines below them.

"..." stands for anything. The addresses localhost:8042 and localhost:4242 are those of that Orthanc. `myself` is Orthanc among
its own modalities. An example is run if this Orthanc has the functions of its heading. The scripts of the topic "common"
exclude each other: tests/docs runs them.
"""

from __future__ import annotations

import doctest
import functools
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Servers
from pydicom.data import get_testdata_file

from orthanc_python import OrthancServer
from orthanc_sdk.output.examples import Example, ExampleTopic, read_examples

IMAGE = Path(str(get_testdata_file("CT_small.dcm")))
FOLDER = Path(__file__).resolve().parents[3] / "docs" / "examples"
TOPICS = {topic.name: topic for topic in read_examples(FOLDER) if topic.name != "common"}
EXAMPLES = [(topic.name, example) for topic in TOPICS.values() for example in topic.examples]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
ALLOWED = {"DicomAlwaysAllowFind": True, "DicomAlwaysAllowFindWorklist": True, "DicomAlwaysAllowMove": True}
PRELUDE = """\
import json
import pathlib
import orthanc
dicom = pathlib.Path("image.dcm").read_bytes()
instance = json.loads(orthanc.RestApiPost("/instances", dicom))["ID"]
"""
SCRIPT = f"""
import doctest
import importlib

import orthanc

PRELUDE = {PRELUDE!r}
for name, needed in EXAMPLES.items():
    if all(map(orthanc.HasFunction, needed)):
        importlib.import_module(name)


def run(output, uri, **request):
    names = {{}}
    exec(PRELUDE, names)
    test = doctest.DocTestParser().get_doctest(request["body"].decode(), names, "the example", None, 0)
    report = []
    doctest.DocTestRunner(optionflags={FLAGS}).run(test, out=report.append)
    output.AnswerBuffer("".join(report), "text/plain")


orthanc.RegisterRestCallback("/run-example", run)
orthanc.RegisterRestCallback("/has/(.+)", lambda output, uri, **request: output.AnswerBuffer(
    str(orthanc.HasFunction(request["groups"][0])), "text/plain"))
"""


@pytest.fixture(scope="module")
def server_of(module_orthanc: Servers, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], OrthancServer]:
    @functools.cache
    def start(topic: str) -> OrthancServer:
        folder = tmp_path_factory.mktemp(topic)
        (folder / "image.dcm").write_bytes(IMAGE.read_bytes())
        files, examples, configuration = scripts_of(TOPICS[topic])
        script = f"EXAMPLES = {examples}\n{SCRIPT}"
        server = module_orthanc(script, files=files, configuration=configuration, dicom=True, working_folder=folder)
        server.put("/modalities/myself", ["ORTHANC", "127.0.0.1", server.dicom_port])
        return server

    return start


def scripts_of(topic: ExampleTopic) -> tuple[dict[str, str], dict[str, tuple[str, ...]], dict[str, object]]:
    """Return the modules, the functions that each needs, and the configuration."""
    files, needed, configuration = {}, {}, dict[str, object](ALLOWED)
    for example in topic.examples:
        for language, text in BLOCK.findall(example.text):
            if language == "python":
                name = f"example_{len(files)}"
                files[f"{name}.py"], needed[name] = text, example.names
            elif language == "json":
                configuration.update(json.loads(text))
    return files, needed, configuration


@pytest.mark.parametrize(("topic", "example"), EXAMPLES, ids=[f"{topic}: {example.names[0]}" for topic, example in EXAMPLES])
def test_example(topic: str, example: Example, server_of: Callable[[str], OrthancServer]) -> None:
    server = server_of(topic)
    lacking = [name for name in example.names if server.get(f"/has/{name}").text != "True"]
    if lacking:
        pytest.skip(f"this Orthanc lacks {', '.join(lacking)}")
    blocks = BLOCK.findall(example.text)
    assert blocks, "the example has no code"
    for language, text in blocks:
        here = text.replace("localhost:8042", f"127.0.0.1:{server.http_port}").replace(
            "localhost:4242", f"127.0.0.1:{server.dicom_port}"
        )
        if language == "pycon":
            answer = server.post("/run-example", here.encode())
            if (answer.status, answer.text) != (200, ""):
                pytest.fail(answer.text)
        elif language == "console":
            run_console(here, Path(str(server.working_folder)))
        else:
            assert language in ("python", "json"), f"nothing runs {language}"


def run_console(text: str, folder: Path) -> None:
    for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
        command, _, expected = part.partition("\n")
        done = subprocess.run(
            ["bash", "-ec", command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        if expected:
            assert doctest.OutputChecker().check_output(expected, done.stdout + "\n", FLAGS), (
                f"{command}\nprints:\n{done.stdout}"
            )
