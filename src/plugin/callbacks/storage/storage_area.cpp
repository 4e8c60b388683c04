// SPDX-License-Identifier: GPL-3.0-or-later
// RegisterStorageArea: Python keeps Orthanc's files.
#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "callbacks/storage/storage.h"
#include "sdk_services.h"

namespace orthanc_python {

single_registration& storage_registration() {
  static auto& registration = *new single_registration("a storage area", {"storage_create", "storage_read", "storage_remove"});
  return registration;
}

namespace {

OrthancPluginErrorCode on_create(const char* uuid, const void* content, std::int64_t size,
                                 OrthancPluginContentType type) noexcept {
  return run_storage_function(storage_create, "the creation of ", uuid, [&](const measured_call& callback) {
    run_python(callback, to_text(uuid).ptr(), member(type).ptr(), to_bytes(content, static_cast<std::size_t>(size)).ptr());
    return OrthancPluginErrorCode_Success;
  });
}

OrthancPluginErrorCode on_read(OrthancPluginMemoryBuffer64* target, const char* uuid, OrthancPluginContentType type) noexcept {
  return run_storage_function(storage_read, "the reading of ", uuid, [&](const measured_call& callback) {
    const nb::object content = call_python(callback, to_text(uuid).ptr(), member(type).ptr());
    if (!PyObject_CheckBuffer(content.ptr())) {
      raise_error(PyExc_TypeError, "a storage area must read bytes, not %R", Py_TYPE(content.ptr()));
    }
    hand_over(target, buffer_view(buffer{content.ptr()}));
    return OrthancPluginErrorCode_Success;
  });
}

OrthancPluginErrorCode on_remove(const char* uuid, OrthancPluginContentType type) noexcept {
  return run_storage_function(storage_remove, "the removal of ", uuid, [&](const measured_call& callback) {
    run_python(callback, to_text(uuid).ptr(), member(type).ptr());
    return OrthancPluginErrorCode_Success;
  });
}

void register_storage(const callback_argument& create, const callback_argument& read, const callback_argument& remove) {
  storage_registration().set({create, read, remove}, [] {
    call(services::RegisterStorageArea,
         // Without a function for ranges, because the script has none. Orthanc then keeps the tags of each instance in a small
         // file of their own.
         [] { OrthancPluginRegisterStorageArea2(sdk(), on_create, on_read, nullptr, on_remove); });
  });
}

}  // namespace

void init_storage_area(nb::module_& module) {
  define<"RegisterStorageArea"_routine>(module, &register_storage);
#if ORTHANC_SDK_HAS_RegisterStorageArea3
  init_custom_storage_area(module);
#endif
}

}  // namespace orthanc_python
