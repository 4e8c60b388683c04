// SPDX-License-Identifier: GPL-3.0-or-later
// RegisterMoveCallback and its variants: Python carries out C-MOVE requests. Python makes a driver object, by which Orthanc
// drives them. In the simple variant the callback does the whole move at once, and the driver only counts one sub-operation.
#include <memory>

#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "callbacks/http/http_request.h"
#include "callbacks/registry/single_registration.h"
#include "sdk_services.h"
#include "threads/background.h"

namespace orthanc_python {

namespace {

// Places of the functions: create alone, or all of them.
enum { create_move, move_size, apply_move, free_move };

single_registration move_callback("a C-MOVE callback", {"move_create", "move_size", "move_apply", "move_free"});

// Owned by Orthanc between the creation and free_driver. Without an object the move is done already.
struct move_driver {
  PyObject* object = nullptr;
  bool failed = false;  // its size is unknown
};

const char* level_name(OrthancPluginResourceType level) {
  switch (level) {
    case OrthancPluginResourceType_Patient: return "PATIENT";
    case OrthancPluginResourceType_Study: return "STUDY";
    case OrthancPluginResourceType_Series: return "SERIES";
    case OrthancPluginResourceType_Instance: return "INSTANCE";
    default: return "";
  }
}

// The arguments that all variants get of the request.
struct move_request {
  OrthancPluginResourceType level;
  const char *patient_id, *accession_number, *study, *series, *instance, *target;
  std::uint16_t originator_id;

  // The keys are in the order that the established plugin has: `originator` and `source` stand before the target.
  void add_to(keyword_call& call, const char* originator, const char* source) const {
    add_resource(call);
    call.keyword("OriginatorAET", to_text(originator));
    call.keyword("SourceAET", to_text(source));
    add_target(call);
  }

  // For a callback with a connection. The connection has the AETs.
  void add_to(keyword_call& call) const {
    add_resource(call);
    add_target(call);
  }

private:
  void add_resource(keyword_call& call) const {
    const auto add = [&](const char* name, const char* value) { call.keyword(name, to_text(value)); };
    add("Level", level_name(level));
    add("PatientID", patient_id);
    add("AccessionNumber", accession_number);
    add("StudyInstanceUID", study);
    add("SeriesInstanceUID", series);
    add("SOPInstanceUID", instance);
  }

