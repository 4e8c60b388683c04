# SPDX-License-Identifier: GPL-3.0-or-later
# A project whose reader writes the header's text as the bindings.
find_program(python NAMES python3 python REQUIRED)
set(header ${WORK}/OrthancCPlugin.h)
file(WRITE ${header} "1.10.1")
file(WRITE ${WORK}/project/src/orthanc_sdk.py "
import pathlib, sys
folder = pathlib.Path(sys.argv[sys.argv.index('--output') + 1])
folder.mkdir(exist_ok=True)
for name in ('enumerations.cpp', 'handles.cpp', 'functions.cpp', 'routines.cpp', 'generated.h', 'sdk_services.h', 'orthanc.pyi',
             'coverage.md', 'coverage.json', 'testing.py', 'stamp'):
    (folder / name).write_text(pathlib.Path('${header}').read_text())
")
file(WRITE ${WORK}/project/CMakeLists.txt "
cmake_minimum_required(VERSION 3.24)
project(Bound LANGUAGES NONE)
include(${MODULES}/sdk/generate_bindings.cmake)
generate_bindings(bindings made PYTHON ${python} HEADER ${header} SOURCES \${PROJECT_SOURCE_DIR}/src/orthanc_sdk.py)
")

# bind(): as a user builds a project once more.
function(bind)
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${WORK}/project -B ${WORK}/build COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${CMAKE_COMMAND} --build ${WORK}/build --target bindings COMMAND_ERROR_IS_FATAL ANY)
  file(READ ${WORK}/build/orthanc.pyi bound)
  set(bound "${bound}" PARENT_SCOPE)
endfunction()

bind()
expect("${bound}" 1.10.1)
file(WRITE ${header} "1.12.7")
execute_process(COMMAND touch -d 2020-01-01 ${header} COMMAND_ERROR_IS_FATAL ANY) # as a package has it
bind()
expect("${bound}" 1.12.7)
