# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

# SHA-256 of the headers that ALLOW_DOWNLOADS may fetch. The header of a release never changes.
set(ORTHANC_SDK_SHA256_1.10.1 25636a2d6aeed108caa0cb079d944ae77d23857a3b6fd4690fed046ccce6612f)
set(ORTHANC_SDK_SHA256_1.12.7 a627f84a8aff4170235c66c1ff2d88266480f836dc2a366fa2b2560ad3886942)
set(ORTHANC_SDK_SHA256_1.13.0 c9d79f7e1b34944d7b0877627a49a4962f120da04b9d5ec145d0266685756614)

# Where packages put the header.
set(ORTHANC_SDK_FOLDERS /usr/local/include /usr/include /opt/homebrew/include)

set(ORTHANC_SDK_URL "https://orthanc.uclouvain.be/hg/orthanc/raw-file/Orthanc-<version>/OrthancServer/Plugins/Include/orthanc/OrthancCPlugin.h"
    CACHE STRING "Where ALLOW_DOWNLOADS fetches the SDK header; <version> is replaced")
mark_as_advanced(ORTHANC_SDK_URL)

# Seconds before each new attempt of a download that failed.
set(ORTHANC_SDK_PAUSES 2 8 20)

#[[
find_orthanc_sdk(<prefix>)

Finds Orthanc's plugin SDK: the folder that contains orthanc/OrthancCPlugin.h. Looks in ORTHANC_SDK_ROOT (or its include folder) if
that is set, else in the system's include folders, else, with ALLOW_DOWNLOADS, downloads the header of ORTHANC_SDK_VERSION. Sets
<prefix>_INCLUDE_DIR, <prefix>_HEADER and <prefix>_VERSION. Ends the configuration with what to do when there is none.
]]
function(find_orthanc_sdk prefix)
  if(ORTHANC_SDK_ROOT)
    set(folders "${ORTHANC_SDK_ROOT}" "${ORTHANC_SDK_ROOT}/include")
  else()
    set(folders ${ORTHANC_SDK_FOLDERS})
  endif()
  set(include "")
  foreach(folder IN LISTS folders)
    if(EXISTS "${folder}/orthanc/OrthancCPlugin.h")
      set(include "${folder}")
      break()
    endif()
  endforeach()
  if(NOT include AND NOT ORTHANC_SDK_ROOT AND ALLOW_DOWNLOADS)
    download_orthanc_sdk("${ORTHANC_SDK_VERSION}" include)
  endif()
  if(NOT include)
    list(JOIN folders ", " looked)
    set(download "")
    if(NOT ORTHANC_SDK_ROOT)
      set(download ", or -DALLOW_DOWNLOADS=ON")
    endif()
    message(FATAL_ERROR "Orthanc's plugin SDK is missing: there is no orthanc/OrthancCPlugin.h in ${looked}. Install it (Debian, Ubuntu: "
                        "apt-get install orthanc-dev), or pass -DORTHANC_SDK_ROOT=DIR with the folder that contains it${download}")
  endif()
  read_orthanc_sdk_version("${include}/orthanc/OrthancCPlugin.h" version)
  if(CMAKE_CROSSCOMPILING OR WIN32)
    # Another system's compiler must not see this system's other headers. On Windows, /usr/include is that of MSYS or Wine.
    configure_file("${include}/orthanc/OrthancCPlugin.h" "${PROJECT_BINARY_DIR}/orthanc-sdk/orthanc/OrthancCPlugin.h" COPYONLY)
    set(include "${PROJECT_BINARY_DIR}/orthanc-sdk")
  endif()
  message(STATUS "Orthanc SDK ${version}: ${include}/orthanc/OrthancCPlugin.h")
  set(${prefix}_INCLUDE_DIR "${include}" PARENT_SCOPE)
  set(${prefix}_HEADER "${include}/orthanc/OrthancCPlugin.h" PARENT_SCOPE)
  set(${prefix}_VERSION "${version}" PARENT_SCOPE)
endfunction()

#[[
read_orthanc_sdk_version(<header> <variable>)

Sets <variable> to the version that the header's macros give. Ends the configuration when they are missing.
]]
function(read_orthanc_sdk_version header variable)
  file(STRINGS "${header}" lines REGEX "define ORTHANC_PLUGINS_MINIMAL_(MAJOR|MINOR|REVISION)_NUMBER")
  set(parts "")
  foreach(part MAJOR MINOR REVISION)
    if(lines MATCHES "ORTHANC_PLUGINS_MINIMAL_${part}_NUMBER +([0-9]+)")
      list(APPEND parts ${CMAKE_MATCH_1})
    endif()
  endforeach()
  list(LENGTH parts count)
  if(NOT count EQUAL 3)
    message(FATAL_ERROR "${header} is not a header of Orthanc's plugin SDK: it does not say its version")
  endif()
  list(JOIN parts "." version)
  set(${variable} "${version}" PARENT_SCOPE)
endfunction()

#[[
download_orthanc_sdk(<version> <variable>)

Downloads the header to the build folder, unless it is there, and sets <variable> to its include folder. After an error, tries again after
each of ORTHANC_SDK_PAUSES. Ends the configuration when the version is not known, or the download fails or has another content than it
should have.
]]
function(download_orthanc_sdk version variable)
  if(NOT DEFINED ORTHANC_SDK_SHA256_${version})
    message(FATAL_ERROR "The SDK of Orthanc ${version} cannot be downloaded: its checksum is not known. Pass -DORTHANC_SDK_VERSION=1.13.0, "
                        "1.12.7 or 1.10.1, or install the package orthanc-dev")
  endif()
  set(folder "${PROJECT_BINARY_DIR}/orthanc-sdk-${version}")
  set(header "${folder}/orthanc/OrthancCPlugin.h")
  if(NOT EXISTS "${header}")
    string(REPLACE "<version>" "${version}" url "${ORTHANC_SDK_URL}")
    message(STATUS "Downloading the SDK of Orthanc ${version}")
    foreach(pause IN LISTS ORTHANC_SDK_PAUSES ITEMS "")
      file(DOWNLOAD "${url}" "${header}.part" STATUS status TIMEOUT 120)
      list(GET status 0 code)
      list(GET status 1 reason)
      if(code EQUAL 0 OR pause STREQUAL "")
        break()
      endif()
      message(STATUS "Download failed: ${reason}. Trying again in ${pause} s")
      execute_process(COMMAND ${CMAKE_COMMAND} -E sleep ${pause})
    endforeach()
    if(NOT code EQUAL 0)
      message(FATAL_ERROR "The SDK of Orthanc ${version} cannot be downloaded from ${url}: ${reason}. Install the package orthanc-dev, or "
                          "pass -DORTHANC_SDK_ROOT=DIR")
    endif()
    file(SHA256 "${header}.part" sum)
    if(NOT sum STREQUAL ORTHANC_SDK_SHA256_${version})
      file(REMOVE "${header}.part")
      message(FATAL_ERROR "What was downloaded from ${url} is not the SDK of Orthanc ${version}: its SHA-256 is ${sum}, not "
                          "${ORTHANC_SDK_SHA256_${version}}")
    endif()
    file(RENAME "${header}.part" "${header}")
  endif()
  set(${variable} "${folder}" PARENT_SCOPE)
endfunction()
