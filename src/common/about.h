// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace orthanc_python {

// The name of this library and the facts of its build. In a file of its own (see cmake/library/describe_itself.cmake): a
// compiler that sees the text may take it apart, and it must be found in one piece in the finished library.
extern const char about[];

}  // namespace orthanc_python
