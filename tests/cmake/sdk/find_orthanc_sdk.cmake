# SPDX-License-Identifier: GPL-3.0-or-later
include(${MODULES}/sdk/find_orthanc_sdk.cmake)

set(header "#define ORTHANC_PLUGINS_MINIMAL_MAJOR_NUMBER     9
#define ORTHANC_PLUGINS_MINIMAL_MINOR_NUMBER     9
#define ORTHANC_PLUGINS_MINIMAL_REVISION_NUMBER  9\n")
string(SHA256 sum "${header}")
set(ORTHANC_SDK_SHA256_9.9.9 ${sum})
set(ORTHANC_SDK_URL "file://${WORK}/server/<version>.h")
set(PROJECT_BINARY_DIR ${WORK}/build)

if(CASE STREQUAL "root")
  set(ORTHANC_SDK_ROOT ${WORK}/sdk)
  file(WRITE ${WORK}/sdk/orthanc/OrthancCPlugin.h "${header}")
elseif(CASE STREQUAL "root_with_include")
  set(ORTHANC_SDK_ROOT ${WORK}/sdk)
  file(WRITE ${WORK}/sdk/include/orthanc/OrthancCPlugin.h "${header}")
elseif(CASE STREQUAL "missing")
  set(ORTHANC_SDK_FOLDERS ${WORK}/nothing)
elseif(CASE STREQUAL "missing_in_root")
  set(ORTHANC_SDK_ROOT ${WORK}/nothing)
elseif(CASE STREQUAL "other_header")
  set(ORTHANC_SDK_ROOT ${WORK}/sdk)
  file(WRITE ${WORK}/sdk/orthanc/OrthancCPlugin.h "#pragma once\n")
elseif(CASE MATCHES "^download")
  # Called directly: this machine may have the header, and it would come first.
  set(version 9.9.9)
  if(CASE STREQUAL "download")
    file(WRITE ${WORK}/server/9.9.9.h "${header}")
  elseif(CASE STREQUAL "download_altered")
    file(WRITE ${WORK}/server/9.9.9.h "${header}// one line more\n")
  elseif(CASE STREQUAL "download_unknown")
    set(version 8.8.8)
  endif()
  download_orthanc_sdk(${version} ORTHANC_SDK_ROOT)
  file(REMOVE_RECURSE ${WORK}/server)
  download_orthanc_sdk(${version} ORTHANC_SDK_ROOT) # the second time from the build folder
endif()

find_orthanc_sdk(sdk)
expect("${sdk_VERSION}" 9.9.9)
file(READ ${sdk_HEADER} found)
expect("${found}" "${header}")
