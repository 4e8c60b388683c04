// SPDX-License-Identifier: GPL-3.0-or-later
// The texts of Orthanc's errors in Python. The text object identifies the function of the plugin that has raised the error:
// a script that raises OrthancException has a text of its own. An attribute of the exception would be seen by scripts.
#pragma once

#include <string>

#include "conversion/nanobind.h"
#include "sdk/calls.h"

namespace orthanc_python {

// The str of an error of this function, the same at each call. Throws nb::python_error.
nb::object text_of_error(const service& called, OrthancPluginErrorCode code);

// The function that has raised this OrthancException, such as "RestApiGet"; "" if none has.
std::string failed_function(nb::handle error);

}  // namespace orthanc_python
