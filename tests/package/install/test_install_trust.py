# SPDX-License-Identifier: GPL-3.0-or-later
"""`orthanc-python install --from`: whom it trusts, and the attacks that The Update Framework lists (section 1.5.2).

Two of that list are elsewhere: slow retrieval and endless data in test_install_downloads.py.
"""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import THIS_PYTHON
from release_server import KEY, InstalledFolder, ReleaseFolder

from orthanc_python.failure import Failure
from orthanc_python.install import deployment
from orthanc_python.libraries.machine import this_machine
from orthanc_python.releases.manifest import Release
from orthanc_python.releases.sources import find_release, open_source
from orthanc_python.trust import PUBLIC_KEY, REPOSITORY, sigstore_bundle
from orthanc_python.trust.history import newest_of
from orthanc_python.trust.minisign import parse_public_key
from orthanc_python.trust.signers import PINNED, Signers, parse_signer, signer_of
from orthanc_release.signing.minisign import SecretKey, new_secret

OTHER = SecretKey(new_secret())  # of someone who is not trusted
SIGNATURE = "manifest.json.minisig"
Attack = Callable[[ReleaseFolder], object]


def signature(release: ReleaseFolder) -> Path:
    return release.folder / SIGNATURE


def altered(change: Callable[[dict[str, object]], object], file: bytes = b"") -> Attack:
    """Change the manifest of a signed release, and its file, but not the signature."""

    def attack(release: ReleaseFolder) -> None:
        if file:
            (release.folder / release.entry["name"]).write_bytes(file)
        path = release.folder / "manifest.json"
        manifest = json.loads(path.read_text())
        change(manifest)
        path.write_text(json.dumps(manifest))

    return attack


def of_file(**values: object) -> Callable[[dict[str, object]], object]:
    def change(manifest: dict[str, object]) -> None:
        files = manifest["files"]
        assert isinstance(files, list)
        files[0].update(values)

    return change


def lines(change: Callable[[list[str]], object]) -> Attack:
    """Change the lines of the signature."""

    def attack(release: ReleaseFolder) -> None:
        found = signature(release).read_text().splitlines()
        change(found)
        signature(release).write_text("".join(f"{line}\n" for line in found))

    return attack


def of_another_release(release: ReleaseFolder) -> None:
    """Mix and match: the signature of another release of the same key."""
    signature(release).write_text(KEY.sign(b'{"version": "0.0.9"}', "of a test"))


def another_file(release: ReleaseFolder) -> None:
    """Mix and match: the manifest of this release, a file of another one with the same size."""
    path = release.folder / release.entry["name"]
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


ATTACKS: list[tuple[str, Attack, str]] = [
    ("arbitrary software: another file and manifest", altered(of_file(sha256="0" * 64, size=4), b"evil"), "is not a signature"),
    ("arbitrary software: another key", lambda release: release.publish(OTHER), "signed with another key"),
    ("arbitrary software: no signature", lambda release: release.publish(None), "is not signed"),
    ("an empty signature", lambda release: signature(release).write_text(""), "not a signature of minisign"),
    ("a signature that is no text", lambda release: signature(release).write_bytes(b"\xff\0"), "is not a signature"),
    (
        "a signature that is a web page",
        lambda release: signature(release).write_text("<p>\n" * 4),
        "not a signature of minisign",
    ),
    ("a signature of another algorithm", lines(lambda found: found.__setitem__(1, "RWQ" + found[1][3:])), "BLAKE2b-512"),
    ("a signature cut short", lines(lambda found: found.__setitem__(1, found[1][:40])), "has 30 bytes"),
    ("a signature that is no base64", lines(lambda found: found.__setitem__(1, "!" * 100)), "is not base64"),
    ("another trusted comment", lines(lambda found: found.__setitem__(2, found[2] + "!")), "is not one of these bytes"),
    ("no trusted comment", lines(lambda found: found.__delitem__(slice(2, 4))), "not a signature of minisign"),
    ("a line more", lines(lambda found: found.append("evil")), "not a signature of minisign"),
    ("endless data: a signature", lambda release: signature(release).write_bytes(b"x" * (2 << 20)), "it has more than 1 MB"),
    ("fast-forward: 9.9.9", altered(lambda manifest: manifest.update(version="9.9.9")), "is not a signature"),
    ("rollback: an older version's number", altered(lambda manifest: manifest.update(version="0.0.1")), "is not a signature"),
    ("freeze: a newer date", altered(lambda manifest: manifest.update(date="2099-01-01")), "is not a signature"),
    ("mix and match: another signature", of_another_release, "is not a signature"),
    ("mix and match: another file", another_file, "do not use it"),
    ("wrong target: another system", altered(of_file(system="windows")), "is not a signature"),
    ("wrong target: another Python", altered(of_file(pythons=["3.10"])), "is not a signature"),
    ("wrong target: another minimum", altered(of_file(minimum="2.0")), "is not a signature"),
    ("a key of the manifest more", altered(lambda manifest: manifest.update(url="x")), "is not a signature"),
    ("a file less", altered(lambda manifest: manifest.update(files=[])), "is not a signature"),
]


