# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

#[[
harden(<target>)

What a library in a server should have: full RELRO and immediate binding, a stack protector, no executable stack.
]]
function(harden target)
  target_compile_options(${target} PRIVATE -fstack-protector-strong)
  target_link_options(${target} PRIVATE -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
endfunction()
