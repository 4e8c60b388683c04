#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: make_root.sh NAME SUITE "PACKAGE..." "LACKING..."
# Makes a root file system like that of a GitHub runner in the cache, once, and prints its folder: a minimal Debian that has what Ubuntu has. Its
# apt has no sources of the origin Debian and not its keyring, and knows no package of those lacking.
set -euo pipefail
checkout=$(cd "$(dirname "$0")/../../.." && pwd)
cd "$checkout"
source ci/lib/common.sh
source ci/lib/roots.sh
name=$1 suite=$2 packages=$3 lacking=$4
root=$ROOTS/$name

# As Ubuntu has it: the keys of the archive are in a package of another name, and Debian's can be installed.
hide_debian() {
  local info=$root/var/lib/dpkg/info keys=$root/usr/share/keyrings
  cp "$keys/debian-archive-keyring.gpg" "$keys/ubuntu-archive-keyring.gpg" &&
    rm -f "$keys"/debian-* "$root"/etc/apt/trusted.gpg.d/debian-* "$info"/debian-archive-keyring.* &&
    : >"$info/ubuntu-keyring.list" &&
    sed -i 's/^Package: debian-archive-keyring$/Package: ubuntu-keyring\nProvides: debian-archive-keyring/' "$root/var/lib/dpkg/status" &&
    sed -i "s|^deb |deb [signed-by=/usr/share/keyrings/ubuntu-archive-keyring.gpg] |" "$root/etc/apt/sources.list" &&
    sed -e 's/^ID=.*/ID=ubuntu/' -e 's/^VERSION_ID=.*/VERSION_ID="24.04"/' -i "$root/etc/os-release"
}

# The archive here is Debian's all the same, so its origin is hidden by a program in front of apt-get.
stand_in_for_apt() {
  local program=$root/usr/local/sbin/apt-get
  cat >"$program" <<END
#!/bin/bash
for each; do
  [ "\$each" != 'Origin: Debian' ] || exit 0 # apt-get indextargets finds none
  for lacking in $lacking; do
    [ "\$each" != "\$lacking" ] || { echo "E: Package '\$each' has no installation candidate" >&2 && exit 100; }
  done
done
exec /usr/bin/apt-get "\$@"
END
  chmod +x "$program"
  program=$root/usr/local/bin/apt-cache
  cat >"$program" <<END
#!/bin/bash
for each; do
  for lacking in $lacking; do
    [ "\$each" != "\$lacking" ] || exit 0
  done
done
exec /usr/bin/apt-cache "\$@"
END
  chmod +x "$program"
}

# GitHub's Chrome: Debian's browser by another name.
stand_in_for_chrome() {
  [ ! -f "$root/usr/bin/chromium" ] || mv "$root/usr/bin/chromium" "$root/usr/bin/google-chrome"
}

# GitHub's command line, of a repository without releases.
stand_in_for_gh() {
  local program=$root/usr/local/bin/gh
  # shellcheck disable=SC2016 # for the program
  printf '#!/bin/sh\n[ "$1 $2" = "release list" ] && echo "[]"\n' >"$program"
  chmod +x "$program"
}

prepare() {
  make_root "$suite" "$name" &&
    in_root "$root" bash -c "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $packages" &&
    chroot "$root" useradd --create-home --uid 1001 --shell /bin/bash runner &&
    echo 'runner ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/runner" &&
    hide_debian &&
    stand_in_for_apt &&
    stand_in_for_chrome &&
    stand_in_for_gh &&
    echo "$wanted" >"$root/rehearsal.txt"
}

wanted=$(cat "$0" - <<<"$*" | cksum) # a root of another script or other packages is made anew
if [ "$(cat "$root/rehearsal.txt" 2>/dev/null)" != "$wanted" ]; then
  rm -rf "$root"
  quiet prepare
fi
echo "$root"
