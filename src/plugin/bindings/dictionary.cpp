// SPDX-License-Identifier: GPL-3.0-or-later
// The dictionary of DICOM tags, whose entries are a C structure.
#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "sdk_services.h"

namespace orthanc_python {

namespace {

nb::object lookup_dictionary(text name) {
  const char* c_name = checked_line("name", name.c_str());
  OrthancPluginDictionaryEntry entry{};
  call(services::LookupDictionary, [&] { return OrthancPluginLookupDictionary(sdk(), &entry, c_name); });
  nb::dict result;
  result["Group"] = entry.group;
  result["Element"] = entry.element;
  result["ValueRepresentation"] = member(entry.vr);
  result["MinMultiplicity"] = entry.minMultiplicity;
  result["MaxMultiplicity"] = entry.maxMultiplicity;
  return result;
}

}  // namespace

void init_dictionary(nb::module_& module) { define<"LookupDictionary"_routine>(module, &lookup_dictionary); }

}  // namespace orthanc_python
