// SPDX-License-Identifier: GPL-3.0-or-later
// CreateJob, Job.SubmitJob and RegisterJobsUnserializer: jobs of Orthanc's jobs engine that are written in Python.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "callbacks/registry/registrations.h"
#include "dashboard/script_jobs.h"
#include "embedded/python_sources.h"
#include "life/plugin.h"
#include "life/stop_pauses.h"
#include "sdk/deprecated.h"
#include "sdk_services.h"
#include "threads/background.h"

namespace orthanc_python {

namespace {

using job_handle = handle<OrthancPluginJob>;

// Orthanc calls the next step at once.
constexpr auto pause_of_interrupted_job = std::chrono::milliseconds(100);

registrations unserializers("job_unserializer");

// Owned by Orthanc from the job's creation to finalize_job. Orthanc holds the lock of its jobs when it calls most of the
// functions below, and the script's methods may call Orthanc: so these run within a step only, and their results are kept until
// the next one.
struct python_job {
  registered_function adapter;  // see embedded/callbacks/jobs.py
  bool can_start_again = false;
  std::atomic<bool> starts_again{false};  // at the next step
  std::atomic<bool> interrupted{false};   // by the stop of the plugin

  std::mutex mutex;  // of what follows
  float progress = 0;
  std::string content = "{}";
  std::optional<std::string> serialized;
  // Orthanc reads texts through pointers that nobody frees; those of a few calls stay, because calls may overlap.
  std::array<std::string, 16> texts;
  std::size_t next_text = 0;

