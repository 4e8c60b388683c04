// SPDX-License-Identifier: GPL-3.0-or-later
// RegisterWebDavCollection: a WebDAV folder of Orthanc whose content is a Python object.
#include <deque>
#include <string>

#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "callbacks/registry/registrations.h"
#include "embedded/python_sources.h"
#include "sdk_services.h"

namespace orthanc_python {

namespace {

// The payload of a collection: its place among the registered adapters (see embedded/callbacks/web_dav.py).
registrations adapters("web_dav");
std::deque<std::size_t> places;  // whose elements stay where they are

// Calls a method of the adapter with the path, a tuple of names. Another result than success is logged.
template <class F>
OrthancPluginErrorCode run(void* payload, const char* method, std::uint32_t size, const char* const* items,
                           F&& take_answer) noexcept {
  OrthancPluginErrorCode code = OrthancPluginErrorCode_Plugin;
  run_callback([&] {
    const registered_function adapter = adapters.at(*static_cast<std::size_t*>(payload));
    const bool done = guarded([&] {
      nb::list path;
      for (std::uint32_t i = 0; i < size; ++i) {
        path.append(to_text(items[i]));
      }
      const measured_call measured(adapter, method);
      take_answer(adapter.function.attr(method), nb::tuple(path));
    });
    code = done ? OrthancPluginErrorCode_Success : report_error(std::string(method) + " of a WebDAV collection", adapter);
  });
  return code;
}

OrthancPluginErrorCode is_folder(std::uint8_t* exists, std::uint32_t size, const char* const* items, void* payload) noexcept {
  return run(payload, "is_folder", size, items,
             [&](const nb::object& method, const nb::object& path) { *exists = nb::cast<bool>(method(path)) ? 1 : 0; });
}

OrthancPluginErrorCode list_folder(std::uint8_t* exists, OrthancPluginWebDavCollection* collection,
                                   OrthancPluginWebDavAddFile add_file, OrthancPluginWebDavAddFolder add_folder,
                                   std::uint32_t size, const char* const* items, void* payload) noexcept {
  return run(payload, "list_folder", size, items, [&](const nb::object& method, const nb::object& path) {
    const nb::object entries = method(path);
    *exists = entries.is_none() ? 0 : 1;
    if (entries.is_none()) {
      return;
    }
    for (const nb::handle entry : entries) {  // (name, size or None for a folder, MIME type, time)
      const auto [name, time] = std::pair(nb::cast<std::string>(entry[0]), nb::cast<std::string>(entry[3]));
      if (entry[1].is_none()) {
        add_folder(collection, name.c_str(), time.c_str());
      } else {
        add_file(collection, name.c_str(), nb::cast<std::uint64_t>(entry[1]), nb::cast<std::string>(entry[2]).c_str(),
                 time.c_str());
      }
    }
  });
}

OrthancPluginErrorCode read_file(OrthancPluginWebDavCollection* collection, OrthancPluginWebDavRetrieveFile retrieve,
                                 std::uint32_t size, const char* const* items, void* payload) noexcept {
  return run(payload, "read_file", size, items, [&](const nb::object& method, const nb::object& path) {
    const nb::object file = method(path);  // (content, MIME type, time), or None
    if (!file.is_none()) {
      const buffer_view view(buffer{nb::object(file[0]).ptr()});
      const auto [type, time] = std::pair(nb::cast<std::string>(file[1]), nb::cast<std::string>(file[2]));
      retrieve(collection, view.data(), view.bytes(), checked_line("MIME type", type.c_str()), time.c_str());
    }
  });
}

// The methods that change something return whether they could: a collection without them is read-only. The SDK says that 1
// means read-only, but Orthanc 1.10.1 to 1.13.0 take 1 for success and answer 403 to 0.
constexpr std::uint8_t changed = 1;
constexpr std::uint8_t unchanged = 0;

OrthancPluginErrorCode write_file(std::uint8_t* read_only, std::uint32_t size, const char* const* items, const void* data,
                                  std::uint64_t length, void* payload) noexcept {
  return run(payload, "write_file", size, items, [&](const nb::object& method, const nb::object& path) {
    *read_only = nb::cast<bool>(method(path, to_bytes(data, static_cast<std::size_t>(length)))) ? changed : unchanged;
  });
}

OrthancPluginErrorCode create_folder(std::uint8_t* read_only, std::uint32_t size, const char* const* items,
                                     void* payload) noexcept {
  return run(payload, "create_folder", size, items, [&](const nb::object& method, const nb::object& path) {
    *read_only = nb::cast<bool>(method(path)) ? changed : unchanged;
  });
}

OrthancPluginErrorCode delete_item(std::uint8_t* read_only, std::uint32_t size, const char* const* items,
                                   void* payload) noexcept {
  return run(payload, "delete_item", size, items, [&](const nb::object& method, const nb::object& path) {
    *read_only = nb::cast<bool>(method(path)) ? changed : unchanged;
  });
}

std::size_t& keep_place(std::size_t index) {
  static nb::ft_mutex mutex;
  const nb::ft_lock_guard lock(mutex);
  return places.emplace_back(index);
}

void register_collection(text uri, nb::object collection) {
  const char* c_uri = checked_line("uri", uri.c_str());
  std::size_t& place =
      keep_place(adapters.add(nb::object(embedded_module("web_dav").attr("Adapter")(collection)).ptr(), collection.ptr()));
  call(services::RegisterWebDavCollection, [&] {
    return OrthancPluginRegisterWebDavCollection(sdk(), c_uri, is_folder, list_folder, read_file, write_file, create_folder,
                                                 delete_item, &place);
  });
}

}  // namespace

void init_web_dav(nb::module_& module) { define<"RegisterWebDavCollection"_routine>(module, &register_collection); }

}  // namespace orthanc_python
