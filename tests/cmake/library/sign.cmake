# SPDX-License-Identifier: GPL-3.0-or-later
# A project with one library, whose signing program notes what it was given.
file(WRITE ${WORK}/project/CMakeLists.txt "
cmake_minimum_required(VERSION 3.24)
project(Signed LANGUAGES CXX)
include(${MODULES}/library/sign.cmake)
add_library(plugin MODULE plugin.cpp)
sign(plugin)
")
file(WRITE ${WORK}/project/plugin.cpp "extern \"C\" void plugin() {}\n")
if(CASE STREQUAL "none")
  set(command "")
elseif(CASE STREQUAL "failing")
  write_program(${WORK}/signer "echo there is no such identity; exit 1")
  set(command "${WORK}/signer")
else()
  write_program(${WORK}/signer "echo \"$@\" > ${WORK}/signed.txt")
  set(command "${WORK}/signer;--with;identity")
endif()

execute_process(COMMAND ${CMAKE_COMMAND} -S ${WORK}/project -B ${WORK}/build "-DSIGN_COMMAND=${command}" COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${WORK}/build COMMAND_ERROR_IS_FATAL ANY)

if(CASE STREQUAL "command")
  file(READ ${WORK}/signed.txt arguments)
  expect("${arguments}" "--with identity ${WORK}/build/libplugin.so\n")
endif()
