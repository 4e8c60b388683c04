// SPDX-License-Identifier: GPL-3.0-or-later
// Initializes AddressSanitizer in a program that is built without it, before any other library's constructor runs (-z
// initfirst). A preloaded runtime by itself is initialized by the first function that it intercepts. In Orthanc that is called
// by a constructor of libp11-kit's, in the middle of newlocale(), and the initialization's own look at the locale then leaves
// glibc's lock of the locales in a state in which the next one to take it waits for ever.

extern "C" void __asan_init();

namespace {

[[gnu::constructor]] void initialize() { __asan_init(); }

}  // namespace
