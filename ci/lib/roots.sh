# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Shared by the scripts that need them, after common.sh: root file systems of other Debian releases, and commands in them. Needs
# root, debootstrap and unshare.

# shellcheck disable=SC2034 # for the scripts that read this file
ROOTS=$CACHE/roots

# make_root SUITE [NAME [PACKAGES]]: a minimal root, made once, in the cache, also if two processes ask for it; NAME is its folder's, by
# default that of the suite, and PACKAGES a list with commas of what it has besides, by default ca-certificates. Nothing changes SUITE-fresh: copies
# and overlays are made of it.
make_root() {
  local suite=$1 root=$ROOTS/${2:-$1} packages=${3-ca-certificates} lock
  mkdir -p "$ROOTS"
  exec {lock}>"$root.lock"
  flock "$lock"
  if [ ! -f "$root/complete.txt" ]; then
    rm -rf --one-file-system "$root"
    # debootstrap mounts /proc in the root. In a namespace of its own no mount is left, however it ends.
    quiet unshare --mount debootstrap --variant=minbase ${packages:+"--include=$packages"} "$suite" "$root" || return
    echo "$suite" >"$root/complete.txt"
  fi
  exec {lock}>&-
}

# in_root FOLDER COMMAND...: runs a command in a root, with this checkout at /src. The mounts end with the command, being in a mount
# namespace of its own, and its processes with it, being in a PID namespace of their own.
in_root() {
  local root=$1
  shift
  mkdir -p "$root/src" "$root/root/.cache"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  echo 'Acquire::Check-Valid-Until "false";' >"$root/etc/apt/apt.conf.d/99mirror" # a mirror may lag
  local bundle=/etc/ssl/certs/ca-certificates.crt
  [ ! -f $bundle ] || { mkdir -p "$root/etc/ssl/certs" && cp $bundle "$root$bundle"; }
  [ ! -f /etc/pip.conf ] || cp /etc/pip.conf "$root/etc/pip.conf"
  # shellcheck disable=SC2016,SC2153 # expanded by the inner shell; common.sh sets ROOT
  unshare --mount --pid --fork --kill-child bash -c '
    root=$1 checkout=$2
    shift 2
    mount --bind "$checkout" "$root/src"
    mount --rbind /dev "$root/dev"
    mount -t proc proc "$root/proc"
    # Not by exec: bash is the first process of the namespace, and takes the exit status of orphans, as an init does.
    chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PIP_CERT=/etc/ssl/certs/ca-certificates.crt \
      PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
    exit $?
  ' in_root "$root" "$ROOT" "$@"
}
