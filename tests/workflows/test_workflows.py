# SPDX-License-Identifier: GPL-3.0-or-later
"""The workflows agree with src/orthanc_release/targets.toml, do nothing but call ci/, and grant no more than each job needs."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomllib
import yaml

from orthanc_release.rehearse.expressions import interpolate
from orthanc_release.targets import read_targets

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
WORKFLOWS: dict[str, dict[Any, Any]] = {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in FILES}
JOBS = {f"{name}.{job}": content for name, workflow in WORKFLOWS.items() for job, content in workflow["jobs"].items()}
BUILT = [target for target in read_targets().values() if not target.parts]
# The permissions of a job beyond reading the checkout; anything else is a decision to be made here.
GRANTED = {
    "release.sign": {"id-token", "attestations"},
    "release.github": {"contents"},
    "release.pypi": {"id-token"},
    "release.pages": {"pages", "id-token"},
}
SECRET = re.compile(r"\b(secrets\.|github\.token\b)")
each_job = pytest.mark.parametrize("job", JOBS)


def matrix(name: str) -> list[dict[str, str]]:
    """Return the command's output for a job that reads its matrix from it."""
    done = subprocess.run([sys.executable, ROOT / "ci" / "matrix.py", name], capture_output=True, text=True, check=True)
    output, _, text = done.stdout.strip().partition("=")
    assert output == name and "\n" not in text  # a line of the file $GITHUB_OUTPUT
    included: list[dict[str, str]] = json.loads(text)["include"]
    return included


