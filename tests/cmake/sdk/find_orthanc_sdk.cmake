# SPDX-License-Identifier: GPL-3.0-or-later
include(${MODULES}/sdk/find_orthanc_sdk.cmake)

set(header "#define ORTHANC_PLUGINS_MINIMAL_MAJOR_NUMBER     9
#define ORTHANC_PLUGINS_MINIMAL_MINOR_NUMBER     9
#define ORTHANC_PLUGINS_MINIMAL_REVISION_NUMBER  9\n")
string(SHA256 sum "${header}")
set(ORTHANC_SDK_SHA256_9.9.9 ${sum})
set(ORTHANC_SDK_URL "file://${WORK}/server/<version>.h")
set(ORTHANC_SDK_PAUSES 0.1 0.1 0.1)
set(PROJECT_BINARY_DIR ${WORK}/build)

# serve(<errors>): starts a server that answers so many requests with 503, one more with the header, and then ends.
function(serve errors)
  find_program(python NAMES python3 python REQUIRED)
  set(ENV{no_proxy} 127.0.0.1)
  file(WRITE ${WORK}/header.h "${header}")
  file(WRITE ${WORK}/server.py "
import http.server, os, pathlib
class Handler(http.server.BaseHTTPRequestHandler):
    left = ${errors}
    def do_GET(self):
        content = pathlib.Path('header.h').read_bytes() if Handler.left == 0 else b'later'
        self.send_response(200 if Handler.left == 0 else 503)
        Handler.left -= 1
        self.send_header('Content-Length', str(len(content)))
        self.end_headers()
        self.wfile.write(content)
server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
server.timeout = 20
pathlib.Path('port.part').write_text(str(server.server_port))
os.replace('port.part', 'port')
while Handler.left >= 0:
    left = Handler.left
    server.handle_request()
    if Handler.left == left:
        break
")
  execute_process(COMMAND sh -c "'${python}' server.py >server.log 2>&1 &" WORKING_DIRECTORY ${WORK} COMMAND_ERROR_IS_FATAL ANY)
  foreach(attempt RANGE 200)
    if(EXISTS ${WORK}/port)
      break()
    endif()
    execute_process(COMMAND ${CMAKE_COMMAND} -E sleep 0.1)
  endforeach()
  file(READ ${WORK}/port port)
  set(ORTHANC_SDK_URL "http://127.0.0.1:${port}/<version>.h" PARENT_SCOPE)
endfunction()

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
  elseif(CASE STREQUAL "download_after_error")
    serve(1)
  elseif(CASE STREQUAL "download_at_fourth_attempt")
    serve(3)
  elseif(CASE STREQUAL "download_unavailable")
    serve(4)
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
