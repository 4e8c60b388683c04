// SPDX-License-Identifier: GPL-3.0-or-later
// Texts that become part of an HTTP header or of a line of Orthanc's log. Orthanc writes them as they are: a line break would
// begin a header or a line of the client's choice.
#pragma once

#include <string_view>

#include "bindings/runtime/arguments.h"
#include "processes/worker/worker_process.h"

namespace orthanc_python {

// Raise ValueError, naming the argument, if the text has a control character other than a tab.
void check_line(const char* argument, std::string_view text);

// Return the text itself, NULL included. Raise as check_line does.
const char* checked_line(const char* argument, const char* text);

// Raise it for the keys and the values of a mapping.
void check_lines(const char* argument, const string_map_view& texts);

// Write a text to the standard error: Orthanc's log belongs to threads that a worker process does not have. Return None.
nb::object log_in_worker(const text& message);

}  // namespace orthanc_python
