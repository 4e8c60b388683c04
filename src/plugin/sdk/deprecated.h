// SPDX-License-Identifier: GPL-3.0-or-later
// Lets a line call what the SDK deprecates: put it between the two macros.
#pragma once

#if defined(__GNUC__) || defined(__clang__)  // clang-cl is not the former
#define ORTHANC_PYTHON_DEPRECATED_BEGIN \
  _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wdeprecated-declarations\"")
#define ORTHANC_PYTHON_DEPRECATED_END _Pragma("GCC diagnostic pop")
#elif defined(_MSC_VER)
#define ORTHANC_PYTHON_DEPRECATED_BEGIN __pragma(warning(push)) __pragma(warning(disable : 4996))
#define ORTHANC_PYTHON_DEPRECATED_END __pragma(warning(pop))
#endif
