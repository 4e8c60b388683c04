# SPDX-License-Identifier: GPL-3.0-or-later
#[[
name_own_files(<result> <build>)

The list of the files that `cmake --install` has installed from a build below the present DESTDIR, without it in front. Each DESTDIR has its
own list, because CMake's install_manifest.txt does not say below what DESTDIR its files are.
]]
function(name_own_files result build)
  cmake_path(SET root NORMALIZE "$ENV{DESTDIR}")
  string(REGEX REPLACE "/+$" "" root "${root}")
  string(MD5 key "${root}")
  set(${result} ${build}/installed/${key}.txt PARENT_SCOPE)
endfunction()
