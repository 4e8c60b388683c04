# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

#[[
export_entry_points(<target>)

Lets a plugin export the four functions that Orthanc calls, and nothing else, so that it cannot clash with other plugins and with the
extension modules that scripts import. Each kind of linker has a file format of its own for that.
]]
function(export_entry_points target)
  set(names OrthancPluginInitialize OrthancPluginFinalize OrthancPluginGetName OrthancPluginGetVersion)
  if(WIN32)
    set(file ${PROJECT_SOURCE_DIR}/windows/exports.def)
    target_sources(${target} PRIVATE ${file})
  elseif(APPLE)
    set(file ${PROJECT_SOURCE_DIR}/macos/exports.txt)
    target_link_options(${target} PRIVATE "-Wl,-exported_symbols_list,${file}")
  else()
    list(JOIN names "; " list)
    set(file ${CMAKE_CURRENT_BINARY_DIR}/${target}.map)
    file(CONFIGURE OUTPUT ${file} CONTENT "{ global: @list@; local: *; };\n" @ONLY NEWLINE_STYLE LF)
    target_link_options(${target} PRIVATE "-Wl,--version-script,${file}")
  endif()
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${file})
endfunction()