  void add_target(keyword_call& call) const {
    call.keyword("TargetAET", to_text(target));
    call.keyword("OriginatorID", nb::int_(originator_id));
  }
};

// Call the first function with what `add_arguments` adds. Return NULL when it raises: Orthanc then answers with a failure.
template <class F> void* create_driver(bool keep_result, F&& add_arguments) noexcept {
  std::unique_ptr<move_driver> driver;
  run_callback([&] {
    const registered_function create = move_callback.at(create_move);
    const bool created = guarded([&] {
      auto made = std::make_unique<move_driver>();
      keyword_call call;
      add_arguments(call);
      nb::object result = call(measured_call(create));
      if (keep_result) {
        made->object = result.release().ptr();
      } else {
        refuse_generator(result);
      }
      driver = std::move(made);
    });
    if (!created) {
      report_error("the C-MOVE callback", create);
    }
  });
  return driver.release();
}

void* create_with_aets(bool keep_result, const move_request& request, const char* originator, const char* source) noexcept {
  return create_driver(keep_result, [&](keyword_call& call) { request.add_to(call, originator, source); });
}

void* on_simple_move(OrthancPluginResourceType level, const char* patient, const char* accession, const char* study,
                     const char* series, const char* instance, const char* originator, const char* source, const char* target,
                     std::uint16_t id) noexcept {
  return create_with_aets(false, {level, patient, accession, study, series, instance, target, id}, originator, source);
}

void* on_driven_move(OrthancPluginResourceType level, const char* patient, const char* accession, const char* study,
                     const char* series, const char* instance, const char* originator, const char* source, const char* target,
                     std::uint16_t id) noexcept {
  return create_with_aets(true, {level, patient, accession, study, series, instance, target, id}, originator, source);
}

// Not a bool: False would be no sub-operations.
std::uint32_t size_of_result(const nb::object& result) {
  if (PyBool_Check(result.ptr())) {
    raise_error(PyExc_TypeError, "the size of a C-MOVE must be the number of its sub-operations, not %U", shown(result).ptr());
  }
  return number<std::uint32_t>{result.ptr()}.value();
}

std::uint32_t size_of_move(void* argument) noexcept {
  move_driver& driver = *static_cast<move_driver*>(argument);
  std::uint32_t size = 1;
  if (driver.object != nullptr) {
    // No sub-operations at all would be a success. Unless Python gives their number, there is one, and it fails.
    driver.failed = true;
    run_callback([&] {
      const registered_function teller = move_callback.at(move_size);
      const bool told = guarded([&] { size = size_of_result(call_python(measured_call(teller), driver.object)); });
      driver.failed = !told;
      if (!told) {
        report_error("the size of a C-MOVE", teller);
      }
    });
  }
  return size;
}

// A number other than 0 is the code of an error. False says that the sub-operation has failed, and not that its code is 0.
OrthancPluginErrorCode code_of_result(const nb::object& result) {
  refuse_generator(result);
  if (result.ptr() == Py_False) {
    raise_error(PyExc_TypeError, "a sub-operation of a C-MOVE must return None or an ErrorCode, not False");
  }
  if (!PyLong_Check(result.ptr()) || PyBool_Check(result.ptr())) {
    return OrthancPluginErrorCode_Success;
  }
  return static_cast<OrthancPluginErrorCode>(number<std::int32_t>{result.ptr()}.value());
}

OrthancPluginErrorCode apply_driver(void* argument) noexcept {
  const move_driver& driver = *static_cast<move_driver*>(argument);
  if (driver.object == nullptr) {
    return OrthancPluginErrorCode_Success;
  }
  OrthancPluginErrorCode code = OrthancPluginErrorCode_Plugin;
  if (driver.failed) {
    return code;
  }
  run_callback([&] {
    const registered_function apply = move_callback.at(apply_move);
    if (!guarded([&] { code = code_of_result(call_python(measured_call(apply), driver.object)); })) {
      code = report_error("a sub-operation of a C-MOVE", apply);
    }
  });
  return code;
}

void free_driver(void* argument) noexcept {
  const std::unique_ptr<move_driver> driver(static_cast<move_driver*>(argument));
  if (driver == nullptr || driver->object == nullptr) {
    return;
  }
  run_callback([&] {
    const registered_function free = move_callback.at(free_move);
    if (!guarded([&] { run_python(measured_call(free), driver->object); })) {
      report_error("the end of a C-MOVE", free);
    }
  });
  drop_in_background(driver->object);
}

void register_simple(const callback_argument& callback) {
  move_callback.set({callback}, [] {
    call(services::RegisterMoveCallback,
         [] { return OrthancPluginRegisterMoveCallback(sdk(), on_simple_move, size_of_move, apply_driver, free_driver); });
  });
}

void register_driven(const callback_argument& create, const callback_argument& size, const callback_argument& apply,
                     const callback_argument& free) {
  move_callback.set({create, size, apply, free}, [] {
    call(services::RegisterMoveCallback2,
         [] { return OrthancPluginRegisterMoveCallback(sdk(), on_driven_move, size_of_move, apply_driver, free_driver); });
  });
}

#if ORTHANC_SDK_HAS_RegisterMoveCallback3

void* on_connected_move(OrthancPluginResourceType level, const char* patient, const char* accession, const char* study,
                        const char* series, const char* instance, const OrthancPluginDicomConnection* connection,
                        const char* target, std::uint16_t id) noexcept {
  void* driver = nullptr;
  run_callback([&] {
    const bool lends = guarded([&] {
      const loan<OrthancPluginDicomConnection> lent(connection);
      driver = create_driver(true, [&](keyword_call& call) {
        call.positional(nb::borrow(lent.object()));
        move_request{level, patient, accession, study, series, instance, target, id}.add_to(call);
      });
    });
    if (!lends) {
      report_error("the C-MOVE callback", move_callback.at(create_move));
    }
  });
  return driver;
}

void register_connected(const callback_argument& create, const callback_argument& size, const callback_argument& apply,
                        const callback_argument& free) {
  move_callback.set({create, size, apply, free}, [] {
    call(services::RegisterMoveCallback3,
         [] { return OrthancPluginRegisterMoveCallback2(sdk(), on_connected_move, size_of_move, apply_driver, free_driver); });
  });
}

#endif

}  // namespace

void init_move_callbacks(nb::module_& module) {
  define<"RegisterMoveCallback"_routine>(module, &register_simple);
  define<"RegisterMoveCallback2"_routine>(module, &register_driven);
#if ORTHANC_SDK_HAS_RegisterMoveCallback3
  define<"RegisterMoveCallback3"_routine>(module, &register_connected);
#endif
}

}  // namespace orthanc_python
