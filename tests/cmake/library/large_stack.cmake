# SPDX-License-Identifier: GPL-3.0-or-later
# The file that switches stacks compiles with the flags of Fedora's and Arch's packages, whose -Wp wins over an -U of the build.
execute_process(
  COMMAND c++ -std=c++20 -O2 -Wp,-D_FORTIFY_SOURCE=2 -U_FORTIFY_SOURCE -fsyntax-only -I ${MODULES}/../src/plugin
    ${MODULES}/../src/plugin/stacks/large_stack_ucontext.cpp
  RESULT_VARIABLE status ERROR_VARIABLE said)
expect("${status}${said}" 0)
