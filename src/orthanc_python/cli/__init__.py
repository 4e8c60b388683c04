# SPDX-License-Identifier: GPL-3.0-or-later
"""The command orthanc-python: each command says what it does, and leaves the work to the package."""

from __future__ import annotations

import errno
import os
import sys
from io import TextIOWrapper
from pathlib import Path

import click

from orthanc_python.cli import completion, config, doctor, install, new, observe, plugin, plugins, run, setup
from orthanc_python.cli.consoles import AS_GIVEN, errors, forget_output
from orthanc_python.cli.examples import examples
from orthanc_python.command import is_root, own_command
from orthanc_python.failure import Denied, Failure
from orthanc_python.rights import how_to_reach
from orthanc_python.server.start_errors import OrthancDidNotStart, OrthancNotFound
from orthanc_python.signals import ignore_signals, interrupt_on_signals


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
    epilog=examples(
        "orthanc-python new hello",
        "orthanc-python run hello/hello.py --reload",
        "sudo env/bin/orthanc-python setup --script /etc/orthanc/hello.py",
        "orthanc-python doctor",
    ),
)
@click.version_option(package_name="orthanc-python", message="%(version)s")
def app() -> None:
    """Orthanc with Python scripts: run them, check an installation, install the plugin."""


COMMANDS = (
    new.new,
    run.run,
    doctor.doctor,
    observe.top,
    observe.threads,
    observe.profile,
    setup.setup,
    plugin.plugin,
    plugins.plugins,
    config.config,
    install.install,
    install.uninstall,
    completion.completion,
)
SYMLINK_LOOP = "Symlink loop from "  # begins the RuntimeError of Path.resolve() up to CPython 3.12
GONE = "the present folder does not exist any more: change to another one"
NO_TEMPORARY = "No usable temporary directory"  # of tempfile
for command in COMMANDS:
    app.add_command(command)


def main() -> None:
    """Run a command. Its failure is one line on the standard error, and a status that is not zero."""
    interrupt_on_signals()
    os.umask(os.umask(0o022) | 0o002)  # else anybody could exchange what root installs under a daemon's umask of 0
    if isinstance(sys.stdout, TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors=AS_GIVEN)  # a path may have any character
    try:
        app(prog_name="orthanc-python")
    except Denied as error:
        _fail(str(error) if is_root() else f"{error}: {own_command(*sys.argv[1:], sudo=True)}")
    except (Failure, OrthancNotFound) as error:
        _fail(str(error))
    except OrthancDidNotStart as error:
        _fail(str(error).partition("\n")[0])
    except OSError as error:
        if error.errno == errno.ENOSPC and not error.filename:  # of the standard output
            forget_output()
        _fail(_text_of(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if str(error).startswith(SYMLINK_LOOP):
            _fail(f"{str(error).removeprefix(SYMLINK_LOOP)}: the symbolic links form a loop")
        if os.environ.get("ORTHANC_PYTHON_DEBUG"):
            raise
        _fail(f"an error of orthanc-python itself, {type(error).__name__}: {error}; ORTHANC_PYTHON_DEBUG=1 shows where")
    finally:
        ignore_signals()


def _text_of(error: OSError) -> str:
    """Return an error of the file system with its fix."""
    if not error.filename and NO_TEMPORARY in str(error):
        return f"{error.strerror}: set TMPDIR to a folder that this account may write to"
    if not error.filename:
        return error.strerror or str(error) if _has_folder() else GONE
    text = f"{error.filename}: {error.strerror}"
    if error.errno == errno.EROFS:
        return f"{text}: choose a folder that is not read-only"
    return f"{text}: {how_to_reach(Path(os.fsdecode(error.filename)))}" if error.errno == errno.EACCES else text


def _has_folder() -> bool:
    try:
        return Path.cwd().is_dir()
    except OSError:
        return False


def _fail(message: str) -> None:
    errors.print("error: ", style="bold red", end="", markup=False)
    errors.print(_on_one_line(message), markup=False, highlight=False, soft_wrap=True)
    sys.exit(1)


def _on_one_line(text: str) -> str:
    """Escape control characters, as in the name of a file: a message is one line, and moves no cursor."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
