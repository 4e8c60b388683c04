# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

#[[
export_entry_points(<target>)

Lets a plugin export the four functions that Orthanc calls, and nothing else, so that it cannot clash with other plugins and with the
extension modules that scripts import.
]]
function(export_entry_points target)
  set(names OrthancPluginInitialize OrthancPluginFinalize OrthancPluginGetName OrthancPluginGetVersion)
  list(JOIN names "; " list)
  set(script ${CMAKE_CURRENT_BINARY_DIR}/${target}.map)
  file(CONFIGURE OUTPUT ${script} CONTENT "{ global: @list@; local: *; };\n" @ONLY)
  target_link_options(${target} PRIVATE "-Wl,--version-script,${script}")
  set_target_properties(${target} PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON LINK_DEPENDS ${script})
endfunction()
