# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/stage.cmake)

#[[
install_system(<interpreter>)

What `cmake --install` puts below the prefix, as a distribution's package would: the libraries in ORTHANC_PYTHON_INSTALL_LIBDIR, links to
them where Orthanc looks for plugins (ORTHANC_PYTHON_INSTALL_PLUGINDIR), orthanc.pyi, and in the folder of documentation the samples and a
sample configuration. Nothing goes to /etc: that is the administrator's. The folders are those of GNUInstallDirs, and each can be set.
Files and links of others that are in the way are kept, and the target uninstall brings them back: by place.py, which the interpreter runs.
In a subproject, that target is orthanc-python-uninstall.
]]
function(install_system interpreter)
  include(GNUInstallDirs)
  set(libraries ${CMAKE_INSTALL_LIBDIR}/orthanc)
  set(plugins ${CMAKE_INSTALL_DATADIR}/orthanc/plugins)
  if(WIN32)
    set(libraries ${plugins}) # where links need a privilege
  endif()
  set(ORTHANC_PYTHON_INSTALL_LIBDIR ${libraries} CACHE STRING "Folder of the installed libraries")
  set(ORTHANC_PYTHON_INSTALL_PLUGINDIR ${plugins} CACHE STRING "Folder that Orthanc loads plugins from; gets links to the libraries")
  set(ORTHANC_PYTHON_INSTALL_DOCDIR ${CMAKE_INSTALL_DATADIR}/doc/orthanc-python CACHE STRING "Folder of the installed documentation")
  mark_as_advanced(ORTHANC_PYTHON_INSTALL_LIBDIR ORTHANC_PYTHON_INSTALL_PLUGINDIR ORTHANC_PYTHON_INSTALL_DOCDIR)

  get_target_property(suffix OrthancPython SUFFIX)
  set(name libOrthancPython${suffix})
  if(WIN32)
    set(name OrthancPython${suffix})
  endif()
  # Later, there may be another PATH. The name is long because find_program takes any variable of that name, also a parent project's.
  find_program(orthanc_python_interpreter "${interpreter}" NO_CACHE REQUIRED NO_CMAKE_FIND_ROOT_PATH)
  add_custom_target(${ORTHANC_PYTHON_UNINSTALL}
    COMMAND ${orthanc_python_interpreter} -I -X utf8 ${ORTHANC_PYTHON_PLACE} uninstall ${PROJECT_BINARY_DIR} VERBATIM USES_TERMINAL)
  set(ORTHANC_PYTHON_MESSAGE "${CMAKE_INSTALL_MESSAGE}")
  set(CMAKE_INSTALL_MESSAGE NEVER) # place.py says where the files are
  begin_staging()
  set(linked ${name})
  set(folder ${ORTHANC_PYTHON_INSTALL_LIBDIR})
  if(NOT PYTHON_LINK)
    install(FILES ${LOADER} DESTINATION ${folder} ${only_in_system})
    list(APPEND linked OrthancPython) # the folder of the plugins that the loader looks for where it was opened
    string(APPEND folder /OrthancPython)
  endif()
  install(TARGETS OrthancPython LIBRARY DESTINATION ${folder} ${only_in_system}) # not FILES, for --strip
  if(NOT ORTHANC_PYTHON_INSTALL_LIBDIR STREQUAL ORTHANC_PYTHON_INSTALL_PLUGINDIR)
    _install_links(${linked})
  endif()

  set(documentation ${ORTHANC_PYTHON_INSTALL_DOCDIR})
  install(FILES ${PROJECT_BINARY_DIR}/orthanc.pyi DESTINATION ${CMAKE_INSTALL_DATADIR}/orthanc-python ${only_in_system})
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/licenses/orthanc-python ${only_in_system})
  install(FILES ${PROJECT_SOURCE_DIR}/README.md DESTINATION ${documentation} ${only_in_system})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/samples/ DESTINATION ${documentation}/examples ${only_in_system}
    FILES_MATCHING PATTERN *.py PATTERN *.json PATTERN *.yml PATTERN *.toml PATTERN *.md PATTERN py.typed
    PATTERN __pycache__ EXCLUDE PATTERN *.egg-info EXCLUDE PATTERN .* EXCLUDE)
  end_staging(${orthanc_python_interpreter})
endfunction()

# Links of these names in the folder of plugins, relative so that they hold below any DESTDIR and prefix.
function(_install_links)
  cmake_path(ABSOLUTE_PATH ORTHANC_PYTHON_INSTALL_LIBDIR BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX} OUTPUT_VARIABLE libraries)
  cmake_path(ABSOLUTE_PATH ORTHANC_PYTHON_INSTALL_PLUGINDIR BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX} OUTPUT_VARIABLE plugins)
  foreach(name IN LISTS ARGN)
    file(RELATIVE_PATH target ${plugins} ${libraries}/${name})
    set(link ${PROJECT_BINARY_DIR}/links/${name})
    file(REMOVE ${link})
    file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/links)
    file(CREATE_LINK ${target} ${link} SYMBOLIC)
    install(FILES ${link} DESTINATION ${ORTHANC_PYTHON_INSTALL_PLUGINDIR} ${only_in_system})
  endforeach()
endfunction()
