// SPDX-License-Identifier: GPL-3.0-or-later
// CreateJob, Job.SubmitJob and RegisterJobsUnserializer: jobs of Orthanc's jobs engine that are written in Python.
#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <string>

#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "callbacks/registrations.h"
#include "python_sources.h"

namespace orthanc_python {

namespace {

using job_handle = handle<OrthancPluginJob>;

registrations unserializers;

// Owned by Orthanc from the job's creation to finalize_job.
struct python_job {
  registered_function adapter;  // see python/jobs.py
  // Orthanc reads texts through pointers that nobody frees; those of a few calls stay, because calls may overlap.
  std::array<std::string, 16> texts;
  std::atomic<std::size_t> next_text{0};
};

// Runs a method of a job. False when it raised, or the plugin is stopping.
template <class F> bool run(void* job, const char* what, F&& function) noexcept {
  bool succeeded = false;
  run_callback([&] {
    const registered_function adapter = static_cast<python_job*>(job)->adapter;
    succeeded = guarded([&] { function(adapter.function); });
    if (!succeeded) {
      report_error(std::string(what) + " of a job", adapter);
    }
  });
  return succeeded;
}

// After the interpreter's end the job stays: its references can be dropped by Python only.
void finalize_job(void* job) noexcept {
  run_in_python(interpreter_gate(), [&] { delete static_cast<python_job*>(job); });
}

OrthancPluginJobStepStatus step(void* job) noexcept {
  auto status = OrthancPluginJobStepStatus_Failure;
  run(job, "a step", [&](const nb::object& adapter) {
    status = enumeration<OrthancPluginJobStepStatus>{nb::object(adapter.attr("step")()).ptr()}.value();
  });
  return status;
}

OrthancPluginErrorCode stop(void* job, OrthancPluginJobStopReason reason) noexcept {
  const bool stopped = run(job, "the stop", [&](const nb::object& adapter) { adapter.attr("stop")(member(reason)); });
  return stopped ? OrthancPluginErrorCode_Success : OrthancPluginErrorCode_Plugin;
}

OrthancPluginErrorCode reset(void* job) noexcept {
  const bool done = run(job, "the reset", [&](const nb::object& adapter) { adapter.attr("reset")(); });
  return done ? OrthancPluginErrorCode_Success : OrthancPluginErrorCode_Plugin;
}

float progress(void* job) noexcept {
  float result = 0;
  run(job, "the progress", [&](const nb::object& adapter) { result = nb::cast<float>(adapter.attr("progress")()); });
  return result > 0 ? std::min(result, 1.0f) : 0.0f;  // also for NaN, which Orthanc would convert to an int
}

// The text that a method returns as bytes, or None. The pointer is nullptr for None or after an error.
const char* kept_text(void* job, const char* method, bool& failed) noexcept {
  const char* result = nullptr;
  failed = !run(job, method, [&](const nb::object& adapter) {
    const nb::object bytes = adapter.attr(method)();
    if (!bytes.is_none()) {
      python_job& target = *static_cast<python_job*>(job);
      std::string& kept = target.texts[target.next_text++ % target.texts.size()];
      kept.assign(PyBytes_AS_STRING(bytes.ptr()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.ptr())));
      result = kept.c_str();
    }
  });
  return result;
}

const char* content(void* job) noexcept {
  bool failed = false;
  const char* result = kept_text(job, "content", failed);
  return result == nullptr ? "{}" : result;
}

const char* serialized(void* job) noexcept {
  bool failed = false;
  return kept_text(job, "serialized", failed);
}

// Not CreateJob2, which would free us from keeping the texts: Orthanc 1.12.7 and 1.13.0 never ask its jobs for their serialization,
// so that they would not survive a restart.
OrthancPluginJob* new_job(python_job* job, const char* type) {
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#endif
  return OrthancPluginCreateJob(sdk(), job, finalize_job, type, progress, content, serialized, step, stop, reset);
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
}

// Raises TypeError when `object` is no job. `place` is where the script has made it.
OrthancPluginJob* create(const nb::handle& object, const char* type, nb::object place) {
  const service called{"CreateJob", "1.4.2"};
  auto job = std::make_unique<python_job>();
  job->adapter = {embedded_module("jobs").attr("adapt")(object), std::move(place), "created"};
  OrthancPluginJob* created = call(called, [&] { return new_job(job.get(), type); });
  if (created == nullptr) {
    raise_orthanc_exception(called, OrthancPluginErrorCode_InternalError);
  }
  job.release();  // Orthanc's now
  return created;
}

nb::object create_job(nb::object object, text type) {
  return owned({"CreateJob", "1.4.2"}, create(object, type.c_str(), script_place()));
}

nb::object submit_job(job_handle& self, number<std::int32_t> priority) {
  const service called{"Job.SubmitJob", "1.4.2"};
  const std::int32_t c_priority = priority.value();
  OrthancPluginJob* job = self.give_away();
  char* identifier = call(called, [&] { return OrthancPluginSubmitJob(sdk(), job, c_priority); });
  return owned_text(called, identifier);
}

OrthancPluginJob* on_unserialize(const char* type, const char* serialized_job) noexcept {
  OrthancPluginJob* result = nullptr;
  run_callback([&] {
    for (const registered_function& unserializer : unserializers.all()) {
      const bool asked = guarded([&] {
        const nb::object data = embedded_module("jobs").attr("unserialized")(to_text(serialized_job));
        const nb::object job = call_python(unserializer.function, to_text(type).ptr(), data.ptr());
        if (!job.is_none()) {
          result = create(job, type, unserializer.place);
        }
      });
      if (!asked) {
        report_error(std::string("the unserializer of a job of type ") + type, unserializer);
      }
      if (result != nullptr) {
        break;
      }
    }
  });
  return result;
}

void register_unserializer(const callback_argument& callback) {
  unserializers.add(callback, [] {
    call({"RegisterJobsUnserializer", "1.4.2"}, [] { OrthancPluginRegisterJobsUnserializer(sdk(), on_unserialize); });
  });
}

}  // namespace

void init_jobs(nb::module_& module) {
  module.def("CreateJob", &create_job, nb::arg("job"), nb::arg("type"),
             "A job of Orthanc's jobs engine: a generator (function) that yields its progress, or an object with step(), which returns a "
             "JobStepStatus, or None to go on.");
  module.def("RegisterJobsUnserializer", &register_unserializer, nb::arg("unserializer"),
             "After a restart of Orthanc, unserializer(type, serialized) returns the job to go on with, or None.");
  auto job = nb::borrow<nb::class_<job_handle>>(module.attr("Job"));
  job.def("SubmitJob", &submit_job, nb::arg("priority") = 0, "Gives the job to Orthanc, which runs it; returns its identifier. Only once.");
}

}  // namespace orthanc_python
