// SPDX-License-Identifier: GPL-3.0-or-later
// DICOMweb documents of DICOM files (DICOM PS3.18, annex F): Python says what becomes of binary elements.
#include <optional>

#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "threads/python_thread.h"

namespace orthanc_python {

namespace {

using instance_handle = handle<OrthancPluginDicomInstance>;

// The script's choice for binary elements: a DicomWebBinaryMode, the bulk data URI of all, or a function that returns either
// for each. None leaves them out.
struct binary_choice {
  nb::object binary;
  std::optional<nb::python_error> error;  // the first that the function has raised
};

struct node_value {
  OrthancPluginDicomWebBinaryMode mode;
  const char* uri;
};

// Return the conversion of an element; nothing leaves it out. Throw nb::python_error.
std::optional<node_value> value_of(nb::handle chosen) {
  if (chosen.is_none()) {
    return std::nullopt;
  }
  if (PyUnicode_Check(chosen.ptr())) {
    return node_value{OrthancPluginDicomWebBinaryMode_BulkDataUri, text{chosen.ptr()}.c_str()};
  }
  if (PyLong_Check(chosen.ptr()) && !PyBool_Check(chosen.ptr())) {
    return node_value{enumeration<OrthancPluginDicomWebBinaryMode>{chosen.ptr()}.value(), ""};
  }
  raise_error(PyExc_TypeError, "binary elements need a DicomWebBinaryMode, a bulk data URI or None, not %U",
              shown(chosen).ptr());
}

void set_node(nb::handle chosen, OrthancPluginDicomWebNode* node, OrthancPluginDicomWebSetBinaryNode setter) {
  if (const auto value = value_of(chosen); value) {
    setter(node, value->mode, value->uri);
  }
}

// The sequences around an element: ((group, element, index of the item), ...).
nb::object path_of(std::uint32_t depth, const std::uint16_t* groups, const std::uint16_t* elements,
                   const std::uint32_t* indexes) {
  nb::list path;
  for (std::uint32_t i = 0; i < depth; ++i) {
    path.append(nb::make_tuple(groups[i], elements[i], indexes[i]));
  }
  return nb::tuple(path);
}

void on_binary(OrthancPluginDicomWebNode* node, OrthancPluginDicomWebSetBinaryNode setter, std::uint32_t depth,
               const std::uint16_t* groups, const std::uint16_t* elements, const std::uint32_t* indexes, std::uint16_t group,
               std::uint16_t element, OrthancPluginValueRepresentation vr, void* payload) noexcept {
  binary_choice& choice = *static_cast<binary_choice*>(payload);
  run_in_python(interpreter_gate(), [&] {
    if (choice.error) {
      return;
    }
    const bool chosen = guarded([&] {
      const bool asks = PyCallable_Check(choice.binary.ptr()) != 0;
      set_node(asks ? choice.binary(path_of(depth, groups, elements, indexes), group, element, member(vr)) : choice.binary,
               node, setter);
    });
    if (!chosen) {
      choice.error.emplace();  // takes the pending one
    }
  });
}

// Calls a function of the SDK with the callback; an error of the script's function is raised here.
template <class F> nb::object encode(const service& called, nb::object binary, F&& function) {
  if (PyCallable_Check(binary.ptr()) == 0) {
    value_of(binary);  // a wrong one is refused, whether the file has binary elements or not
  }
  binary_choice choice{std::move(binary), std::nullopt};
  char* document = call(called, [&] { return function(&choice); });
  if (choice.error) {
    OrthancPluginFreeString(sdk(), document);
    throw std::move(*choice.error);
  }
  return owned_text(called, document);
}

template <auto Function> nb::object encode_file(const char* name, buffer dicom, nb::object binary) {
  const buffer_view view(dicom);
  const auto size = view.size<std::uint32_t>();
  return encode({name, "1.7.0"}, std::move(binary),
                [&](binary_choice* choice) { return Function(sdk(), view.data(), size, on_binary, choice); });
}

template <auto Function> nb::object encode_instance(const char* name, instance_handle& self, nb::object binary) {
  const handle_use<OrthancPluginDicomInstance> instance(self);
  return encode({name, "1.7.0"}, std::move(binary),
                [&](binary_choice* choice) { return Function(sdk(), instance.get(), on_binary, choice); });
}

}  // namespace

void init_dicom_web(nb::module_& module) {
  const auto json = [](const buffer& dicom, nb::object binary) {
    return encode_file<OrthancPluginEncodeDicomWebJson2>("EncodeDicomWebJson", dicom, std::move(binary));
  };
  const auto xml = [](const buffer& dicom, nb::object binary) {
    return encode_file<OrthancPluginEncodeDicomWebXml2>("EncodeDicomWebXml", dicom, std::move(binary));
  };
  define<"EncodeDicomWebJson"_routine>(module, json);
  define<"EncodeDicomWebJson2"_routine>(module, json);
  define<"EncodeDicomWebXml"_routine>(module, xml);
  define<"EncodeDicomWebXml2"_routine>(module, xml);
  define<"DicomInstance.GetInstanceDicomWebJson"_routine>(module, [](instance_handle& self, nb::object binary) {
    return encode_instance<OrthancPluginGetInstanceDicomWebJson>("DicomInstance.GetInstanceDicomWebJson", self,
                                                                 std::move(binary));
  });
  define<"DicomInstance.GetInstanceDicomWebXml"_routine>(module, [](instance_handle& self, nb::object binary) {
    return encode_instance<OrthancPluginGetInstanceDicomWebXml>("DicomInstance.GetInstanceDicomWebXml", self,
                                                                std::move(binary));
  });
}

}  // namespace orthanc_python
