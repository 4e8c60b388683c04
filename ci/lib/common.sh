# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Shared by the scripts of ci: steps that are shown, and packages that are installed when missing.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck disable=SC2034 # for the scripts that read this file
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/orthanc-python
SUMMARY=()
# shellcheck disable=SC2034
mapfile -t PYTHON_VERSIONS < <(grep -oE '^"3\.[0-9]+t?"' "$ROOT/src/orthanc_release/targets.toml" | tr -d '"')
# shellcheck disable=SC2034 # what builds for other systems, and runs what it built
CROSS_PACKAGES=(binutils-mingw-w64 debian-archive-keyring g++-mingw-w64-x86-64-posix g++-mingw-w64-i686-posix lld-19 llvm-19 qemu-user-static wine64)
# shellcheck disable=SC2034
SANITIZER_PACKAGES=(clang-19 libclang-rt-19-dev llvm-19)
# shellcheck disable=SC2034 # other releases of Debian in folders, and containers
ROOT_PACKAGES=(containernetworking-plugins crun debootstrap iproute2 iptables podman util-linux)

# run_step TITLE COMMAND...: runs a command with its output shown; on failure says so in one line and ends the script.
run_step() {
  local title=$1 start=$SECONDS
  shift
  printf '\n==> %s\n' "$title"
  if "$@"; then
    SUMMARY+=("$(printf '%4d s  %s' $((SECONDS - start)) "$title")")
  else
    local status=$?
    printf '\n==> FAILED: %s (exit status %d): %s\n' "$title" "$status" "$*" >&2
    exit 1
  fi
}

# quiet COMMAND...: shows the command's output only if it fails, its end first of all. Meanwhile, shows its last line and the time: on a
# terminal twice a second, else every 10 seconds.
quiet() {
  local log output status=0 reporter outer=${shown:-} shown=${shown:-} interrupted=
  [ -n "$outer" ] || exec {shown}>&2 # for interrupt: while a function runs, the output of this shell is the log
  trap 'interrupted=yes' INT # later, so that no file is left behind
  log=$(trap '' INT && exec mktemp) || {
    [ -z "$interrupted" ] || interrupt
    return 1
  }
  exec {output}<>"$log"
  while [ -e "$log" ]; do rm "$log" || true; done # so that nothing is left, however this ends; a signal ends rm, too
  trap interrupt INT
  [ -z "$interrupted" ] || interrupt
  report_progress "$BASHPID" "/dev/fd/$output" &
  reporter=$!
  "$@" >&"$output" 2>&1 || status=$?
  kill "$reporter" 2>/dev/null
  wait "$reporter" 2>/dev/null || true
  [ ! -t 2 ] || printf '\r\e[K' >&2
  if [ "$status" -ne 0 ]; then
    tail -n 40 "/dev/fd/$output" >&2
  fi
  exec {output}>&-
  [ -n "$outer" ] || exec {shown}>&-
  return "$status"
}

# report_progress PROCESS FILE: see quiet. Ends with the process, whose command it reports.
report_progress() {
  local start=$SECONDS pause=10 line never
  [ ! -t 2 ] || pause=0.5
  exec {never}<> <(:) # a read that times out: a sleep would outlive this
  while ! read -r -t "$pause" -u "$never" && kill -0 "$1" 2>/dev/null; do
    line=$(tail -n 1 "$2" | tr -cd '[:print:]' | cut -c "1-$((${COLUMNS:-80} - 10))")
    if [ -t 2 ]; then
      printf '\r\e[K%4d s  %s' $((SECONDS - start)) "$(with_bar "$line")" >&2
    else
      printf '%4d s  %s\n' $((SECONDS - start)) "$line" >&2
    fi
  done
}

# with_bar LINE: a line of ninja's, such as "[20/80] Building ...", with its counter as a bar; any other line as it is.
with_bar() {
  local bar
  if [[ $1 =~ ^\[([0-9]+)/([0-9]+)\]\ (.*)$ ]]; then
    printf -v bar '%*s' $((20 * BASH_REMATCH[1] / BASH_REMATCH[2])) ''
    printf '[%-20s] %d/%d %s' "${bar// /#}" "${BASH_REMATCH[@]:1}" | cut -c "1-$((${COLUMNS:-80} - 10))"
  else
    printf '%s' "$1"
  fi
}

interrupt() {
  printf '\nInterrupted.\n' >&"${shown:-2}"
  exit 130
}
trap interrupt INT

# left_out TEXT: says what a script does not do here; in CI, where every workflow expects all of it, that is a failure. Elsewhere ci/lib/steps.py
# does not take the step for one that has passed: it looks for the file.
left_out() {
  echo "LEFT OUT: $*"
  [ -z "${ORTHANC_PYTHON_LEFT_OUT:-}" ] || touch "$ORTHANC_PYTHON_LEFT_OUT"
  [ "${CI:-}" != true ]
}