@pytest.mark.parametrize(("attack", "text"), [pytest.param(*row[1:], id=row[0]) for row in ATTACKS])
def test_attack(plugins: InstalledFolder, release: ReleaseFolder, attack: Attack, text: str) -> None:
    attack(release.publish())
    assert text in plugins.refuse("--from", str(release.folder))


# With a true signature, as by a server that offers what was made for others or long ago. The signature refuses none of them.
SIGNED_ATTACKS: list[tuple[str, Attack, str]] = [
    ("rollback", altered(lambda manifest: manifest.update(version="0.0.1")), "0.0.1 is older than 0.1.0, which is installed"),
    ("wrong target: another system", altered(of_file(system="windows")), "in version 0.1.0; there is Windows"),
    ("wrong target: another processor", altered(of_file(processor="mips")), "in version 0.1.0; there is "),
    ("wrong target: another Python", altered(of_file(pythons=["3.1"])), "in version 0.1.0; there is Python 3.1: choose by"),
    ("wrong target: another minimum", altered(of_file(minimum="2.99")), "needs glibc 2.99 or later, and this machine has"),
    ("a file less", altered(lambda manifest: manifest.update(files=[])), "in version 0.1.0; there is none"),
]


@pytest.mark.parametrize(("attack", "text"), [pytest.param(*row[1:], id=row[0]) for row in SIGNED_ATTACKS])
def test_signed_attack(plugins: InstalledFolder, release: ReleaseFolder, attack: Attack, text: str) -> None:
    plugins.install("--from", str(release.publish().folder))
    attack(release)
    signature(release).write_text(KEY.sign((release.folder / "manifest.json").read_bytes(), "of a test"))
    assert text in plugins.refuse("--from", str(release.folder))


def test_who_is_trusted(plugins: InstalledFolder, release: ReleaseFolder) -> None:
    done = plugins.install("--from", str(release.publish().folder))
    name = parse_public_key(KEY.public).name
    assert done["signer"] == f"the key {name}"
    assert f"Version 0.1.0 is signed by the key {name}, which is trusted" in done["said"]


def test_the_pinned_key_is_trusted_by_default(plugins: InstalledFolder, release: ReleaseFolder) -> None:
    assert Signers(PUBLIC_KEY, REPOSITORY) == PINNED
    folder = str(release.publish().folder)
    plugins.pinned = None
    said = plugins.refuse("--from", folder)
    assert f"by the key {parse_public_key(PUBLIC_KEY).name}: signed with another key; do not use the files" in said
    plugins.pinned = Signers(key=OTHER.public)
    assert f"by the key {parse_public_key(OTHER.public).name}: signed with another key" in plugins.refuse("--from", folder)
    plugins.pinned = Signers(key=KEY.public)
    assert plugins.install("--from", folder)["signer"] == f"the key {parse_public_key(KEY.public).name}"


