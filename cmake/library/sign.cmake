# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

#[[
sign(<target>)

Has the library signed when it has been linked, if the option SIGN_COMMAND is set: a program and its arguments, to which the library's path is
added. It is the path of a program, such as macos/sign, or a command line, such as "signtool sign /a /fd SHA256" on Windows, in which what
has spaces is quoted, or a list, such as "signtool;sign;/a;/fd;SHA256".
]]
function(sign target)
  if("${SIGN_COMMAND}" STREQUAL "")
    return()
  endif()
  set(command ${SIGN_COMMAND})
  if(NOT "${SIGN_COMMAND}" MATCHES ";" AND NOT EXISTS "${SIGN_COMMAND}")
    separate_arguments(command NATIVE_COMMAND "${SIGN_COMMAND}")
  endif()
  add_custom_command(TARGET ${target} POST_BUILD COMMAND ${command} $<TARGET_FILE:${target}> COMMENT "Signing ${target}" VERBATIM)
endfunction()
