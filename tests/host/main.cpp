// SPDX-License-Identifier: GPL-3.0-or-later
// usage: host PLUGIN CONFIGURATION COMMANDS
// Loads a plugin as Orthanc does and runs the commands of a file, a line each; prints what comes of them, a line each:
//   open LIBRARY                  opens a library such as libpython for all others
//   start                         loads and initializes the plugin
//   get|delete URL                has it answer a request; post|put URL BODY likewise
//   parallel THREADS COUNT URL    requests on several threads at once; prints the distinct answers
//   change TYPE LEVEL RESOURCE [COUNT [RATE]]
//                                 sends it a change, by the numbers of the SDK's enumerations; COUNT times, RATE a second
//   stop                          finalizes and unloads it
//   sleep MILLISECONDS
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "services.h"
#include "system.h"

namespace {

using host::print;

struct plugin {
  void* library = nullptr;
  bool started = false;

  void start(const std::filesystem::path& path, const std::string& configuration) {
    library = host::open_library(path, false);
    if (library == nullptr) {
      return;
    }
    const auto name = reinterpret_cast<const char* (*)()>(host::find_function(library, "OrthancPluginGetName"));
    const auto version = reinterpret_cast<const char* (*)()>(host::find_function(library, "OrthancPluginGetVersion"));
    print(std::string("plugin ") + name() + " " + version());
    const auto initialize =
        reinterpret_cast<std::int32_t (*)(OrthancPluginContext*)>(host::find_function(library, "OrthancPluginInitialize"));
    started = initialize(host::open_services(configuration)) == 0;
    print(started ? "started" : "failed");
  }

  void stop() {
    if (library == nullptr) {
      return;
    }
    if (std::exchange(started, false)) {
      reinterpret_cast<void (*)()>(host::find_function(library, "OrthancPluginFinalize"))();
    }
    host::forget_registrations();
    host::close_library(std::exchange(library, nullptr));
    print("stopped");
  }
};

const std::map<std::string, OrthancPluginHttpMethod> methods = {{"get", OrthancPluginHttpMethod_Get},
                                                                {"post", OrthancPluginHttpMethod_Post},
                                                                {"put", OrthancPluginHttpMethod_Put},
                                                                {"delete", OrthancPluginHttpMethod_Delete}};

std::string to_line(const host::http_answer& answer) { return std::to_string(answer.status) + " " + answer.body; }

void request_in_parallel(int threads, int count, const std::string& url) {
  std::vector<std::set<std::string>> answers(threads);
  std::vector<std::function<void()>> functions;
  for (int i = 0; i < threads; ++i) {
    functions.push_back([&answers, i, count, &url] {
      for (int j = 0; j < count; ++j) {
        answers[i].insert(to_line(host::request(OrthancPluginHttpMethod_Get, url, "")));
      }
    });
  }
  host::run_on_small_stacks(functions);
  std::set<std::string> distinct;
  for (const auto& each : answers) {
    distinct.insert(each.begin(), each.end());
  }
  for (const std::string& line : distinct) {
    print(line);
  }
}

// Tells of a change `count` times, evenly at `rate` a second, or at once when that is 0. The number of callbacks called.
int change_repeatedly(OrthancPluginChangeType type, OrthancPluginResourceType level, const std::string& resource, int count,
                      int rate) {
  const auto start = std::chrono::steady_clock::now();
  int called = 0;
  for (int i = 0; i < count; ++i) {
    if (rate > 0) {
      std::this_thread::sleep_until(start + i * std::chrono::nanoseconds(std::chrono::seconds(1)) / rate);
    }
    called += host::change(type, level, resource);
  }
  return called;
}

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

int main(int count, char** values) {
  const std::vector<std::filesystem::path> arguments = host::arguments(count, values);
  if (arguments.size() != 3) {
    print("usage: host PLUGIN CONFIGURATION COMMANDS");
    return 2;
  }
  plugin tested;
  std::istringstream commands(content_of(arguments[2]));
  for (std::string line; std::getline(commands, line);) {
    std::istringstream words(line);
    std::string command;
    words >> command;
    if (command == "start") {
      tested.start(arguments[0], content_of(arguments[1]));
    } else if (command == "open") {
      std::string library;
      words >> library;
      host::open_library(library, true);
    } else if (command == "stop") {
      tested.stop();
    } else if (const auto method = methods.find(command); method != methods.end()) {
      std::string url;
      std::string body;
      words >> url >> std::ws;
      std::getline(words, body);
      host::http_answer answer;
      host::run_on_small_stacks({[&] { answer = host::request(method->second, url, body); }});
      print(to_line(answer));
    } else if (command == "parallel") {
      int threads = 0;
      int each = 0;
      std::string url;
      words >> threads >> each >> url;
      request_in_parallel(threads, each, url);
    } else if (command == "change") {
      int type = 0;
      int level = 0;
      std::string resource;
      int repetitions = 1;  // both keep their value where the line ends
      int rate = 0;
      words >> type >> level >> resource >> repetitions >> rate;
      const int called = change_repeatedly(static_cast<OrthancPluginChangeType>(type),
                                           static_cast<OrthancPluginResourceType>(level), resource, repetitions, rate);
      print("callbacks " + std::to_string(called));
    } else if (command == "sleep") {
      int milliseconds = 0;
      words >> milliseconds;
      std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    } else if (!command.empty()) {
      print("unknown command: " + line);
      return 2;
    }
  }
  print("end");
  return 0;
}