def test_unsigned(plugins: InstalledFolder, release: ReleaseFolder) -> None:
    folder = str(release.publish(None).folder)
    assert "for a folder of your own, --allow-unsigned" in plugins.refuse("--from", folder)
    done = plugins.install("--from", folder, "--allow-unsigned")
    assert done["signer"] == "" and "warning: version 0.1.0 is not signed" in done["said"]


def test_a_wrong_signature_is_not_unsigned(plugins: InstalledFolder, release: ReleaseFolder) -> None:
    said = plugins.refuse("--from", str(release.publish(OTHER).folder), "--allow-unsigned")
    assert "signed with another key" in said


def test_rollback_attack(plugins: InstalledFolder, release: ReleaseFolder, tmp_path: Path, linked_plugin: Path) -> None:
    """A server that offers an old release, with its true signature."""
    plugins.install("--from", str(release.publish().folder))
    old = older(tmp_path, linked_plugin)
    said = plugins.refuse("--from", str(old.folder))
    assert "version 0.0.5 is older than 0.1.0, which is installed" in said and "--downgrade" in said
    assert plugins.install("--from", str(old.folder), "--downgrade")["version"] == "0.0.5"
    assert not plugins.install("--from", str(old.folder))["changed"]  # as it is asked for each day by a program


def test_the_newest_seen_is_remembered(
    plugins: InstalledFolder, release: ReleaseFolder, tmp_path: Path, linked_plugin: Path
) -> None:
    """Also if its file could not be installed."""
    another_file(release.publish())
    plugins.refuse("--from", str(release.folder))
    old = older(tmp_path, linked_plugin)
    assert "is older than 0.1.0, which was offered before" in plugins.refuse("--from", str(old.folder))


def test_an_older_release_that_is_installed(plugins: InstalledFolder, release: ReleaseFolder, tmp_path: Path) -> None:
    """Once a newer one was offered, a server cannot go back to it in silence."""
    another_file(release.publish())
    plugins.refuse("--from", str(release.folder))
    assert "is older than 0.1.0, which was offered before" in plugins.refuse("--from", str(tmp_path / "0.0.9"))


def test_an_older_release_after_a_rollback(plugins: InstalledFolder, release: ReleaseFolder, tmp_path: Path) -> None:
    """It was asked for, until another one is installed."""
    plugins.install("--from", str(release.publish().folder))
    deployment.roll_back(plugins.path)
    assert not plugins.install("--from", str(tmp_path / "0.0.9"))["changed"]
    plugins.install("--from", str(release.folder))
    assert "is older than 0.1.0, which is installed" in plugins.refuse("--from", str(tmp_path / "0.0.9"))


def test_a_downgrade_that_fails(plugins: InstalledFolder, release: ReleaseFolder, tmp_path: Path, linked_plugin: Path) -> None:
    """Excuse what was asked for before, because that is still installed."""
    plugins.install("--from", str(release.publish().folder))
    first = str(tmp_path / "0.0.9")
    plugins.install("--from", first, "--downgrade")
    broken = older(tmp_path, linked_plugin)
    another_file(broken)
    assert "do not use it" in plugins.refuse("--from", str(broken.folder), "--downgrade")
    assert not plugins.install("--from", first)["changed"]
    assert "is older than 0.1.0, which was offered before" in plugins.refuse("--from", str(broken.folder))


def test_a_release_that_is_installed_can_be_asked_for(plugins: InstalledFolder, release: ReleaseFolder, tmp_path: Path) -> None:
    """By --downgrade, once a newer one was offered that could not be installed."""
    another_file(release.publish())
    plugins.refuse("--from", str(release.folder))
    assert not plugins.install("--from", str(tmp_path / "0.0.9"), "--downgrade")["changed"]
    assert not plugins.install("--from", str(tmp_path / "0.0.9"))["changed"]


