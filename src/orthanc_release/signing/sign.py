# SPDX-License-Identifier: GPL-3.0-or-later
"""Signs a release: manifest.json with the key of releases, and each file by the identity that CI gives to a workflow.

With --check, sign nothing: only fail where users do not trust the workflow that this runs in, or where it could not publish
this version. The first job of a release asks.
"""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from orthanc_release.artifacts import project_version
from orthanc_release.signing.first_release import not_written
from orthanc_release.signing.tag import why_not_for_tag
from orthanc_release.targets import ROOT

# Variables that GitHub gives to a job with the permission `id-token: write`.
IDENTITY = ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
SECRET = "RELEASE_SIGNING_KEY"
SIGNATURES = (".sigstore.json", ".minisig")
TRUST = "src/orthanc_python/trust"


def main(arguments: list[str] | None = None) -> int:
    """Sign the release in a folder by both ways; 1 when one is missing, because users would refuse it."""
    (folder,) = sys.argv[1:] if arguments is None else arguments
    try:
        if folder == "--check":
            repository = trusted_repository(os.environ)
            if reason := why_not_for_tag(project_version(), os.environ):
                raise RuntimeError(reason)
            if missing := list(not_written()):
                raise RuntimeError(f"not written for a release yet: {'; '.join(missing)}")
            print(f"users trust the workflow of {repository}")
            return 0
        missing = [name for name in (SECRET, *IDENTITY) if not os.environ.get(name)]
        if missing:
            raise RuntimeError(f"{', '.join(missing)} is not set, and a release is not published unsigned")
        print(sign(Path(folder)))
    except RuntimeError as error:
        print(f"ci/sign: {error}", file=sys.stderr)
        return 1
    return 0


def sign(folder: Path, environment: Mapping[str, str] = os.environ) -> str:
    """Sign the files of a folder as far as the environment has the means; return what was signed, as a text.

    Raises:
        RuntimeError: a key or an identity is not the one that users trust, or signing fails.
    """
    return "; ".join((sign_by_key(folder, environment), sign_by_identity(folder, environment)))


@dataclass(frozen=True)
class Pinned:
    """Whom the package for users trusts."""

    key: str
    repository: str


def pinned() -> Pinned:
    """Return what src/orthanc_python/trust says."""
    values = runpy.run_path(str(ROOT / TRUST / "__init__.py"))
    return Pinned(values["PUBLIC_KEY"], values["REPOSITORY"])


def trusted_repository(environment: Mapping[str, str]) -> str:
    """Return the repository whose workflow this runs in.

    Raises:
        RuntimeError: users trust another one, or none.
    """
    repository, trusted = environment.get("GITHUB_REPOSITORY", ""), pinned().repository
    if not trusted:
        raise RuntimeError(f'users trust no workflow: put REPOSITORY = "{repository}" into {TRUST}/__init__.py, and commit it')
    if trusted != repository:
        raise RuntimeError(f"this is the workflow of {repository}, and {TRUST} has {trusted}")
    return repository


def sign_by_key(folder: Path, environment: Mapping[str, str]) -> str:
    """Write manifest.json.minisig."""
    if not environment.get(SECRET):
        return f"manifest.json is not signed with a key: {SECRET} is not set"
    try:
        from orthanc_release.signing.minisign import SecretKey

        key = SecretKey(environment[SECRET])
    except ImportError:
        raise RuntimeError(
            f"{SECRET} is set, but cryptography is missing: pip install -r ci/lib/sign-requirements.lock"
        ) from None
    except ValueError as error:
        raise RuntimeError(f"{SECRET}: {error}") from None
    if key.public != pinned().key:
        raise RuntimeError(f"{SECRET} is the secret of {key.public}, and {TRUST} has another key")
    text = key.sign((folder / "manifest.json").read_bytes(), "manifest.json of orthanc-python")
    (folder / "manifest.json.minisig").write_text(text, encoding="utf-8", newline="\n")
    return "signed manifest.json with the key of releases"


def sign_by_identity(folder: Path, environment: Mapping[str, str]) -> str:
    """Write FILE.sigstore.json for each file."""
    if not all(environment.get(name) for name in IDENTITY):
        return "unsigned: no identity (CI has one, in a job with the permission id-token: write)"
    trusted_repository(environment)
    program = shutil.which("sigstore")
    if program is None:
        raise RuntimeError("there is an identity to sign with, and no sigstore: pip install -r ci/lib/sign-requirements.lock")
    files = sorted(path for path in folder.iterdir() if not path.name.endswith(SIGNATURES))
    done = subprocess.run([program, "sign", "--overwrite", *map(str, files)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"sigstore failed: {done.stderr.strip()}")
    return f"signed {len(files)} files"


if __name__ == "__main__":
    sys.exit(main())
