# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers of the image that ci/docker has built. podman runs them.

Without ORTHANC_PYTHON_IMAGE, python -m pytest tests/docker becomes ci/docker --test: that builds the image and comes back.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
IMAGE = os.environ.get("ORTHANC_PYTHON_IMAGE", "")


def pytest_cmdline_main(config: pytest.Config) -> None:
    if not IMAGE and not config.option.collectonly:
        sys.stdout.flush()
        os.execv(ROOT / "ci" / "docker", ["ci/docker", "--test", "localhost/orthanc-python", *config.invocation_params.args])


def podman(*arguments: str | Path) -> str:
    """Run podman and return its standard output. A failure shows all that it printed."""
    done = subprocess.run(["podman", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"podman {' '.join(map(str, arguments))}\n{done.stdout}\n{done.stderr}"
    return done.stdout.strip()


class Container:
    """A running container, whose port of HTTP is published on this machine alone."""

    def __init__(self, *options: str | Path, image: str = IMAGE) -> None:
        self.name = f"orthanc-python-{uuid.uuid4().hex[:8]}"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        podman("run", "--detach", "--name", self.name, "--publish", f"127.0.0.1:{port}:8042", *options, image)

    def log(self) -> str:
        done = subprocess.run(["podman", "logs", self.name], capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    def wait(self) -> None:
        """Wait until Orthanc answers."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                requests.get(f"{self.url}/system", timeout=10)
                return
            except requests.ConnectionError:
                running = podman("inspect", "--format", "{{.State.Running}}", self.name)
                assert running == "true", f"the container has ended:\n{self.log()}"
                time.sleep(0.2)
        pytest.fail(f"Orthanc does not answer:\n{self.log()}")

    def run(self, *command: str) -> str:
        """Run a command in the container and return its output."""
        return podman("exec", self.name, *command)

    def stop(self) -> int:
        """Stop it as `docker stop` does. Return its exit status: 137 if it had to be killed."""
        podman("stop", "--time", "60", self.name)
        return int(podman("inspect", "--format", "{{.State.ExitCode}}", self.name))

    def remove(self) -> None:
        subprocess.run(["podman", "rm", "--force", "--time", "0", "--volumes", self.name], capture_output=True, check=False)


@pytest.fixture
def start() -> Iterator[Callable[..., Container]]:
    """Start containers with options of `docker run`; they are removed when the test ends."""
    started: list[Container] = []

    def start_container(*options: str | Path, image: str = IMAGE) -> Container:
        container = Container(*options, image=image)
        started.append(container)
        container.wait()
        return container

    yield start_container
    for container in started:
        container.remove()


@pytest.fixture
def hello() -> tuple[str, str]:
    """Give the options that mount the sample."""
    return ("--volume", f"{ROOT / 'samples' / 'hello.py'}:/etc/orthanc/hello.py:ro")