def test_a_newer_release_is_installed_meanwhile(plugins: InstalledFolder, release: ReleaseFolder, tmp_path: Path) -> None:
    """By another process, between the check of an older one and its installation."""
    offers = [find_release(open_source(str(folder)), "") for folder in (tmp_path / "0.0.9", release.publish().folder)]
    for offer in offers:
        deployment.admit(plugins.path, offer.release, verified=True)
    old, new = ((plugins.path, offer.source, offer.release, offer.release.files[0], this_machine()) for offer in offers)
    assert deployment.install_release(*new, lambda size: None).version == "0.1.0"
    with pytest.raises(Failure, match=r"version 0\.0\.9 is older than 0\.1\.0"):
        deployment.install_release(*old, lambda size: None)


def test_an_unsigned_release_is_not_remembered(
    plugins: InstalledFolder, release: ReleaseFolder, tmp_path: Path, linked_plugin: Path
) -> None:
    """Else anyone could keep all later releases out (fast-forward)."""
    fast = ReleaseFolder(tmp_path / "9.9.9", "9.9.9")
    fast.plugin(b"no library", THIS_PYTHON)
    plugins.refuse("--from", str(fast.publish(None).folder), "--allow-unsigned")
    plugins.refuse("--from", str(fast.publish(OTHER).folder))
    assert plugins.install("--from", str(release.publish().folder))["version"] == "0.1.0"


def test_freeze(plugins: InstalledFolder, release: ReleaseFolder) -> None:
    """A server that withholds newer releases: an old date is told."""
    release.manifest["date"] = "2020-02-29"
    said = plugins.install("--from", str(release.publish().folder))["said"]
    assert "warning: version 0.1.0 is of 2020-02-29: look for a newer one" in said


def test_a_folder_of_another_version(plugins: InstalledFolder, release: ReleaseFolder, tmp_path: Path) -> None:
    """Mix and match: a signed release where another version is asked for."""
    shutil.copytree(release.publish().folder, release.folder / "0.2.0")
    assert "there is no version 0.2.0" in plugins.refuse("--from", str(release.folder), "--version", "0.2.0")


def test_uninstall_forgets(plugins: InstalledFolder, release: ReleaseFolder) -> None:
    plugins.install("--from", str(release.publish().folder))
    deployment.uninstall(plugins.path)
    assert not list(plugins.path.iterdir())


def test_a_bundle_of_sigstore(plugins: InstalledFolder, release: ReleaseFolder) -> None:
    """It must be valid too, where its signer is trusted."""
    release.publish(None)
    (release.folder / "manifest.json.sigstore.json").write_text("{}")
    said = plugins.refuse("--from", str(release.folder))
    assert "no repository is trusted" in said and "--signer OWNER/NAME" in said
    assert "is not signed" not in plugins.refuse("--from", str(release.folder), "--signer", "example/orthanc-python")


def test_a_key_where_a_repository_is_trusted(plugins: InstalledFolder, release: ReleaseFolder) -> None:
    said = plugins.refuse("--from", str(release.publish().folder), "--signer", "example/orthanc-python")
    assert f"{SIGNATURE} is of a key, and no key is trusted" in said and "--signer KEY" in said


def test_no_repository_is_not_any_repository(plugins: InstalledFolder, release: ReleaseFolder) -> None:
    """The package pins none yet. A bundle of Sigstore proves nothing then: the key alone counts."""
    (release.publish().folder / "manifest.json.sigstore.json").write_text("{}")
    assert plugins.install("--from", str(release.folder))["signer"] == f"the key {parse_public_key(KEY.public).name}"
    signature(release).unlink()
    said = plugins.refuse("--from", str(release.folder), "--allow-unsigned")
    assert "no repository is trusted" in said


def test_an_identity_without_a_repository() -> None:
    with pytest.raises(sigstore_bundle.SigstoreError, match="no repository is trusted"):
        sigstore_bundle.verify(b"{}", b"{}", "", "0.1.0")


