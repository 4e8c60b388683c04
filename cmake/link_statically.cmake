# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

#[[
link_statically(<target>)

Links the compiler's runtime libraries into the target, so that it needs libc, libm and libpython alone.
]]
function(link_statically target)
  target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc)
endfunction()
