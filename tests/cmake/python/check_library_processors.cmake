# SPDX-License-Identifier: GPL-3.0-or-later
# With the first bytes of real libraries of each format.
include(${MODULES}/python/resolve_python.cmake)

# write_bytes(<file> <hexadecimal>): by printf, because CMake cannot write zeros.
function(write_bytes file bytes)
  string(REGEX REPLACE "(..)" "\\\\x\\1" escaped "${bytes}")
  execute_process(COMMAND bash -c "printf '${escaped}'" OUTPUT_FILE ${file} RESULT_VARIABLE status)
  expect("${status}" 0)
endfunction()

string(REPEAT "00" 52 zeros)
set(pe "4d5a0000${zeros}0000000040000000") # the PE header's place is 64
set(elf "7f454c4602010100000000000000000003")
set(bytes_elf_x86_64 "${elf}003e00")
set(bytes_elf_arm64 "${elf}00b700")
set(bytes_macho_arm64 "cffaedfe0c00000100000000")
set(bytes_macho_x86_64 "cffaedfe0700000103000000")
set(bytes_universal "cafebabe00000002010000070000000300004000000000000000000e0100000c00000000000180000001234500000000")
set(bytes_pe_x86_64 "${pe}504500006486")
set(bytes_pe_x86 "${pe}504500004c01")
set(bytes_pe_arm64 "${pe}5045000064aa")
# Members of archives: a name of 16 bytes, 32 bytes of dates and owners, the size in 10, and an end mark.
string(REPEAT "20" 14 name)
string(REPEAT "20" 32 owners)
string(REPEAT "20" 9 size)
set(table "2f20${name}${owners}34${size}600a01020304") # a table of names, of 4 bytes
set(member "612f${name}${owners}36${size}600a")
set(bytes_lib_gnu_x86_64 "213c617263683e0a${table}${member}64860900")
set(bytes_lib_short_x86 "213c617263683e0a${table}${table}${member}0000ffff00004c01")
set(bytes_tbd "2d2d2d2021746170692d746264")

set(file ${WORK}/library)
if(CASE MATCHES "^(.*)-for-(.*)$")
  set(name ${CMAKE_MATCH_1})
  string(REPLACE "+" ";" processors "${CMAKE_MATCH_2}")
endif()
write_bytes(${file} ${bytes_${name}})
check_library_processors(${file} "${processors}")
