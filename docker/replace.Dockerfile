# SPDX-License-Identifier: GPL-3.0-or-later
# An image of Orthanc that already has a plugin for Python, such as orthancteam/orthanc or jodogne/orthanc-python, with this one in its place:
#
#   docker build -t orthanc-mine -f docker/replace.Dockerfile --build-arg BASE=orthancteam/orthanc build/targets/linux-x86_64
#
# The folder at the end is a bundle: libOrthancPython.so, and beside it the folder OrthancPython.
ARG BASE=orthancteam/orthanc
FROM ${BASE}
USER root
COPY libOrthancPython.so /usr/share/orthanc-python/
COPY OrthancPython /usr/share/orthanc-python/OrthancPython
# Where the image has its plugins, and where its start script moves those that are enabled. The loader opens the folder beside it.
RUN set -eu; \
  replaced=; \
  for folder in /usr/share/orthanc/plugins-available /usr/share/orthanc/plugins /usr/local/share/orthanc/plugins; do \
    if [ -d "$folder" ]; then \
      rm -rf "$folder/OrthancPython"; \
      ln -s /usr/share/orthanc-python/OrthancPython "$folder/OrthancPython"; \
    fi; \
    if [ -e "$folder/libOrthancPython.so" ]; then \
      rm "$folder/libOrthancPython.so"; \
      cp /usr/share/orthanc-python/libOrthancPython.so "$folder/"; \
      replaced=$folder; \
    fi; \
  done; \
  [ -n "$replaced" ] || { echo "this image has no libOrthancPython.so: use the Dockerfile of this repository" >&2; exit 1; }
# The shared library of the image's Python, if it is not there yet.
RUN set -eu; \
  python=$(command -v python3 || ls /usr/bin/python3.[0-9]* 2>/dev/null | grep -v -- - | sort -V | tail -n 1); \
  [ -n "$python" ] || { echo "this image has no Python: add it by apt-get install python3" >&2; exit 1; }; \
  name=$(basename "$(readlink -f "$python")"); \
  if [ ! -e "/usr/share/orthanc-python/OrthancPython/OrthancPython-$name.so" ]; then \
    echo "the bundle has no plugin for this image's $name: use build/targets/linux-x86_64 of ci/build linux-x86_64" >&2; \
    exit 1; \
  fi; \
  if ! ldconfig -p | grep -q "lib$name\.so"; then \
    apt-get update; \
    apt-get install -y --no-install-recommends "lib$name"; \
    rm -rf /var/lib/apt/lists/*; \
  fi
