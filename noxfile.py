# SPDX-License-Identifier: GPL-3.0-or-later
"""Developer commands: `nox -l` lists them. The work is done by the scripts in ci/. They also run without nox."""

from __future__ import annotations

import sys

import nox

nox.options.sessions = ["tests"]


@nox.session(python=False)
def demo(session: nox.Session) -> None:
    """Build the plugin and run a sample in a real Orthanc."""
    session.run("ci/demo", external=True)


@nox.session(python=False)
def tests(session: nox.Session) -> None:
    """Run the tests; `nox -s tests -- --quick` the fast ones."""
    session.run("ci/test", *session.posargs, external=True)


@nox.session(python=False)
def signatures(session: nox.Session) -> None:
    """Write the closed lists of signatures anew, in an environment with src/orthanc_sdk/requirements.txt."""
    session.run("python", "-m", "tests.unit.signature_list", external=True)


@nox.session(python=False)
def mutants(session: nox.Session) -> None:
    """Put each fault of tests/mutants into a private copy, and see that a test fails: `nox -s mutants -- plugin cmake`."""
    session.run("python", "-m", "tests.mutants", *session.posargs, external=True)


@nox.session
def random_mutants(session: nox.Session) -> None:
    """Try random faults of Python code: `nox -s random_mutants -- orthanc_python.setup --number 40 --seed 1`."""
    session.install("-r", "tests/mutants/requirements.txt")
    session.run("python", "-m", "tests.mutants.random_mutants", "--python", sys.executable, *session.posargs)


@nox.session(python=False)
def tidy(session: nox.Session) -> None:
    """Check the C++ with clang-tidy, or only the files that are named."""
    session.run("ci/tidy", *session.posargs, external=True)


@nox.session(python=False)
def sanitize(session: nox.Session) -> None:
    """Test the plugin under the sanitizers of addresses, undefined behaviour, leaks and threads, and fuzz it shortly."""
    session.run("ci/sanitize", *session.posargs, external=True)


@nox.session(python=False)
def fuzz(session: nox.Session) -> None:
    """Fuzz the build of the session sanitize: `nox -s fuzz -- 3600` each fuzzer for an hour."""
    session.run("ci/fuzz", *(session.posargs or ["600"]), external=True)


@nox.session(python=False)
def suites(session: nox.Session) -> None:
    """Build and test the plugin in Debian trixie and sid, each with its own Orthanc, SDK and CPython."""
    session.run("ci/suites", *session.posargs, external=True)


@nox.session(python=False)
def differential(session: nox.Session) -> None:
    """Run scripts with the established plugin and with ours, and compare everything that can be seen."""
    session.run("ci/differential", *session.posargs, external=True)


@nox.session(python=False)
def fresh(session: nox.Session) -> None:
    """Run the commands of README and of the pages, as printed, in minimal roots of Debian 12, 13 and unstable."""
    session.run("ci/fresh", *session.posargs, external=True)


@nox.session(python=False)
def interpreters(session: nox.Session) -> None:
    """Build the plugin for every CPython with a shared libpython on this machine, and test each in Orthanc."""
    session.run("ci/interpreters", *session.posargs, external=True)


@nox.session(python=False)
def build(session: nox.Session) -> None:
    """Build the libraries for all systems, or for those that are named."""
    session.run("ci/build", *session.posargs, external=True)
    options = [each if each.startswith("-") else f"--target={each}" for each in session.posargs]
    session.run("ci/verify", *options, external=True)


@nox.session(python=False)
def release(session: nox.Session) -> None:
    """Make all files of a release, verified and described; `nox -s release -- --tested` fewer, and sooner."""
    session.run("ci/release", *session.posargs, external=True)


@nox.session(python=False)
def index(session: nox.Session) -> None:
    """Make the download site of what the session release has made, in build/site."""
    session.run("ci/index", *(session.posargs or ["build/release", "--output", "build/site"]), external=True)


@nox.session(python=False)
def wheels(session: nox.Session) -> None:
    """Make the wheels of what the session build has built."""
    session.run("ci/wheels", *session.posargs, external=True)


@nox.session(python=False)
def rehearse(session: nox.Session) -> None:
    """Run the jobs of the workflows here as far as they can run; `nox -s rehearse -- --list` names them."""
    session.run("ci/rehearse", *session.posargs, external=True)


@nox.session(python=False)
def cibuildwheel(session: nox.Session) -> None:
    """Run cibuildwheel as CI does, in a container: build, repair and test of one wheel."""
    session.run("ci/cibuildwheel", *session.posargs, external=True)


@nox.session(python=False)
def docker(session: nox.Session) -> None:
    """Build the Docker image with podman, and test it."""
    session.run("ci/docker", "--test", external=True)


@nox.session(python=False)
def docs(session: nox.Session) -> None:
    """Build the documentation into build/docs."""
    session.run("ci/docs", *session.posargs, external=True)


@nox.session(python=False)
def bench(session: nox.Session) -> None:
    """Measure the plugin against the established one and a plain C plugin."""
    session.run("ci/bench", *session.posargs, external=True)


@nox.session(python=False)
def soak(session: nox.Session) -> None:
    """Check that the memory does not grow, count stops and resets under load; `nox -s soak -- cluster` kills a cluster."""
    session.run("ci/soak", *session.posargs, external=True)
