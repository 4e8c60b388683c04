# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

#[[
check_options()

Ends the configuration when LARGE_STACK or LOADER has a value that the build could not use, instead of an error at the end of the build.
]]
function(check_options)
  set(stacks ucontext thread)
  if(WIN32)
    set(stacks fiber thread)
  endif()
  if(LARGE_STACK AND NOT LARGE_STACK IN_LIST stacks)
    list(JOIN stacks " or " stacks)
    message(FATAL_ERROR "LARGE_STACK is \"${LARGE_STACK}\"; for ${CMAKE_SYSTEM_NAME} it must be ${stacks}, or be left out")
  endif()
  if(NOT LOADER OR PYTHON_LINK)
    return()
  endif()
  set(advice "Pass the file that a build with -DPYTHON_LINK=OFF has made in bundle, or leave LOADER out to build it")
  if(NOT EXISTS "${LOADER}" OR IS_DIRECTORY "${LOADER}")
    message(FATAL_ERROR "LOADER is ${LOADER}, which is not a file. ${advice}")
  endif()
  file(STRINGS "${LOADER}" entry REGEX "OrthancPluginInitialize" LIMIT_COUNT 1)
  if(NOT entry)
    message(FATAL_ERROR "LOADER is ${LOADER}, which is not a plugin of Orthanc: it has no OrthancPluginInitialize. ${advice}")
  endif()
endfunction()
