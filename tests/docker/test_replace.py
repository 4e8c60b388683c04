# SPDX-License-Identifier: GPL-3.0-or-later
"""docker/replace.Dockerfile on images made here, with the layouts of orthancteam/orthanc and of jodogne/orthanc-python."""

from __future__ import annotations

import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from conftest import IMAGE, ROOT, Container, podman

from tests.integration.plugin_under_test import bundle_under_test
from tests.left_out import no_interpreter

# A plugin called "python" that is not ours: Orthanc's start shows which of the two it has loaded.
OTHER = """
const char* OrthancPluginGetName() { return "python"; }
const char* OrthancPluginGetVersion() { return "other"; }
int OrthancPluginInitialize(void* context) { return 0; }
void OrthancPluginFinalize() {}
"""
# The common part of both. Names and folders are facts of those images; their start scripts do more.
LAYOUT = f"""
FROM {IMAGE}
USER root
RUN rm -rf /usr/share/orthanc/plugins/libOrthancPython.so /usr/lib/*/orthanc /usr/share/orthanc-python /etc/orthanc/*
HEALTHCHECK NONE
"""
SETTINGS = '"RemoteAccessAllowed": true, "AuthenticationEnabled": false, "StorageDirectory": "/tmp/db"'


@dataclass(frozen=True)
class Layout:
    """Another image: the lines of its Dockerfile behind those above, and the options that make it run a script."""

    lines: str
    options: tuple[str, ...]


START = f"""#!/bin/sh
set -e
[ "$PYTHON_PLUGIN_ENABLED" != true ] ||
  mv /usr/share/orthanc/plugins-available/libOrthancPython.so /usr/share/orthanc/plugins/
cat >/tmp/orthanc.json <<END
{{{SETTINGS}, "Plugins": ["/usr/share/orthanc/plugins/"], "PythonScript": "$ORTHANC__PYTHON_SCRIPT"}}
END
exec Orthanc "$@"
"""
LAYOUTS = {
    "moved by a start script": Layout(
        """
RUN mkdir -p /usr/share/orthanc/plugins-available
COPY other.so /usr/share/orthanc/plugins-available/libOrthancPython.so
COPY --chmod=755 start.sh /docker-entrypoint.sh
ENTRYPOINT ["/docker-entrypoint.sh"]
CMD ["/tmp/orthanc.json"]
""",
        ("--env=PYTHON_PLUGIN_ENABLED=true", "--env=ORTHANC__PYTHON_SCRIPT=/etc/orthanc/hello.py"),
    ),
    "in a folder of its own": Layout(
        """
# Python's command has its version's name alone, as where python3.7 is installed without the package python3.
RUN rm -f /usr/bin/python3 && mkdir -p /usr/local/share/orthanc/plugins
COPY other.so /usr/local/share/orthanc/plugins/libOrthancPython.so
COPY orthanc.json /etc/orthanc/
ENTRYPOINT ["Orthanc"]
CMD ["/etc/orthanc/"]
""",
        (),
    ),
}


def build(tag: str, dockerfile: str | Path, folder: Path, *options: str) -> None:
    podman("build", "--quiet", "--network=none", "--tag", tag, "--file", dockerfile, *options, folder)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A folder with a loader and its plugins, as ci/bundle or a release has it."""
    built = bundle_under_test()
    folder = tmp_path / "bundle"
    shutil.copytree(built / "OrthancPython", folder / "OrthancPython")
    shutil.copy(built / "libOrthancPython.so", folder)
    return folder


@pytest.fixture
def other_image(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Layout]]:
    """An image with another plugin, and the layout that it has."""
    layout = LAYOUTS[request.param]
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "other.c").write_text(OTHER, encoding="utf-8")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", folder / "other.so", folder / "other.c"], check=True)
    (folder / "start.sh").write_text(START, encoding="utf-8")
    plugins = '"Plugins": ["/usr/share/orthanc/plugins", "/usr/local/share/orthanc/plugins"]'
    settings = f'{{{SETTINGS}, {plugins}, "PythonScript": "/etc/orthanc/hello.py"}}'
    (folder / "orthanc.json").write_text(settings, encoding="utf-8")
    (folder / "Dockerfile").write_text(LAYOUT + layout.lines, encoding="utf-8")
    tag = f"localhost/other-{uuid.uuid4().hex[:8]}"
    build(tag, folder / "Dockerfile", folder)
    yield tag, layout
    podman("rmi", "--force", tag)


@pytest.mark.parametrize("other_image", LAYOUTS, indirect=True)
def test_the_plugin_is_replaced(
    start: Callable[..., Container], hello: tuple[str, ...], other_image: tuple[str, Layout], bundle: Path
) -> None:
    question = "import sysconfig; print(sysconfig.get_python_version())"
    python = podman("run", "--rm", "--network=none", "--entrypoint=python3", IMAGE, "-c", question).strip()
    if not (bundle / "OrthancPython" / f"OrthancPython-python{python}.so").exists():
        no_interpreter(python)  # ci/bundle has built for those that are here
    other, layout = other_image
    before = start(*hello, *layout.options, image=other)
    assert requests.get(f"{before.url}/plugins/python", timeout=30).json()["Version"] == "other"

    replaced = f"{other}-replaced"
    build(replaced, ROOT / "docker" / "replace.Dockerfile", bundle, f"--build-arg=BASE={other}")
    try:
        container = start(*hello, *layout.options, image=replaced)
        assert requests.get(f"{container.url}/hello", timeout=30).text == "Hello, world!\n"
        assert requests.get(f"{container.url}/plugins/python", timeout=30).json()["Version"] != "other"
        container.remove()
    finally:
        podman("rmi", "--force", replaced)


@pytest.mark.parametrize("other_image", ["in a folder of its own"], indirect=True)
def test_a_bundle_without_the_python_of_the_image(other_image: tuple[str, Layout], bundle: Path) -> None:
    for plugin in (bundle / "OrthancPython").iterdir():
        plugin.unlink()
    (bundle / "OrthancPython" / "OrthancPython-python3.9.so").touch()
    tag, _ = other_image
    with pytest.raises(AssertionError, match=r"the bundle has no plugin for this image's python3\.\d+"):
        build(f"{tag}-replaced", ROOT / "docker" / "replace.Dockerfile", bundle, f"--build-arg=BASE={tag}")


def test_an_image_without_a_plugin(bundle: Path, tmp_path: Path) -> None:
    tag = f"localhost/none-{uuid.uuid4().hex[:8]}"
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(LAYOUT, encoding="utf-8")
    build(tag, dockerfile, tmp_path)
    try:
        with pytest.raises(AssertionError, match=r"this image has no libOrthancPython\.so"):
            build(f"{tag}-replaced", ROOT / "docker" / "replace.Dockerfile", bundle, f"--build-arg=BASE={tag}")
    finally:
        podman("rmi", "--force", tag)
