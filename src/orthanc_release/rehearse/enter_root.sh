#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: unshare --mount --pid --fork --kill-child enter_root.sh LOWER WORK NAME=VALUE... COMMAND...
# Runs a command as the user `runner` in the root LOWER, in the workspace, with this environment. All changes of the root are kept in
# WORK/upper. WORK/home is the runner's folder, WORK/cache the cache of root, WORK/tmp its
# /tmp; each folder named in WORK/mounts.txt is there at its own path.
set -euo pipefail
lower=$1 work=$2 root=$2/root
shift 2
mkdir -p "$work/upper" "$work/overlay" "$work/cache" "$work/tmp" "$root"
chmod 1777 "$work/tmp"
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$work/upper,workdir=$work/overlay" "$root"
mkdir -p "$root/home/runner/work"
mount --bind "$work/home" "$root/home/runner/work"
# No overlay can lie on another: podman's storage and the steps' own roots are in the cache, and what tests change of those in /tmp.
mkdir -p "$root/root/.cache" "$root/tmp"
mount --bind "$work/cache" "$root/root/.cache"
mount --bind "$work/tmp" "$root/tmp"
while read -r folder; do
  mkdir -p "$root$folder"
  chmod o+x "$root/root" # the folder may be below it
  mount --bind "$folder" "$root$folder"
  mount -o remount,bind,ro "$root$folder"
done <"$work/mounts.txt"
cp /etc/resolv.conf "$root/etc/resolv.conf"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mount -t proc proc "$root/proc"
# Not chroot alone: what enters the namespace of a container that starts here, as `podman exec` does, would have the root of this machine.
cd "$root"
mkdir -p former
pivot_root . former
umount --lazy /former
rmdir /former
# Not by exec: bash is the first process of the namespace, and takes the exit status of orphans, as an init does.
chroot --userspec=runner:runner / /usr/bin/env -i --chdir=/home/runner/work/orthanc-python/orthanc-python \
  HOME=/home/runner USER=runner LANG=C.UTF-8 "$@"
exit $?
