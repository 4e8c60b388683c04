// SPDX-License-Identifier: GPL-3.0-or-later
// RegisterStorageCommitmentScpCallback: Python answers DICOM storage commitment requests (DICOM PS3.4, annex J).
#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "callbacks/registry/single_registration.h"
#include "sdk_services.h"
#include "threads/background.h"

namespace orthanc_python {

namespace {

enum { scp_function, lookup_function };

single_registration commitment("a storage commitment callback", {"commitment_scp", "commitment_lookup"});

nb::object to_list(const char* const* texts, std::uint32_t count) {
  nb::list result;
  for (std::uint32_t i = 0; i < count; ++i) {
    result.append(to_text(texts[i]));
  }
  return result;
}

// Stands for what Python made of a request whose callback failed. Orthanc sends no report for a request that it has no handler
// of, and the peer would wait for one: each of its instances gets the reason "processing failure" (DICOM PS3.4, J.3.3).
char failed_request;

// Orthanc's handler of a request is the Python object made for it: a reference that release() drops.
OrthancPluginErrorCode keep(void** handler, nb::object data) {
  *handler = data.release().ptr();
  return OrthancPluginErrorCode_Success;
}

template <class F> OrthancPluginErrorCode on_request(void** handler, F&& ask) noexcept {
  OrthancPluginErrorCode code = OrthancPluginErrorCode_Plugin;
  run_callback([&] {
    const registered_function scp = commitment.at(scp_function);
    if (!guarded([&] { code = ask(measured_call(scp)); })) {
      report_error("the storage commitment callback", scp);
      *handler = &failed_request;
      code = OrthancPluginErrorCode_Success;
    }
  });
  return code;
}

OrthancPluginErrorCode on_commitment(void** handler, const char* job, const char* transaction, const char* const* classes,
                                     const char* const* instances, std::uint32_t count, const char* remote,
                                     const char* called) noexcept {
  return on_request(handler, [&](const measured_call& function) {
    return keep(handler, call_python(function, to_text(job).ptr(), to_text(transaction).ptr(), to_list(classes, count).ptr(),
                                     to_list(instances, count).ptr(), to_text(remote).ptr(), to_text(called).ptr()));
  });
}

// Orthanc holds the lock of its jobs.
void release(void* handler) noexcept {
  if (handler != &failed_request) {
    drop_in_background(static_cast<PyObject*>(handler));
  }
}

OrthancPluginErrorCode on_lookup(OrthancPluginStorageCommitmentFailureReason* reason, void* handler, const char* sop_class,
                                 const char* sop_instance) noexcept {
  if (handler == &failed_request) {
    *reason = OrthancPluginStorageCommitmentFailureReason_ProcessingFailure;
    return OrthancPluginErrorCode_Success;
  }
  OrthancPluginErrorCode code = OrthancPluginErrorCode_Plugin;
  run_callback([&] {
    const registered_function lookup = commitment.at(lookup_function);
    const bool answered = guarded([&] {
      const nb::object result = call_python(measured_call(lookup), to_text(sop_class).ptr(), to_text(sop_instance).ptr(),
                                            static_cast<PyObject*>(handler));
      if (!PyLong_Check(result.ptr()) || PyBool_Check(result.ptr())) {  // False would be success
        raise_error(PyExc_TypeError, "the lookup must return a StorageCommitmentFailureReason, not %U", shown(result).ptr());
      }
      *reason = enumeration<OrthancPluginStorageCommitmentFailureReason>{result.ptr()}.value();
      code = OrthancPluginErrorCode_Success;
    });
    if (!answered) {
      report_error("the lookup of a storage commitment", lookup);
      *reason = OrthancPluginStorageCommitmentFailureReason_ProcessingFailure;  // the others are reported all the same
      code = OrthancPluginErrorCode_Success;
    }
  });
  return code;
}

void register_commitment(const callback_argument& scp, const callback_argument& lookup) {
  commitment.set({scp, lookup}, [] {
    call(services::RegisterStorageCommitmentScpCallback,
         [] { return OrthancPluginRegisterStorageCommitmentScpCallback(sdk(), on_commitment, release, on_lookup); });
  });
}

#if ORTHANC_SDK_HAS_RegisterStorageCommitmentScpCallback2

OrthancPluginErrorCode on_connected_commitment(void** handler, const char* job, const char* transaction,
                                               const char* const* classes, const char* const* instances, std::uint32_t count,
                                               const OrthancPluginDicomConnection* connection) noexcept {
  return on_request(handler, [&](const measured_call& function) {
    const loan<OrthancPluginDicomConnection> lent(connection);
    return keep(handler, call_python(function, to_text(job).ptr(), to_text(transaction).ptr(), to_list(classes, count).ptr(),
                                     to_list(instances, count).ptr(), lent.object()));
  });
}

void register_connected_commitment(const callback_argument& scp, const callback_argument& lookup) {
  commitment.set({scp, lookup}, [] {
    call(services::RegisterStorageCommitmentScpCallback2,
         [] { return OrthancPluginRegisterStorageCommitmentScpCallback2(sdk(), on_connected_commitment, release, on_lookup); });
  });
}

#endif

}  // namespace

void init_storage_commitment(nb::module_& module) {
  define<"RegisterStorageCommitmentScpCallback"_routine>(module, &register_commitment);
#if ORTHANC_SDK_HAS_RegisterStorageCommitmentScpCallback2
  define<"RegisterStorageCommitmentScpCallback2"_routine>(module, &register_connected_commitment);
#endif
}

}  // namespace orthanc_python