# install_packages PACKAGE...: installs the Debian packages that are missing.
install_packages() {
  if ! command -v apt-get >/dev/null; then
    printf 'This system has no apt-get. Install what these Debian packages hold, then run this again:\n  %s\n' "$*" >&2
    for package in "$@"; do
      case $package in # what has no command to look for cannot be checked
        cmake | ninja-build | g++ | curl) command -v "${package%-build}" >/dev/null || return 1 ;;
      esac
    done
    return 0
  fi
  local package missing=()
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
      printf 'Run as root, or install first: %s\n' "${missing[*]}" >&2
      return 1
    }
    as_root=(sudo)
  fi
  printf 'Installing: %s\n' "${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  quiet "${as_root[@]}" apt-get update -q || return
  # RUNLEVEL=1 keeps the packages from starting their services: the system's Orthanc is not needed.
  quiet "${as_root[@]}" env RUNLEVEL=1 apt-get install -y -q --no-install-recommends "${missing[@]}"
}

# Of several files, with a space between two. What has the key of releases, or may write to the repository, takes packages by their checksums alone.
declare -A REQUIREMENTS=(
  [demo]=ci/lib/demo-requirements.txt [docs]=docs/requirements.txt [publish]="src/orthanc_release/lock/requirements.lock ci/lib/sign-requirements.lock"
  [release]=src/orthanc_release/lock/requirements.lock [sign]=ci/lib/sign-requirements.lock [test]=tests/requirements.txt [tidy]=ci/lib/tidy-requirements.txt
)

# environment_folder NAME: prints the folder of a virtual environment with the packages that REQUIREMENTS names. Two checkouts that want
# other versions have two of them.
environment_folder() {
  local sum files
  read -ra files <<<"${REQUIREMENTS[$1]}"
  [ "$1" != test ] || files+=("${REQUIREMENTS[release]}") # the constraints, by locked_versions
  sum=$(cd "$ROOT" && cat "${files[@]}" src/orthanc_sdk/requirements.txt | cksum)
  echo "$CACHE/$1-environment-${sum%% *}"
}

# locked_versions: prints the versions of src/orthanc_release/lock/requirements.lock, without checksums: constraints for pip. The environment of the
# tests makes releases too.
locked_versions() {
  sed -nE 's/^([A-Za-z0-9._-]+)(\[[^]]*\])?(==[^ ;\\]+).*/\1\3/p' "$ROOT/${REQUIREMENTS[release]}"
}

# Variables of jobs that sign and publish, in which GitHub gives them a secret or an identity.
SECRETS=(RELEASE_SIGNING_KEY GH_TOKEN GITHUB_TOKEN ACTIONS_ID_TOKEN_REQUEST_TOKEN ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_RUNTIME_TOKEN)

# without_secrets COMMAND...: runs a command that does not see them.
without_secrets() {
  (unset "${SECRETS[@]}" && "$@")
}

# make_environment NAME: makes the virtual environment of python3 if it is missing, or if python3 is another.
make_environment() {
  local folder lock version file options=() constraints=()
  folder=$(environment_folder "$1")
  mkdir -p "$CACHE"
  exec {lock}>"$folder.lock"
  ! command -v flock >/dev/null || flock "$lock" # not on macOS
  version=$(python3 --version)
  if [ "$(cat "$folder/complete.txt" 2>/dev/null)" != "$version" ]; then
    rm -rf "$folder"
    mkdir "$folder"
    # What they unpack lies in the folder, too: an interrupted venv leaves it, and the next run removes it.
    quiet without_secrets env TMPDIR="$folder" python3 -m venv "$folder" || return
    if [ "$1" = test ]; then
      locked_versions >"$folder/constraints.txt"
      constraints=(-c "$folder/constraints.txt")
    fi
    # To build a package, pip would install others, and those are in no lock.
    [[ ${REQUIREMENTS[$1]} != *.lock ]] || options+=(--require-hashes --only-binary :all:)
    for file in ${REQUIREMENTS[$1]}; do
      options+=(-r "$ROOT/$file")
    done
    # Most of the packages' modules are never imported, and Python compiles those that are.
    quiet without_secrets env TMPDIR="$folder" "$folder/bin/pip" install --disable-pip-version-check --no-compile \
      "${options[@]}" "${constraints[@]}" || return
    echo "$version" >"$folder/complete.txt"
  fi
  exec {lock}>&-
}

# pip_setting SETTINGS NAME: prints a setting of pip, from its environment or its files; nothing if it is not set. SETTINGS is what
# `pip config list` prints.
pip_setting() {
  local section value
  for section in :env: install global; do # as pip itself: the first wins
    value=$(sed -nE "s/^$section\.$2='(.*)'\$/\1/p" <<<"$1" | head -n 1)
    if [ -n "$value" ]; then
      echo "$value"
      return
    fi
  done
}

# use_pip_index PIP: has uv take the index and the certificates that pip is configured for; uv does not read pip's settings. Extra indexes
# are not taken: a lock must not depend on what one machine has.
use_pip_index() {
  local settings index certificates
  settings=$("$1" config list) || return
  index=$(pip_setting "$settings" index-url)
  certificates=$(pip_setting "$settings" cert)
  if [ -n "$index" ] && [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
    export UV_DEFAULT_INDEX=$index
  fi
  if [ -n "$certificates" ] && [ -z "${SSL_CERT_FILE:-}" ]; then
    export SSL_CERT_FILE=$certificates
  fi
}

# build_plugin FOLDER OPTION...: a static release build of the plugin.
build_plugin() {
  local folder=$1
  shift
  cmake -S "$ROOT" -B "$folder" -G Ninja -DSTATIC_BUILD=ON -DCMAKE_BUILD_TYPE=Release "$@" &&
    cmake --build "$folder"
}