  const char* keep(const std::string& text) {
    std::string& kept = texts[next_text++ % texts.size()];
    kept = text;
    return kept.c_str();
  }
};

python_job& job_of(void* pointer) noexcept { return *static_cast<python_job*>(pointer); }

// Runs a method of a job. False when it raised.
template <class F> bool run(const registered_function& adapter, const char* what, F&& function) noexcept {
  const fork_guard forked;
  const bool succeeded = guarded([&] { function(adapter.function); });
  if (!succeeded) {
    report_error(std::string(what) + " of a job", adapter);
  }
  forked.after_callback();
  return succeeded;
}

// The text that a method returns as bytes, nothing for None, or `otherwise` after an error.
std::optional<std::string> text_from(const registered_function& adapter, const char* method,
                                     std::optional<std::string> otherwise) noexcept {
  std::optional<std::string> result;
  const bool succeeded = run(adapter, method, [&](const nb::object& object) {
    const nb::object bytes = object.attr(method)();
    if (!bytes.is_none()) {
      result = content_of(bytes);
    }
  });
  return succeeded ? result : otherwise;
}

std::string last_content(python_job& job) noexcept {
  const std::lock_guard lock(job.mutex);
  return job.content;
}

std::optional<std::string> last_serialized(python_job& job) noexcept {
  const std::lock_guard lock(job.mutex);
  return job.serialized;
}

// Asks the script for what Orthanc may want to know before the next step. Called with the GIL.
void ask(python_job& job, const registered_function& adapter) noexcept {
  float progress = 0;
  run(adapter, "the progress", [&](const nb::object& object) { progress = nb::cast<float>(object.attr("progress")()); });
  // After an error the last good ones stay: what earlier steps have found must not vanish.
  std::string content = text_from(adapter, "content", last_content(job)).value_or("{}");
  std::optional<std::string> serialized = text_from(adapter, "serialized", last_serialized(job));
  const std::lock_guard lock(job.mutex);
  job.progress = progress > 0 ? std::min(progress, 1.0f) : 0.0f;  // also for NaN: Orthanc would convert it to an int
  job.content = std::move(content);
  job.serialized = std::move(serialized);
}

void finalize_job(void* job) noexcept {
  const std::unique_ptr<python_job> ended(&job_of(job));
  drop_in_background(ended->adapter.function.release().ptr());
  drop_in_background(ended->adapter.place.release().ptr());
}

// Returns nothing after an error.
std::optional<OrthancPluginJobStepStatus> step_of(python_job& job, const registered_function& adapter) noexcept {
  std::optional<OrthancPluginJobStepStatus> status;
  if (!job.starts_again.exchange(false) ||
      run(adapter, "the reset", [&](const nb::object& object) { object.attr("reset")(); })) {
    run(adapter, "a step", [&](const nb::object& object) {
      const measured_call measured(adapter);
      status = enumeration<OrthancPluginJobStepStatus>{nb::object(object.attr("step")()).ptr()}.value();
    });
  }
  return status;
}

// Orthanc before 1.12.2 announces on the thread of a job, or on that of its submission, that the job begins or ends. It needs
// the lock that it holds while it announces its stop.
bool would_block() noexcept {
  return OrthancPluginCheckVersionAdvanced(sdk(), 1, 12, 2) == 0 && (has_stop_begun() || is_stop_announced());
}

// Orthanc runs steps beyond the script's exit functions. Those end what a step may use, so its error does not fail the job
// then: the next start shall go on from the last serialization. No further step runs, because the object may be in the middle
// of that one. Without a serialization there is nothing to keep.
bool is_interrupted(python_job& job) noexcept {
  return is_stopping() && stop_time_left().count() > 0 && last_serialized(job).has_value();
}

// The job keeps one of Orthanc's workers. An exit function may wait for this job, or for another that needs the worker, and the
// jobs engine ends after the exit functions only: so not for longer than the stop may take. Where Orthanc would block at a
// failure, it would hold the lock of all jobs meanwhile.
OrthancPluginJobStepStatus status_of_interrupted() noexcept {
  if (stop_time_left().count() <= 0 && !would_block()) {
    log_warning("Python: a job whose step has failed while the plugin stops has failed, because the stop takes too long");
    return OrthancPluginJobStepStatus_Failure;
  }
  std::this_thread::sleep_for(pause_of_interrupted_job);
  return OrthancPluginJobStepStatus_Continue;
}

OrthancPluginJobStepStatus step(void* pointer) noexcept {
  python_job& job = job_of(pointer);
  std::optional<OrthancPluginJobStepStatus> status;
  if (!job.interrupted) {
    run_callback([&] {
      const registered_function adapter = job.adapter;
      status = step_of(job, adapter);
      if (!status && is_interrupted(job)) {
        job.interrupted = true;
        log_warning("Python: the step has failed while the plugin stops, so Orthanc keeps the job as it was before");
      } else {
        ask(job, adapter);
      }
    });
  }
  return job.interrupted ? status_of_interrupted() : status.value_or(OrthancPluginJobStepStatus_Failure);
}

OrthancPluginErrorCode stop(void* pointer, OrthancPluginJobStopReason reason) noexcept {
  bool stopped = false;
  run_callback([&] {
    python_job& job = job_of(pointer);
    const registered_function adapter = job.adapter;
    stopped = run(adapter, "the stop", [&](const nb::object& object) { object.attr("stop")(member(reason)); });
    if (!job.interrupted) {
      ask(job, adapter);
    }
  });
  return stopped ? OrthancPluginErrorCode_Success : OrthancPluginErrorCode_Plugin;
}

OrthancPluginErrorCode reset(void* pointer) noexcept {
  python_job& job = job_of(pointer);
  if (!job.can_start_again) {
    log_error("Python: a job made of a generator cannot start again; pass the generator function");
    return OrthancPluginErrorCode_Plugin;
  }
  job.starts_again = true;
  const std::lock_guard lock(job.mutex);
  job.progress = 0;
  return OrthancPluginErrorCode_Success;
}

float progress(void* job) noexcept {
  const std::lock_guard lock(job_of(job).mutex);
  return job_of(job).progress;
}

const char* content(void* job) noexcept {
  const std::lock_guard lock(job_of(job).mutex);
  return job_of(job).keep(job_of(job).content);
}

const char* serialized(void* job) noexcept {
  const std::lock_guard lock(job_of(job).mutex);
  return job_of(job).serialized ? job_of(job).keep(*job_of(job).serialized) : nullptr;
}

// Not CreateJob2, although it would keep the texts for us: Orthanc 1.12.7 and 1.13.0 never ask its jobs for their
// serialization, so that they would not survive a restart.
OrthancPluginJob* new_job(python_job* job, const char* type) {
  ORTHANC_PYTHON_DEPRECATED_BEGIN
  return OrthancPluginCreateJob(sdk(), job, finalize_job, type, progress, content, serialized, step, stop, reset);
  ORTHANC_PYTHON_DEPRECATED_END
}

// Raise TypeError when `object` is not a job. `place` is where the script has made it.
OrthancPluginJob* create(const nb::handle& object, const char* type, nb::object place) {
  const service& called = services::CreateJob;
  auto job = std::make_unique<python_job>();
  job->adapter = {embedded_module("jobs").attr("adapt")(object), std::move(place), "created"};
  job->adapter.record = record_for("job", object, job->adapter.place);
  job->can_start_again = nb::cast<bool>(job->adapter.function.attr("can_start_again"));
  ask(*job, job->adapter);
  OrthancPluginJob* created = call(called, [&] { return new_job(job.get(), type); });
  if (created == nullptr) {
    raise_orthanc_exception(called, OrthancPluginErrorCode_InternalError);
  }
  static_cast<void>(job.release());  // Orthanc's now
  note_job_type(type);
  return created;
}

nb::object create_job(nb::object object, text type) {
  return owned(services::CreateJob, create(object, checked_line("type", type.c_str()), script_place()));
}

nb::object submit_job(job_handle& self, number<std::int32_t> priority) {
  const service& called = services::Job_SubmitJob;
  const std::int32_t c_priority = priority.value();
  OrthancPluginJob* job = self.give_away();
  bool refused = false;
  char* identifier = call(called, [&]() -> char* {
    refused = would_block();
    if (refused) {
      OrthancPluginFreeJob(sdk(), job);
      return nullptr;
    }
    return OrthancPluginSubmitJob(sdk(), job, c_priority);
  });
  if (refused) {
    throw_runtime_error(
        "Job.SubmitJob cannot be called any more: Orthanc is stopping, and before 1.12.2 it takes no job meanwhile");
  }
  return owned_text(called, identifier);
}

OrthancPluginJob* on_unserialize(const char* type, const char* serialized_job) noexcept {
  OrthancPluginJob* result = nullptr;
  run_callback([&] {
    for (const registered_function& unserializer : unserializers.all()) {
      const bool asked = guarded([&] {
        const nb::object data = embedded_module("jobs").attr("unserialized")(to_text(serialized_job));
        const nb::object job = call_python(measured_call(unserializer), to_text(type).ptr(), data.ptr());
        if (!job.is_none()) {
          result = create(job, type, unserializer.place);
        }
      });
      if (!asked) {
        report_error("the unserializer of a job of type " + one_line(type), unserializer);
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
    call(services::RegisterJobsUnserializer, [] { OrthancPluginRegisterJobsUnserializer(sdk(), on_unserialize); });
  });
}

}  // namespace

void init_jobs(nb::module_& module) {
  define<"CreateJob"_routine>(module, &create_job);
  define<"RegisterJobsUnserializer"_routine>(module, &register_unserializer);
  define<"Job.SubmitJob"_routine>(module, &submit_job);
}

}  // namespace orthanc_python
