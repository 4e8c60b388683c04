# SPDX-License-Identifier: GPL-3.0-or-later
# Orthanc with the plugin, on a release of Debian and with its Python:
#
#   docker build -t orthanc-python .
#   docker run -p 8042:8042 -v ./hello.py:/etc/orthanc/hello.py:ro orthanc-python
#
# Where apt and pip need settings or an authority of their own, they are given for the build alone, and none is in the image:
# --secret id=apt.conf,src=FILE --secret id=pip.conf,src=/etc/pip.conf --secret id=ca.crt,src=FILE
ARG DEBIAN=trixie
ARG BASE=docker.io/library/debian:${DEBIAN}-slim

FROM ${BASE} AS build
RUN --mount=type=secret,id=apt.conf,target=/etc/apt/apt.conf.d/99host \
  apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates cmake g++ ninja-build orthanc-dev python3-dev python3-venv
COPY src/orthanc_sdk/requirements.txt /
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf --mount=type=secret,id=ca.crt,target=/run/secrets/ca.crt \
  if [ -s /run/secrets/ca.crt ]; then export PIP_CERT=/run/secrets/ca.crt; fi \
  && python3 -m venv /tools \
  && /tools/bin/pip install --no-cache-dir --disable-pip-version-check -r /requirements.txt
COPY CMakeLists.txt pyproject.toml /source/
COPY cmake /source/cmake
COPY src /source/src
ENV PATH=/tools/bin:$PATH
RUN cmake -S /source -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr \
  && cmake --build /build
COPY LICENSE README.md /source/
COPY samples /source/samples
RUN DESTDIR=/installed cmake --install /build

FROM ${BASE}
# The account before the package that would make it with a number of its own: the owner of volumes must stay the same.
RUN --mount=type=secret,id=apt.conf,target=/etc/apt/apt.conf.d/99host \
  useradd --system --uid 999 --user-group --home-dir /var/lib/orthanc --no-create-home --shell /usr/sbin/nologin orthanc \
  && apt-get update \
  && apt-get install -y --no-install-recommends orthanc python3 python3-packaging \
  && apt-get install -y --no-install-recommends "lib$(basename "$(readlink -f /usr/bin/python3)")" \
  && rm -rf /var/lib/apt/lists/* /etc/orthanc/*.json \
  && install -d -o orthanc -g orthanc /var/lib/orthanc/db
COPY --from=build /installed/ /
COPY src/orthanc_python/inside /usr/lib/python3/dist-packages/orthanc_python/inside
COPY docker/orthanc.json /etc/orthanc/
COPY docker/start.py docker/healthcheck.py /usr/share/orthanc-python/

USER 999:999
WORKDIR /var/lib/orthanc
VOLUME /var/lib/orthanc/db
EXPOSE 8042 4242
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["python3", "/usr/share/orthanc-python/healthcheck.py"]
ENTRYPOINT ["python3", "/usr/share/orthanc-python/start.py"]
CMD ["/etc/orthanc"]

ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="orthanc-python" \
  org.opencontainers.image.description="Orthanc, a DICOM server, with scripts in Python" \
  org.opencontainers.image.licenses="GPL-3.0-or-later" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