def test_without_the_package_sigstore(
    plugins: InstalledFolder, release: ReleaseFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    release.publish(None)
    (release.folder / "manifest.json.sigstore.json").write_text("{}")
    monkeypatch.setattr(sigstore_bundle, "is_available", lambda: False)
    said = plugins.refuse("--from", str(release.folder), "--signer", "example/orthanc-python")
    assert "pip install 'sigstore>=4,<5'" in said


def test_an_invalid_bundle(tmp_path: Path) -> None:
    pytest.importorskip("sigstore")
    with pytest.raises(sigstore_bundle.SigstoreError):
        sigstore_bundle.verify(b"{}", b"{}", "example/orthanc-python", "0.1.0")


def test_identity() -> None:
    """A workflow's run for one tag cannot sign for another."""
    expected = "https://github.com/example/orthanc-python/.github/workflows/release.yml@refs/tags/v0.1.0"
    assert sigstore_bundle.identity("example/orthanc-python", "0.1.0") == expected


@pytest.mark.parametrize("text", ["", "x", "a/b/c", "RWQ=", "../..", "https://example.org/a"])
def test_invalid_signers(text: str) -> None:
    with pytest.raises(Failure, match="invalid signer"):
        parse_signer(text)


def test_signers(tmp_path: Path) -> None:
    file = tmp_path / "release.pub"
    file.write_text(f"untrusted comment: minisign public key\n{KEY.public}\n")
    assert parse_public_key(parse_signer(str(file)).key) == parse_public_key(KEY.public)
    assert parse_signer(KEY.public) == Signers(key=KEY.public)
    assert parse_signer("example/orthanc-python") == Signers(repository="example/orthanc-python")


def test_minisign_verifies_it(release: ReleaseFolder, tmp_path: Path) -> None:
    """The program that users have."""
    program = shutil.which("minisign")
    assert program is not None, "there is no minisign: apt-get install minisign"
    command = [program, "-V", "-P", KEY.public, "-m", "manifest.json"]
    done = subprocess.run(command, cwd=release.publish().folder, capture_output=True, text=True)
    assert done.returncode == 0 and "Trusted comment: of a test" in done.stdout, done.stderr


def test_signatures_of_minisign_are_verified(release: ReleaseFolder, tmp_path: Path) -> None:
    """Signatures by minisign's own program."""
    for command in (["-G", "-W", "-p", "m.pub", "-s", "m.key"], ["-S", "-s", "m.key", "-m", "manifest.json"]):
        release.publish(None)
        subprocess.run(["minisign", *command], cwd=release.folder, check=True, capture_output=True)
    signers = parse_signer(str(release.folder / "m.pub"))
    assert (release.folder / SIGNATURE).is_file()

    class Folder:
        def place_of(self, name: str) -> str:
            return name

        def read(self, name: str, limit: int) -> bytes | None:
            path = release.folder / name
            return path.read_bytes() if path.is_file() else None

    content = (release.folder / "manifest.json").read_bytes()
    assert signer_of(content, Release("0.1.0", ()), Folder(), signers).startswith("the key ")


@pytest.mark.parametrize(
    "versions", [["0.0.9", "0.1.0rc1", "0.1.0", "0.1.0.post1", "0.1.1", "0.2", "0.10.0", "1.0a1", "1.0b1", "1.0", "9.9.9"]]
)
def test_order_of_versions(versions: list[str]) -> None:
    for older, newer in itertools.combinations(versions, 2):
        assert newest_of(Release(older, ()), newer) == newest_of(Release(newer, ()), older) == newer


def older(folder: Path, plugin: Path) -> ReleaseFolder:
    """A release that was newest once."""
    release = ReleaseFolder(folder / "0.0.5", "0.0.5")
    release.plugin(plugin.read_bytes() + b"0.0.5", THIS_PYTHON)
    return release.publish()
