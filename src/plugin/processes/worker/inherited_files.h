// SPDX-License-Identifier: GPL-3.0-or-later
// A forked worker has copies of all of Orthanc's open files. While it holds a socket of Orthanc's servers, a port stays taken
// after Orthanc's end, and a client waits in vain for the end of its connection.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace orthanc_python {

// The files that Orthanc opens itself.
struct orthancs_files {
  std::vector<std::uint16_t> ports;    // of its servers
  std::vector<std::string> databases;  // files of SQLite, where they may be
};

void remember_inherited_files(orthancs_files files);

// Close them, in a worker. It keeps what Python has opened.
void close_inherited_files() noexcept;

}  // namespace orthanc_python
