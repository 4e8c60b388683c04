// SPDX-License-Identifier: GPL-3.0-or-later
// RegisterReceivedInstanceCallback: Python keeps, modifies or discards each DICOM instance before Orthanc stores it.
#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "callbacks/registry/registrations.h"
#include "life/plugin.h"
#include "sdk_services.h"

namespace orthanc_python {

namespace {

registrations editors("received_instance");

struct decision {
  OrthancPluginReceivedInstanceAction action;
  nb::object content;  // the new DICOM file when the action is Modify
};

bool is_pair(const nb::object& result) noexcept { return PyTuple_Check(result.ptr()) && PyTuple_GET_SIZE(result.ptr()) == 2; }

// Whether there is a new file in the result of an editor, whatever else is wrong with it.
bool has_file(const nb::object& result) noexcept {
  if (!PyTuple_Check(result.ptr()) && !PyList_Check(result.ptr())) {
    return false;
  }
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(result.ptr()); ++i) {
    if (PyObject_CheckBuffer(PySequence_Fast_GET_ITEM(result.ptr(), i)) != 0) {
      return true;
    }
  }
  return false;
}

decision decision_of(const nb::object& result) {
  if (!is_pair(result)) {
    raise_error(PyExc_TypeError, "the callback must return (action, bytes or None), not %U", shown(result).ptr());
  }
  PyObject* action = PyTuple_GET_ITEM(result.ptr(), 0);
  if (!PyLong_Check(action) || PyBool_Check(action)) {  // True would be KEEP_AS_IS
    raise_error(PyExc_TypeError, "the action must be a ReceivedInstanceAction, not %U", shown(action).ptr());
  }
  return {enumeration<OrthancPluginReceivedInstanceAction>{action}.value(), nb::borrow(PyTuple_GET_ITEM(result.ptr(), 1))};
}

// The new DICOM file, as bytes of our own.
nb::object new_content(const nb::object& content) {
  if (content.is_none() || !buffer::accepts(content.ptr())) {
    raise_error(PyExc_TypeError, "the action MODIFY needs the new DICOM file as bytes, not %R; the instance is not stored",
                Py_TYPE(content.ptr()));
  }
  const buffer_view view(buffer{content.ptr()});
  if (view.bytes() == 0) {
    raise_error(PyExc_ValueError, "the action MODIFY needs the new DICOM file, which is empty; the instance is not stored");
  }
  return to_bytes(view.data(), view.bytes());
}

// Orthanc refuses an instance for which Modify is returned without a file. Its sender gets an error, and keeps it.
constexpr auto refused = OrthancPluginReceivedInstanceAction_Modify;

// Return Orthanc's answer. Each editor sees the former's result. One that has meant to modify an instance may be an anonymizer:
// the unmodified one must not be stored. Nor after an error while the plugin stops, because the stop cancels callbacks.
OrthancPluginReceivedInstanceAction decide(const void* data, std::uint64_t size, OrthancPluginInstanceOrigin origin,
                                           OrthancPluginMemoryBuffer64* target) {
  auto action = OrthancPluginReceivedInstanceAction_KeepAsIs;
  nb::object content = to_bytes(data, static_cast<std::size_t>(size));
  const nb::object origin_member = member(origin);
  for (const registered_function& editor : editors.all()) {
    auto asked_action = OrthancPluginReceivedInstanceAction_KeepAsIs;
    bool modifies = false;
    const bool answered = guarded([&] {
      const nb::object result = call_python(measured_call(editor), content.ptr(), origin_member.ptr());
      modifies = has_file(result);
      const decision asked = decision_of(result);
      asked_action = asked.action;
      modifies = modifies || asked_action == OrthancPluginReceivedInstanceAction_Modify;
      if (asked_action == OrthancPluginReceivedInstanceAction_Modify) {
        action = asked_action;
        content = new_content(asked.content);
      }
    });
    if (!answered) {  // what the others decided stands
      report_error("the callback of a received instance", editor);
      if (modifies || is_stopping()) {
        return refused;
      }
    } else if (asked_action == OrthancPluginReceivedInstanceAction_Discard) {
      return asked_action;
    }
  }
  if (action == OrthancPluginReceivedInstanceAction_Modify) {
    hand_over(target, buffer_view(buffer{content.ptr()}));
  }
  return action;
}

OrthancPluginReceivedInstanceAction on_received(OrthancPluginMemoryBuffer64* target, const void* data, std::uint64_t size,
                                                OrthancPluginInstanceOrigin origin) noexcept {
  auto action = refused;  // unless Python runs
  *target = {};
  run_callback([&] {
    if (!guarded([&] { action = decide(data, size, origin, target); })) {
      report_error("the handling of a received instance");
    }
  });
  return action;
}

void register_editor(const callback_argument& callback) {
  editors.add(callback, [] {
    call(services::RegisterReceivedInstanceCallback,
         [] { return OrthancPluginRegisterReceivedInstanceCallback(sdk(), on_received); });
  });
}

}  // namespace

void init_received_instance_callbacks(nb::module_& module) {
  define<"RegisterReceivedInstanceCallback"_routine>(module, &register_editor);
}

}  // namespace orthanc_python