def steps(job: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = JOBS[job]["steps"]
    return found


def commands(job: str) -> Iterator[str]:
    """The lines that the job's steps run, without comments."""
    for step in steps(job):
        for line in step.get("run", "").splitlines():
            yield line.partition(" # ")[0].strip()


def matrix_of(job: str) -> str | None:
    """Return the name of the matrix of a job. Another job of the workflow has printed it."""
    text = JOBS[job].get("strategy", {}).get("matrix")
    if text is None:
        return None
    found = re.fullmatch(r"\$\{\{ fromJSON\(needs\.matrix\.outputs\.(\w+)\) \}\}", text)
    assert found, f"{job} has a matrix of its own: {text}"
    return found[1]


def test_every_target_and_cpython_is_in_the_matrices() -> None:
    every = {(target.name, python) for target in BUILT for python in target.pythons}
    assert {(entry["target"], entry["python"]) for entry in matrix("native")} == every
    tested = {(target.name, python) for target in BUILT for python in target.tested}
    assert {(entry["target"], entry["python"]) for entry in matrix("tested")} == tested
    windows = {pair for pair in every if pair[0].startswith("windows-")}
    assert {(entry["target"], entry["python"]) for entry in matrix("windows")} == windows
    assert [entry["target"] for entry in matrix("wheels")] == [target.name for target in BUILT]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_page_says_for_which_pull_requests(name: str) -> None:
    (row,) = re.findall(rf"^\| `{name}\.yml` \| (.*?) \|", (ROOT / "docs" / "releasing.md").read_text(encoding="utf-8"), re.M)
    paths = ((WORKFLOWS[name][True]["pull_request"]) or {}).get("paths", [])  # YAML reads `on` as true
    others = {path.removesuffix("/**").replace("**", "*") for path in paths} - {f".github/workflows/{name}.yml"}
    assert set(re.findall("`([^`]+)`", row)) == others
    assert ("a pull request that touches it" in row) is bool(paths)


def test_pages_are_built_for_all_they_depend_on() -> None:
    """The workflow knows the same paths as ci/lib/steps.toml, whose step runs tests, too. They use src/orthanc_release."""
    paths = {path.removesuffix("/**") for path in WORKFLOWS["docs"][True]["pull_request"]["paths"]}
    own = {"**.md", ".github/workflows/docs.yml", "bench/charts", "ci/lib/common.sh"}
    inputs = tomllib.loads((ROOT / "ci" / "lib" / "steps.toml").read_text(encoding="utf-8"))["docs"]["inputs"]
    assert own <= paths and paths - own == {
        path for path in inputs if not re.match(r"tests/|src/orthanc_release$|bench$|\w+\.md$", path)
    }
    assert {"ci/sdk_headers", "ci/fetch_debian"} <= paths  # the scripts that ci/docs calls


def test_machines_are_of_the_target() -> None:
    arm = {"linux": "-arm", "windows": "-arm", "macos": "macos-15"}
    for entry in matrix("native") + matrix("wheels"):
        target = read_targets()[entry["target"]]
        assert entry["machine"].startswith({"linux": "ubuntu-"}.get(target.system, f"{target.system}-"))
        assert entry["machine"].endswith(arm[target.system]) == (target.processor == "arm64")
        assert (entry["architecture"] == "arm64") == (target.processor == "arm64")


@pytest.mark.parametrize(
    ("job", "name"), [("test.native", "tested"), ("wheels.wheels", "wheels"), ("release.windows", "windows")]
)
def test_jobs_read_their_matrices(job: str, name: str) -> None:
    assert matrix_of(job) == name
    printing = JOBS[f"{job.partition('.')[0]}.matrix"]
    assert printing["outputs"] == {name: f"${{{{ steps.matrix.outputs.{name} }}}}"}
    assert f'python3 ci/matrix.py {name} >> "$GITHUB_OUTPUT"' in [step.get("run") for step in printing["steps"]]
    used = set(re.findall(r"\bmatrix\.(\w+)", json.dumps({key: JOBS[job][key] for key in JOBS[job] if key != "strategy"})))
    assert used == set(matrix(name)[0])
    assert JOBS[job]["runs-on"] == "${{ matrix.machine }}"


@each_job
def test_one_entry_of_a_matrix_does_not_cancel_the_others(job: str) -> None:
    """By default, GitHub cancels all at the first failure, such as a download that fails."""
    strategy = JOBS[job].get("strategy")
    assert strategy is None or strategy["fail-fast"] is False


def test_all_matrices_are_those_of_the_command() -> None:
    assert {matrix_of(job) for job in JOBS} - {None} == {"tested", "wheels", "windows"}


def test_a_release_has_every_target() -> None:
    """Without names, ci/build and ci/release take all; what MSVC has built comes between the two."""
    lines = [step.get("run") or step["uses"].partition("@")[0] for step in steps("release.release")]
    order = ["actions/setup-python", "ci/build", "ci/verify", "actions/download-artifact"]
    order += ["ci/release --targets build/targets --output build/release"]
    order += ["ci/verify build/release", "ci/publish --dry-run build/release"]
    order += ["actions/upload-artifact"] * 3 + ["ci/full_site build/site build/release"]
    assert [line for line in lines if line in order] == order


@pytest.mark.parametrize("job", ["windows", "release", "sign", "github"])
def test_only_locked_packages_are_beside_files_of_a_release(job: str) -> None:
    """A package of any other version could change a file that is signed later. Behind the last upload, it can not."""
    found = steps(f"release.{job}")
    last = max(index for index, step in enumerate(found) if "upload-artifact@" in step.get("uses", ""))
    scripts = {match[1] for step in found[:last] if (match := re.match(r"(?:python3? )?(ci/\S+)", step.get("run", "")))}
    assert scripts
    for script in sorted(scripts - {"ci/native.py"}):  # of whose packages tests/release/facts/test_locked.py has a test
        made = re.findall(r"\bmake_environment (\w+)", (ROOT / script).read_text(encoding="utf-8"))
        assert made and set(made) <= {"release", "publish", "sign"}, f"{script} makes the environment {made}"


def test_a_release_is_verified_with_the_header() -> None:
    """Each job that verifies a release has the SDK's header by then. Without it, no stub can be compared.

    The later ones have that of the first, because Debian may have a newer one by then. That which publishes installs no
    packages of the system, and the site's reference lists the functions that the libraries have.
    """
    script = (ROOT / "ci" / "publish").read_text(encoding="utf-8")
    assert not re.search("install_packages|apt|sdk_headers", script)
    (kept,) = (step["with"] for step in steps("release.release") if step.get("with", {}).get("name") == "sdk")
    assert kept["path"] == "build/targets/sdk-*" and kept["if-no-files-found"] == "error"
    for job, user in (("release.github", "ci/publish"), ("release.site", "ci/full_site")):
        given = [step.get("run", "").partition(" ")[0] or step["with"].get("name") for step in steps(job)]
        (downloaded,) = (step["with"] for step in steps(job) if step.get("with", {}).get("name") == "sdk")
        assert downloaded["path"] == "build/targets" and given.index("sdk") < given.index(user)
    lines = [step.get("run", "") for step in steps("release.release")]
    assert lines.index("ci/build") < lines.index("ci/verify build/release")
    assert '"$ROOT/ci/sdk_headers" "$CACHE/sdk"' in (ROOT / "ci" / "build").read_text(encoding="utf-8")
    assert "--without-header" not in (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")


def test_nothing_is_published_without_a_tag() -> None:
    """All jobs after the one that makes the files, by an expression that tests/workflows/test_rehearsal.py evaluates."""
    assert WORKFLOWS["release"][True]["workflow_dispatch"]["inputs"]["dry-run"]["default"] is True
    assert ".github/workflows/release.yml" in WORKFLOWS["release"][True]["pull_request"]["paths"]
    jobs = WORKFLOWS["release"]["jobs"]
    order = ["release", "sign", "github", "pypi"], ["github", "site", "pages"]
    for chain in order:
        assert all(jobs[later]["needs"] == earlier for earlier, later in itertools.pairwise(chain))
    published = {name for name, job in jobs.items() if "if" in job}
    assert published == {"sign", "github", "pypi", "site", "pages"} and len({jobs[name]["if"] for name in published}) == 1
    unprivileged = {name for name, job in jobs.items() if name not in published}
    assert unprivileged
    for name in unprivileged:
        assert JOBS[f"release.{name}"]["permissions"] == {"contents": "read"} and "secrets." not in json.dumps(jobs[name])


def test_only_what_is_signed_is_published() -> None:
    names = {
        job: [step["with"].get("name") for step in steps(job) if "download-artifact@" in step.get("uses", "")] for job in JOBS
    }
    assert names["release.sign"] == ["unsigned"]
    assert names["release.github"] == ["release", "sdk"]  # the latter is compared with its checksum in the sources
    assert names["release.site"] == ["sdk"]  # it has the files that GitHub has, after they were verified


def test_pypi_gets_the_files_without_another_signature() -> None:
    """The action's one identity expires in five minutes, too soon for some 60 files. Their attestations are on GitHub."""
    (publishing,) = (step["with"] for step in steps("release.pypi") if "gh-action-pypi-publish@" in step["uses"])
    assert publishing == {"skip-existing": True, "attestations": False}
    (attested,) = (step["with"] for step in steps("release.sign") if "attest-build-provenance@" in step.get("uses", ""))
    assert attested == {"subject-path": "build/release/*"}


def test_jobs_of_a_release_can_be_repeated() -> None:
    """An artifact of an attempt before is replaced, and the site's artifact has a name of its own in each."""
    jobs = [job for job in JOBS if job.startswith("release.")]
    kept = [step["with"] for job in jobs for step in steps(job) if "upload-artifact@" in step.get("uses", "")]
    found = {(each["name"].partition("-")[0], each.get("overwrite")) for each in kept}
    assert found == {(name, True) for name in ("libraries", "unsigned", "symbols", "sdk", "release", "pypi")}
    site, pages = JOBS["release.site"], JOBS["release.pages"]
    (name,) = (step["with"]["name"] for step in site["steps"] if "upload-pages-artifact@" in step.get("uses", ""))
    assert name == site["outputs"]["artifact"] and "${{ github.run_attempt }}" in name
    (given,) = (step["with"]["artifact_name"] for step in pages["steps"] if "deploy-pages@" in step.get("uses", ""))
    assert given == "${{ needs.site.outputs.artifact }}"


def group_of_release(event: str, ref: str, run: int, dry_run: bool | None = None) -> str:
    """Return the group in which a run of the workflow waits for others."""
    contexts = {
        "github": {"event_name": event, "ref": ref, "run_id": run},
        "inputs": {} if dry_run is None else {"dry-run": dry_run},
    }
    group: str = interpolate(WORKFLOWS["release"]["concurrency"]["group"], contexts)
    return group


def test_tags_are_released_one_after_the_other() -> None:
    """Each deploys the site of all releases, so that a slow one would take away what a quick one has brought."""
    first, second = (group_of_release("push", f"refs/tags/v{version}", run) for run, version in enumerate(("0.1.0", "0.2.0")))
    by_hand = group_of_release("workflow_dispatch", "refs/tags/v0.1.0", 3, dry_run=False)
    assert {first, second, by_hand} == {"release-tags"}
    assert group_of_release("workflow_dispatch", "refs/tags/v0.1.0", 3, dry_run=True) != first
    assert WORKFLOWS["release"]["concurrency"]["queue"] == "max"  # by default, a third one takes the place of the second


def test_commits_of_a_pull_request_do_not_wait_for_former_ones() -> None:
    """A run of a former commit goes on, because nothing of this workflow is cancelled, and takes two hours."""
    first, second = (group_of_release("pull_request", "refs/pull/7/merge", run) for run in (1, 2))
    assert first != second and "release-tags" not in (first, second)


def test_a_release_is_made_with_every_cpython() -> None:
    """So that all libraries for that machine run."""
    (pythons,) = (step["with"] for step in steps("release.release") if "setup-python@" in step.get("uses", ""))
    *_, default = versions = pythons["python-version"].split()
    assert set(versions) == set(read_targets()["linux-x86_64"].pythons) and pythons["allow-prereleases"] is True
    assert default == "3.13"


@each_job
def test_commands_are_those_of_ci(job: str) -> None:
    for line in commands(job):
        found = re.fullmatch(r"(?:sudo --preserve-env=CI(?:,CHROMEWEBDRIVER)? )?(python3? )?(ci/[\w.]+)(?: .*)?", line)
        assert found, f"put this into a script of ci/: {line}"
        assert not re.search(r"[|;&]", line.replace('>> "$GITHUB_OUTPUT"', "")), line
        script = ROOT / found[2]
        assert script.is_file() and (found[1] or os.access(script, os.X_OK)), f"{found[2]} cannot be run"


@each_job
def test_permissions(job: str) -> None:
    assert WORKFLOWS[job.partition(".")[0]]["permissions"] == {}
    granted = JOBS[job]["permissions"]
    assert {name for name, access in granted.items() if access == "write"} == GRANTED.get(job, set())
    assert {name: access for name, access in granted.items() if access != "write"} in ({}, {"contents": "read"})


def test_secrets_of_steps_are_kept_from_pip() -> None:
    """ci/lib/common.sh installs packages without these variables."""
    command = 'source ci/lib/common.sh && echo "${SECRETS[@]}"'
    done = subprocess.run(["bash", "-ec", command], cwd=ROOT, capture_output=True, text=True, check=True)
    given = {name for job in JOBS for step in steps(job) for name, value in step.get("env", {}).items() if SECRET.search(value)}
    assert "RELEASE_SIGNING_KEY" in given and given <= set(done.stdout.split())


@each_job
def test_jobs_end_and_keep_no_credentials(job: str) -> None:
    assert 5 <= JOBS[job]["timeout-minutes"] <= 180
    for step in steps(job):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_a_release_is_not_cancelled_and_tests_are() -> None:
    cancelled = {name: workflow["concurrency"]["cancel-in-progress"] for name, workflow in WORKFLOWS.items()}
    assert cancelled == {name: name != "release" for name in WORKFLOWS}


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_actions_are_pinned(file: Path) -> None:
    for line in file.read_text(encoding="utf-8").splitlines():
        if re.search(r"^\s*(- )?uses:", line):
            assert re.search(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_one_version_of_each_action() -> None:
    pins = {tuple(step["uses"].split("@")) for job in JOBS for step in steps(job) if "uses" in step}
    assert len(pins) == len({name for name, _ in pins})


def lint(*command: str | Path) -> tuple[int, str]:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


ACTIONLINT = ("actionlint", "-no-color")
ZIZMOR = ("zizmor", "--offline", "--no-config", "--no-progress", "--persona=pedantic")


@pytest.mark.parametrize("linter", [ACTIONLINT, ZIZMOR], ids=["actionlint", "zizmor"])
def test_linters_find_nothing(linter: tuple[str, ...]) -> None:
    status, output = lint(*linter, *FILES)
    assert status == 0, output


@pytest.mark.parametrize("linter", [ACTIONLINT, ZIZMOR], ids=["actionlint", "zizmor"])
def test_linters_find_what_is_wrong(linter: tuple[str, ...], tmp_path: Path) -> None:
    workflow = tmp_path / ".github" / "workflows" / "wrong.yml"
    workflow.parent.mkdir(parents=True)
    wrong = FILES[0].read_text(encoding="utf-8").replace("permissions: {}", "permissions: write-all").replace("needs:", "need:")
    workflow.write_text(wrong.replace("ci/docs\n", "echo ${{ github.event.pull_request.title }}\n"), encoding="utf-8")
    status, output = lint(*linter, workflow)
    assert status != 0 and "github.event.pull_request.title" in output
