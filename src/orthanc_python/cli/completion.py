# SPDX-License-Identifier: GPL-3.0-or-later
"""orthanc-python completion [SHELL]"""

from __future__ import annotations

import os
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from orthanc_python.cli.examples import examples
from orthanc_python.failure import Failure

NAME = "orthanc-python"
VARIABLE = "_ORTHANC_PYTHON_COMPLETE"
SHELLS = ("bash", "zsh", "fish")
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
    shell = shell or Path(os.environ.get("SHELL") or _shell_of_account()).name
    kind = get_completion_class(shell) if shell in SHELLS else None
    if kind is None:
        raise Failure(f"{shell or 'this shell'} is not one of {', '.join(SHELLS)}: name one of them")
    text = kind(context.find_root().command, {}, NAME, VARIABLE).source()
    if not install:
        click.echo(text)
        return
    path = _path(shell)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    click.echo(f"wrote {path}")
    if shell == "zsh":
        _source_in_zshrc(path)
    elif shell == "bash" and not BASH_COMPLETION.is_file():
        click.echo("It needs the package bash-completion: sudo apt-get install bash-completion")
    click.echo(f"It works in each new {shell}.")


def _shell_of_account() -> str:
    """Return the login shell of this account: containers and services set no SHELL. "" if it has none."""
    try:
        import pwd  # Unix alone

        return pwd.getpwuid(os.getuid()).pw_shell
    except (ImportError, KeyError):
        return ""


def _path(shell: str) -> Path:
    """Return where a shell looks for completions of an account (XDG base directories)."""
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    settings = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return {
        "bash": data / "bash-completion" / "completions" / NAME,
        "zsh": data / "zsh" / "site-functions" / f"_{NAME}",
        "fish": settings / "fish" / "completions" / f"{NAME}.fish",
    }[shell]


def _source_in_zshrc(path: Path) -> None:
    """zsh has no folder of completions for an account: name ours, once."""
    settings = Path(os.environ.get("ZDOTDIR") or Path.home()) / ".zshrc"
    line = f"fpath=({path.parent} $fpath); autoload -Uz compinit && compinit  # {NAME}"
    before = settings.read_text(encoding="utf-8") if settings.is_file() else ""
    if line not in before:
        settings.write_text(f"{before.rstrip()}\n{line}\n".lstrip(), encoding="utf-8")
        click.echo(f"added a line to {settings}")
