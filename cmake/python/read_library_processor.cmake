# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

#[[
read_library_processor(<file> <variable>)

Sets <variable> to the processors that a library is for, of x86, x86_64 and arm64, by its first bytes: ELF, Mach-O (also universal), PE and
the import libraries of Microsoft's and GNU's tools. Sets it to "" for what it cannot read, such as text-based stubs (.tbd).
]]
function(read_library_processor file variable)
  file(READ "${file}" head LIMIT 4096 HEX)
  set(found "")
  if(head MATCHES "^7f454c46") # ELF: e_machine is at byte 18
    string(SUBSTRING "${head}" 36 4 machine)
    set(known_3e00 x86_64)
    set(known_0300 x86)
    set(known_b700 arm64)
    set(found ${known_${machine}})
  elseif(head MATCHES "^c[ef]faedfe(........)") # Mach-O, then cputype
    name_macho_processor("${CMAKE_MATCH_1}" found)
  elseif(head MATCHES "^cafebabe(........)") # universal: big-endian, entries of 20 bytes
    math(EXPR last "0x${CMAKE_MATCH_1} - 1")
    foreach(index RANGE ${last})
      math(EXPR offset "16 + 40 * ${index}")
      string(SUBSTRING "${head}" ${offset} 8 type)
      string(REGEX REPLACE "(..)(..)(..)(..)" "\\4\\3\\2\\1" type "${type}")
      name_macho_processor("${type}" each)
      list(APPEND found ${each})
    endforeach()
  elseif(head MATCHES "^4d5a") # PE: the header's place is at byte 60, the machine follows its signature
    string(SUBSTRING "${head}" 120 8 place)
    string(REGEX REPLACE "(..)(..)(..)(..)" "\\4\\3\\2\\1" place "${place}")
    math(EXPR place "0x${place} + 4")
    file(READ "${file}" machine OFFSET ${place} LIMIT 2 HEX)
    name_coff_processor("${machine}" found)
  elseif(head MATCHES "^213c617263683e0a") # archive
    read_first_object("${file}" object)
    if(object MATCHES "^(0000ffff....)?(....)") # the short form of an import library, or an object
      name_coff_processor("${CMAKE_MATCH_2}" found)
    endif()
  endif()
  set(${variable} "${found}" PARENT_SCOPE)
endfunction()

# read_first_object(<archive> <variable>)
# Sets <variable> to the first 8 bytes, in hexadecimal, of the first member that is not a table of names.
function(read_first_object file variable)
  set(offset 8)
  set(bytes "")
  foreach(member RANGE 8)
    file(READ "${file}" header OFFSET ${offset} LIMIT 60)
    string(LENGTH "${header}" length)
    if(length LESS 58)
      break()
    endif()
    string(SUBSTRING "${header}" 48 10 size)
    string(STRIP "${size}" size)
    math(EXPR content "${offset} + 60")
    if(NOT header MATCHES "^//? ")
      file(READ "${file}" bytes OFFSET ${content} LIMIT 8 HEX)
      break()
    endif()
    math(EXPR offset "${content} + ${size} + ${size} % 2")
  endforeach()
  set(${variable} "${bytes}" PARENT_SCOPE)
endfunction()

# name_macho_processor(<little-endian cputype> <variable>): sets <variable> to the processor, or to "" for an unknown type.
function(name_macho_processor type variable)
  set(known_07000001 x86_64)
  set(known_0c000001 arm64)
  set(${variable} "${known_${type}}" PARENT_SCOPE)
endfunction()

# name_coff_processor(<little-endian machine> <variable>): sets <variable> to the processor, or to "" for an unknown machine.
function(name_coff_processor machine variable)
  set(known_6486 x86_64)
  set(known_4c01 x86)
  set(known_64aa arm64)
  set(${variable} "${known_${machine}}" PARENT_SCOPE)
endfunction()
