// SPDX-License-Identifier: GPL-3.0-or-later
// RegisterStorageArea3 (SDK 1.12.8): Python keeps Orthanc's files, each with data of its own that Orthanc's database keeps.
#include <cstring>
#include <optional>
#include <utility>

#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "callbacks/storage/storage.h"
#include "sdk_services.h"

#if ORTHANC_SDK_HAS_RegisterStorageArea3

namespace orthanc_python {

namespace {

// Not a bool: False would be success, and lose the file.
bool is_error_code(PyObject* object) noexcept { return PyLong_Check(object) && !PyBool_Check(object); }

// Any number: plugins add codes of their own with RegisterErrorCode.
OrthancPluginErrorCode error_code(nb::handle object) {
  return object.is_none() ? OrthancPluginErrorCode_Success
                          : static_cast<OrthancPluginErrorCode>(number<std::int32_t>{object.ptr()}.value());
}

// Splits (code, bytes or None). Throws nb::python_error on another result.
std::pair<OrthancPluginErrorCode, nb::object> code_and_bytes(const nb::object& result) {
  if (!PyTuple_Check(result.ptr()) || PyTuple_GET_SIZE(result.ptr()) != 2 ||
      !is_error_code(PyTuple_GET_ITEM(result.ptr(), 0))) {
    raise_error(PyExc_TypeError, "the storage area must return (ErrorCode, bytes or None), not %U", shown(result).ptr());
  }
  nb::object bytes = nb::borrow(PyTuple_GET_ITEM(result.ptr(), 1));
  if (!bytes.is_none() && !PyObject_CheckBuffer(bytes.ptr())) {
    raise_error(PyExc_TypeError, "the storage area must return (ErrorCode, bytes or None), not %U", shown(result).ptr());
  }
  return {error_code(PyTuple_GET_ITEM(result.ptr(), 0)), std::move(bytes)};
}

OrthancPluginErrorCode on_create(OrthancPluginMemoryBuffer* custom, const char* uuid, const void* content, std::uint64_t size,
                                 OrthancPluginContentType type, OrthancPluginCompressionType compression,
                                 const OrthancPluginDicomInstance* instance) noexcept {
  return run_storage_function(storage_create, "the creation of ", uuid, [&](const measured_call& callback) {
    std::optional<loan<OrthancPluginDicomInstance>> lent;
    if (instance != nullptr) {
      lent.emplace(instance);
    }
    const nb::object bytes = to_bytes(content, static_cast<std::size_t>(size));
    const auto [code, data] =
        code_and_bytes(call_python(callback, to_text(uuid).ptr(), member(type).ptr(), member(compression).ptr(), bytes.ptr(),
                                   lent ? lent->object() : Py_None));
    const buffer_view view(buffer{data.ptr()});
    if (code == OrthancPluginErrorCode_Success && view.bytes() > 0) {
      hand_over(custom, view);
    }
    return code;
  });
}

OrthancPluginErrorCode on_read_range(OrthancPluginMemoryBuffer64* target, const char* uuid, OrthancPluginContentType type,
                                     std::uint64_t start, const void* custom, std::uint32_t custom_size) noexcept {
  return run_storage_function(storage_read, "the reading of ", uuid, [&](const measured_call& callback) {
    const auto [code, data] =
        code_and_bytes(call_python(callback, to_text(uuid).ptr(), member(type).ptr(), nb::int_(start).ptr(),
                                   nb::int_(target->size).ptr(), to_bytes(custom, custom_size).ptr()));
    if (code == OrthancPluginErrorCode_Success) {
      const buffer_view view(buffer{data.ptr()});
      if (view.bytes() != target->size) {
        raise_error(PyExc_ValueError, "the storage area must read exactly %llu bytes, not %zu",
                    static_cast<unsigned long long>(target->size), view.bytes());
      }
      std::memcpy(target->data, view.data(), view.bytes());
    }
    return code;
  });
}

OrthancPluginErrorCode on_remove(const char* uuid, OrthancPluginContentType type, const void* custom,
                                 std::uint32_t custom_size) noexcept {
  return run_storage_function(storage_remove, "the removal of ", uuid, [&](const measured_call& callback) {
    const nb::object result =
        call_python(callback, to_text(uuid).ptr(), member(type).ptr(), to_bytes(custom, custom_size).ptr());
    if (!result.is_none() && !is_error_code(result.ptr())) {
      raise_error(PyExc_TypeError, "the storage area must return an ErrorCode, not %U", shown(result).ptr());
    }
    return error_code(result);
  });
}

void register_custom_storage(const callback_argument& create, const callback_argument& read_range,
                             const callback_argument& remove) {
  storage_registration().set({create, read_range, remove}, [] {
    call(services::RegisterStorageArea3, [] { OrthancPluginRegisterStorageArea3(sdk(), on_create, on_read_range, on_remove); });
  });
}

}  // namespace

void init_custom_storage_area(nb::module_& module) { define<"RegisterStorageArea3"_routine>(module, &register_custom_storage); }

}  // namespace orthanc_python

#endif
