// SPDX-License-Identifier: GPL-3.0-or-later
// The arguments of Orthanc's command line. Of the functions that take an index, this is the one that Orthanc does not check.
#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "sdk_services.h"

namespace orthanc_python {

namespace {

nb::object command_line_argument(number<std::uint32_t> argument) {
  constexpr service called = services::GetCommandLineArgument;
  const std::uint32_t index = argument.value();
  const std::uint32_t count =
      call(services::GetCommandLineArgumentsCount, [] { return OrthancPluginGetCommandLineArgumentsCount(sdk()); });
  if (index >= count) {
    raise_orthanc_exception(called, OrthancPluginErrorCode_ParameterOutOfRange);
  }
  return owned_text(called, call(called, [&] { return OrthancPluginGetCommandLineArgument(sdk(), index); }));
}

}  // namespace

void init_command_line(nb::module_& module) { define<"GetCommandLineArgument"_routine>(module, &command_line_argument); }

}  // namespace orthanc_python
