# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

#[[
target_processors(<variable>)

Sets <variable> to the processors that are built for, of x86, x86_64 and arm64: several for a universal library of macOS.
]]
function(target_processors variable)
  if(APPLE AND CMAKE_OSX_ARCHITECTURES)
    set(names ${CMAKE_OSX_ARCHITECTURES})
  elseif(MSVC) # with "-A Win32" the system's processor is still the machine's own
    set(names ${MSVC_CXX_ARCHITECTURE_ID})
  else()
    set(names ${CMAKE_SYSTEM_PROCESSOR})
  endif()
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
