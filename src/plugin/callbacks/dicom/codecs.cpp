// SPDX-License-Identifier: GPL-3.0-or-later
// RegisterDecodeImageCallback and RegisterTranscoderCallback: Python decodes and transcodes DICOM images. The first that has an
// answer gives it; without one, Orthanc does it itself.
#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "callbacks/registry/registrations.h"
#include "sdk_services.h"
#include "threads/python_thread.h"

namespace orthanc_python {

namespace {

using image_handle = handle<OrthancPluginImage>;

registrations decoders("decoder");
registrations transcoders("transcoder");

// Asks each for an answer that is not None. An error is logged, and the next one asked.
template <class F> OrthancPluginErrorCode ask(const registrations& registered, const char* what, F&& take_answer) noexcept {
  OrthancPluginErrorCode code = OrthancPluginErrorCode_NotImplemented;
  run_uncollected_callback([&] {  // Orthanc may hold its cache
    for (const registered_function& callback : registered.all()) {
      bool answered = false;
      if (!guarded([&] { answered = take_answer(measured_call(callback)); })) {
        report_error(what, callback);
      } else if (answered) {
        code = OrthancPluginErrorCode_Success;
        break;
      }
    }
  });
  return code;
}

// The image for Orthanc to free. While Python has views of the pixels it keeps them, and Orthanc gets a copy.
OrthancPluginImage* give(image_handle& image) {
  if (OrthancPluginImage* given = image.give_away(); given != nullptr) {
    return given;
  }
  const service& called = services::Image_ConvertPixelFormat;
  const handle_use<OrthancPluginImage> kept(image);
  OrthancPluginImage* copy = call(called, [&] {
    return OrthancPluginConvertPixelFormat(sdk(), kept.get(), OrthancPluginGetImagePixelFormat(sdk(), kept.get()));
  });
  if (copy == nullptr) {
    raise_orthanc_exception(called, OrthancPluginErrorCode_NotEnoughMemory);
  }
  return copy;
}

OrthancPluginErrorCode on_decode(OrthancPluginImage** target, const void* dicom, const std::uint32_t size,
                                 std::uint32_t frame) noexcept {
  return ask(decoders, "the decoder of DICOM images", [&](const measured_call& callback) {
    const nb::object image = call_python(callback, to_bytes(dicom, size).ptr(), nb::int_(frame).ptr());
    if (image.is_none()) {
      return false;
    }
    if (!nb::isinstance<image_handle>(image)) {
      raise_error(PyExc_TypeError, "a decoder must return an Image or None, not %R", Py_TYPE(image.ptr()));
    }
    *target = give(nb::cast<image_handle&>(image));
    return true;
  });
}

OrthancPluginErrorCode on_transcode(OrthancPluginMemoryBuffer* target, const void* dicom, std::uint64_t size,
                                    const char* const* syntaxes, std::uint32_t count, std::uint8_t new_identifier) noexcept {
  return ask(transcoders, "the transcoder of DICOM images", [&](const measured_call& callback) {
    nb::list allowed;
    for (std::uint32_t i = 0; i < count; ++i) {
      allowed.append(to_text(syntaxes[i]));
    }
    const nb::object result = call_python(callback, to_bytes(dicom, static_cast<std::size_t>(size)).ptr(), allowed.ptr(),
                                          new_identifier != 0 ? Py_True : Py_False);
    if (result.is_none()) {
      return false;
    }
    if (!PyObject_CheckBuffer(result.ptr())) {
      raise_error(PyExc_TypeError, "a transcoder must return bytes or None, not %R", Py_TYPE(result.ptr()));
    }
    hand_over(target, buffer_view(buffer{result.ptr()}));
    return true;
  });
}

void register_decoder(const callback_argument& callback) {
  decoders.add(callback, [] {
    call(services::RegisterDecodeImageCallback, [] { return OrthancPluginRegisterDecodeImageCallback(sdk(), on_decode); });
  });
}

void register_transcoder(const callback_argument& callback) {
  transcoders.add(callback, [] {
    call(services::RegisterTranscoderCallback, [] { return OrthancPluginRegisterTranscoderCallback(sdk(), on_transcode); });
  });
}

}  // namespace

void init_codecs(nb::module_& module) {
  define<"RegisterDecodeImageCallback"_routine>(module, &register_decoder);
  define<"RegisterTranscoderCallback"_routine>(module, &register_transcoder);
}

}  // namespace orthanc_python
