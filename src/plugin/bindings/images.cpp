// SPDX-License-Identifier: GPL-3.0-or-later
// Images: SDK functions that take a pixel buffer without its size. The size is checked here against that of the image.
#include <algorithm>

#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "bindings/runtime/views.h"
#include "sdk_services.h"

namespace orthanc_python {

namespace {

using image_handle = handle<OrthancPluginImage>;
using output_handle = handle<OrthancPluginRestOutput>;
using pixel_format = enumeration<OrthancPluginPixelFormat>;

struct pixel_layout {
  nb::dlpack::dtype item;
  std::size_t items;  // of a pixel, 0 if the format is not known
};

pixel_layout layout_of(OrthancPluginPixelFormat format) {
  switch (format) {
    case OrthancPluginPixelFormat_Grayscale8: return {nb::dtype<std::uint8_t>(), 1};
    case OrthancPluginPixelFormat_Grayscale16: return {nb::dtype<std::uint16_t>(), 1};
    case OrthancPluginPixelFormat_SignedGrayscale16: return {nb::dtype<std::int16_t>(), 1};
    case OrthancPluginPixelFormat_Grayscale32: return {nb::dtype<std::uint32_t>(), 1};
    case OrthancPluginPixelFormat_Grayscale64: return {nb::dtype<std::uint64_t>(), 1};
    case OrthancPluginPixelFormat_Float32: return {nb::dtype<float>(), 1};
    case OrthancPluginPixelFormat_RGB24: return {nb::dtype<std::uint8_t>(), 3};
    case OrthancPluginPixelFormat_RGB48: return {nb::dtype<std::uint16_t>(), 3};
    case OrthancPluginPixelFormat_RGBA32:
    case OrthancPluginPixelFormat_BGRA32: return {nb::dtype<std::uint8_t>(), 4};
    default: return {nb::dtype<std::uint8_t>(), 0};
  }
}

// Orthanc computes the size of an image's memory in 32 bits: a larger image gets too little, and reading it would end the
// process.
void check_size(OrthancPluginPixelFormat format, std::uint64_t width, std::uint64_t height, std::uint64_t pitch = 0) {
  const pixel_layout layout = layout_of(format);
  const std::uint64_t row = std::max(pitch, width * layout.items * (layout.item.bits / 8u));
  if (height != 0 && row > UINT32_MAX / height) {
    raise_error(PyExc_ValueError, "Orthanc cannot hold %llu x %llu pixels of the format %d: an image has less than 4 GB",
                static_cast<unsigned long long>(width), static_cast<unsigned long long>(height), static_cast<int>(format));
  }
}

struct image_shape {
  OrthancPluginPixelFormat format;
  std::uint32_t width, height, pitch;
};

// Part of a call of the SDK. Raises ValueError if Orthanc cannot hold such an image.
image_shape shape_of(const handle_use<OrthancPluginImage>& image) {
  const image_shape shape{OrthancPluginGetImagePixelFormat(sdk(), image.get()), OrthancPluginGetImageWidth(sdk(), image.get()),
                          OrthancPluginGetImageHeight(sdk(), image.get()), OrthancPluginGetImagePitch(sdk(), image.get())};
  check_size(shape.format, shape.width, shape.height, shape.pitch);
  return shape;
}

// The arguments (format, width, height, pitch, buffer) of several functions. Raises ValueError if the buffer is too short, or
// the image too large for Orthanc.
struct pixels {
  pixels(const pixel_format& format_argument, const number<std::uint32_t>& width_argument,
         const number<std::uint32_t>& height_argument, const number<std::uint32_t>& pitch_argument,
         const buffer& buffer_argument)
      : format(format_argument.value()),
        width(width_argument.value()),
        height(height_argument.value()),
        pitch(pitch_argument.value()),
        view(buffer_argument) {
    if (view.bytes() < static_cast<std::uint64_t>(height) * pitch) {
      raise_error(PyExc_ValueError, "the buffer has %zu bytes, fewer than its %u rows of %u bytes", view.bytes(), height,
                  pitch);
    }
    check_size(format, width, height, pitch);
  }

