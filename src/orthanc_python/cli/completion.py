# SPDX-License-Identifier: GPL-3.0-or-later
"""orthanc-python completion [SHELL]"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from orthanc_python.cli.consoles import say
from orthanc_python.cli.examples import examples
from orthanc_python.command import as_root
from orthanc_python.failure import Failure

NAME = "orthanc-python"
VARIABLE = "_ORTHANC_PYTHON_COMPLETE"
SHELLS = ("bash", "zsh", "fish")
NO_SHELLS = ("", "nologin", "false", "sync")  # login shells of accounts that are not meant for a person
PROCESSES = Path("/proc")
BASH_COMPLETION = Path("/usr/share/bash-completion/bash_completion")  # loads what is in the folders of completions


@click.command(
    short_help="Complete commands and options by the Tab key.",
    epilog=examples("orthanc-python completion --install", "orthanc-python completion zsh > _orthanc-python"),
)
@click.argument("shell", required=False, type=click.Choice(SHELLS))
@click.option("--install", is_flag=True, help="Write it to where the shell finds it.")
@click.pass_context
def completion(context: click.Context, shell: str | None, install: bool) -> None:
    """Print what makes a SHELL complete this command by the Tab key; by default for the shell of this account."""
    shell = shell or _own_shell()
    kind = get_completion_class(shell) if shell in SHELLS else None
    if kind is None:
        raise Failure(f"{shell or 'this shell'} is not one of {', '.join(SHELLS)}: name one, as in {NAME} completion bash")
    text = kind(context.find_root().command, {}, NAME, VARIABLE).source()
    if not install:
        click.echo(text)
        return
    path = _path(shell)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    say(f"wrote {path}")
    if shell == "zsh":
        _source_in_zshrc(path)
    elif shell == "bash" and not BASH_COMPLETION.is_file():
        say(f"It needs the package bash-completion: {as_root('apt-get install bash-completion')}")
    say(f"It works in each new {shell}.")


def _own_shell() -> str:
    """Return the name of the user's shell, "" if there is none. Containers and services set no SHELL."""
    login = Path(os.environ.get("SHELL") or _login_shell()).name
    return next(_calling_shells(), login) if login in NO_SHELLS else login


def _login_shell() -> str:
    """Return the shell of this account's entry in the system's database; "" without an entry."""
    try:
        import pwd  # Unix alone

        return pwd.getpwuid(os.getuid()).pw_shell
    except (ImportError, KeyError):
        return ""


def _calling_shells() -> Iterator[str]:
    """Yield the known shells among the processes that called this one, the nearest first (proc(5))."""
    process = os.getppid()
    while process:
        try:
            text = (PROCESSES / str(process) / "status").read_text(encoding="utf-8", errors="replace")
        except OSError:  # no Linux, or the process of another account
            return
        fields = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
        if fields.get("Name") in SHELLS:
            yield fields["Name"]
        process = int(fields.get("PPid", 0))


def _path(shell: str) -> Path:
    """Return where a shell looks for completions of an account (XDG base directories)."""
    data = Path(os.environ.get("XDG_DATA_HOME") or _home(shell) / ".local" / "share")
    settings = Path(os.environ.get("XDG_CONFIG_HOME") or _home(shell) / ".config")
    return {
        "bash": data / "bash-completion" / "completions" / NAME,
        "zsh": data / "zsh" / "site-functions" / f"_{NAME}",
        "fish": settings / "fish" / "completions" / f"{NAME}.fish",
    }[shell]


def _home(shell: str) -> Path:
    try:
        return Path.home()
    except RuntimeError:
        text = "HOME is not set, and this account has no home folder"
        raise Failure(f"{text}: write it where {shell} looks, as in {NAME} completion {shell} > FILE") from None


def _source_in_zshrc(path: Path) -> None:
    """zsh has no folder of completions for an account: name ours, once.

    The line is appended as bytes: the file may have any encoding, and a full disk must not cost what it holds.
    """
    settings = Path(os.environ.get("ZDOTDIR") or _home("zsh")) / ".zshrc"
    line = os.fsencode(f"fpath=({shlex.quote(str(path.parent))} $fpath); autoload -Uz compinit && compinit  # {NAME}\n")
    before = settings.read_bytes() if settings.is_file() else b""
    if line not in before:
        with settings.open("ab") as file:
            file.write((b"\n" if before and not before.endswith(b"\n") else b"") + line)
        say(f"added a line to {settings}")
