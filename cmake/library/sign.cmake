# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

#[[
sign(<target>)

Has the library signed when it has been linked, if the option SIGN_COMMAND is set: a program and its arguments, to which the library's path is
added, such as macos/sign, or "signtool;sign;/a;/fd;SHA256" on Windows.
]]
function(sign target)
  if(NOT "${SIGN_COMMAND}" STREQUAL "")
    add_custom_command(TARGET ${target} POST_BUILD COMMAND ${SIGN_COMMAND} $<TARGET_FILE:${target}> COMMENT "Signing ${target}" VERBATIM)
  endif()
endfunction()