  const OrthancPluginPixelFormat format;
  const std::uint32_t width, height, pitch;
  const buffer_view view;
};

nb::object create_image(pixel_format format_argument, number<std::uint32_t> width_argument,
                        number<std::uint32_t> height_argument) {
  const OrthancPluginPixelFormat format = format_argument.value();
  const std::uint32_t width = width_argument.value(), height = height_argument.value();
  check_size(format, width, height);
  const service& called = services::CreateImage;
  return owned(called, call(called, [&] { return OrthancPluginCreateImage(sdk(), format, width, height); }));
}

nb::object convert_pixel_format(image_handle& self, pixel_format format_argument) {
  const handle_use<OrthancPluginImage> image(self);
  const OrthancPluginPixelFormat format = format_argument.value();
  const service& called = services::Image_ConvertPixelFormat;
  call_quick(called, [&] {
    const image_shape shape = shape_of(image);
    check_size(format, shape.width, shape.height);
  });
  return owned(called, call(called, [&] { return OrthancPluginConvertPixelFormat(sdk(), image.get(), format); }));
}

nb::object create_image_from_buffer(pixel_format format, number<std::uint32_t> width, number<std::uint32_t> height,
                                    number<std::uint32_t> pitch, buffer data) {
  const pixels source(format, width, height, pitch, data);
  const service& called = services::CreateImageFromBuffer;
  return owned(called, call(called, [&] {
                 // Orthanc checks the pitch of the accessor; the conversion to the same format copies its rows.
                 OrthancPluginImage* accessor = OrthancPluginCreateImageAccessor(
                     sdk(), source.format, source.width, source.height, source.pitch, const_cast<void*>(source.view.data()));
                 OrthancPluginImage* image = nullptr;
                 if (accessor != nullptr) {
                   image = OrthancPluginConvertPixelFormat(sdk(), accessor, source.format);
                   const OrthancPluginErrorCode code = service_error();
                   OrthancPluginFreeImage(sdk(), accessor);
                   sdk_of_this_thread().service_error = code;  // not that of the clean-up
                 }
                 return image;
               }));
}

nb::object image_buffer(image_handle& self) {
  const handle_use<OrthancPluginImage> image(self);
  return call_quick(services::Image_GetImageBuffer, [&] {
    const image_shape shape = shape_of(image);
    return to_bytes(OrthancPluginGetImageBuffer(sdk(), image.get()), std::size_t{shape.height} * shape.pitch);
  });
}

nb::object image_buffer_view(image_handle& self) {
  const handle_use<OrthancPluginImage> image(self);
  return call_quick(services::Image_GetImageBufferView, [&] {
    const image_shape shape = shape_of(image);
    const pixel_layout layout = layout_of(shape.format);
    if (layout.items == 0) {
      raise_error(PyExc_ValueError, "the layout of pixels of the format %d is not known", static_cast<int>(shape.format));
    }
    const std::uint32_t item = layout.item.bits / 8u;
    if (shape.pitch % item != 0) {
      raise_error(PyExc_ValueError, "rows of %u bytes have no whole number of items of %u bytes: use GetImageBuffer()",
                  shape.pitch, item);
    }
    const std::size_t array_shape[] = {shape.height, shape.width, layout.items};
    const std::int64_t strides[] = {shape.pitch / item, static_cast<std::int64_t>(layout.items), 1};
    return nb::cast(nb::ndarray<nb::memview>(OrthancPluginGetImageBuffer(sdk(), image.get()), layout.items == 1 ? 2 : 3,
                                             array_shape, pin(self), strides, layout.item));
  });
}

nb::object compress_png(pixel_format format, number<std::uint32_t> width, number<std::uint32_t> height,
                        number<std::uint32_t> pitch, buffer data) {
  const pixels source(format, width, height, pitch, data);
  memory_buffer<OrthancPluginMemoryBuffer> target;
  call(services::CompressPngImage, [&] {
    return OrthancPluginCompressPngImage(sdk(), target.out(), source.format, source.width, source.height, source.pitch,
                                         source.view.data());
  });
  target.own();
  return target.bytes();
}

nb::object compress_jpeg(pixel_format format, number<std::uint32_t> width, number<std::uint32_t> height,
                         number<std::uint32_t> pitch, buffer data, number<std::uint8_t> quality) {
  const pixels source(format, width, height, pitch, data);
  const std::uint8_t c_quality = quality.value();
  memory_buffer<OrthancPluginMemoryBuffer> target;
  call(services::CompressJpegImage, [&] {
    return OrthancPluginCompressJpegImage(sdk(), target.out(), source.format, source.width, source.height, source.pitch,
                                          source.view.data(), c_quality);
  });
  target.own();
  return target.bytes();
}

void answer_png(output_handle& self, pixel_format format, number<std::uint32_t> width, number<std::uint32_t> height,
                number<std::uint32_t> pitch, buffer data) {
  const pixels source(format, width, height, pitch, data);
  const handle_use<OrthancPluginRestOutput> output(self);
  self.note_answer();
  call(services::RestOutput_CompressAndAnswerPngImage, [&] {
    OrthancPluginCompressAndAnswerPngImage(sdk(), output.get(), source.format, source.width, source.height, source.pitch,
                                           source.view.data());
  });
}

void answer_jpeg(output_handle& self, pixel_format format, number<std::uint32_t> width, number<std::uint32_t> height,
                 number<std::uint32_t> pitch, buffer data, number<std::uint8_t> quality) {
  const pixels source(format, width, height, pitch, data);
  const std::uint8_t c_quality = quality.value();
  const handle_use<OrthancPluginRestOutput> output(self);
  self.note_answer();
  call(services::RestOutput_CompressAndAnswerJpegImage, [&] {
    OrthancPluginCompressAndAnswerJpegImage(sdk(), output.get(), source.format, source.width, source.height, source.pitch,
                                            source.view.data(), c_quality);
  });
}

}  // namespace

void init_images(nb::module_& module) {
  define<"CreateImageFromBuffer"_routine>(module, &create_image_from_buffer);
  define<"CreateImage"_routine>(module, &create_image);
  define<"Image.ConvertPixelFormat"_routine>(module, &convert_pixel_format);
  define<"CompressPngImage"_routine>(module, &compress_png);
  define<"CompressJpegImage"_routine>(module, &compress_jpeg);
  define<"Image.GetImageBuffer"_routine>(module, &image_buffer);
  define<"Image.GetImageBufferView"_routine>(module, &image_buffer_view);
  define<"RestOutput.CompressAndAnswerPngImage"_routine>(module, &answer_png);
  define<"RestOutput.CompressAndAnswerJpegImage"_routine>(module, &answer_jpeg);
}

}  // namespace orthanc_python
