# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

#[[
name_processors(<variable>)

Sets <variable> to the processors that are built for, in the compiler's or the system's words, such as X86, aarch64 or AMD64: several for a
universal library of macOS. CMAKE_SYSTEM_PROCESSOR is this machine's own, also with "-A Win32" and with CMAKE_OSX_ARCHITECTURES.
]]
function(name_processors variable)
  if(APPLE AND CMAKE_OSX_ARCHITECTURES)
    set(${variable} ${CMAKE_OSX_ARCHITECTURES} PARENT_SCOPE)
  elseif(MSVC) # also clang-cl
    set(${variable} ${MSVC_CXX_ARCHITECTURE_ID} PARENT_SCOPE)
  else()
    set(${variable} ${CMAKE_SYSTEM_PROCESSOR} PARENT_SCOPE)
  endif()
endfunction()

#[[
target_processors(<variable>)

Sets <variable> to the processors that are built for, of x86, x86_64 and arm64: several for a universal library of macOS.
]]
function(target_processors variable)
  name_processors(names)
  set(found "")
  foreach(name IN LISTS names)
    string(TOLOWER "${name}" name)
    if(name MATCHES "^(x86_64|amd64|x64)$")
      if(CMAKE_SIZEOF_VOID_P EQUAL 4)
        list(APPEND found x86)
      else()
        list(APPEND found x86_64)
      endif()
    elseif(name MATCHES "^(aarch64|arm64)$")
      list(APPEND found arm64)
    elseif(name MATCHES "^(i[3-6]86|x86)$")
      list(APPEND found x86)
    else()
      list(APPEND found ${name})
    endif()
  endforeach()
  set(${variable} "${found}" PARENT_SCOPE)
endfunction()
