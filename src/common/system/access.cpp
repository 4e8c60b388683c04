// SPDX-License-Identifier: GPL-3.0-or-later
#include "system/access.h"

#include <stdexcept>

#include "system/paths.h"

namespace orthanc_python {

void require_access(const std::string& what, const std::filesystem::path& path, right wanted) {
  if (const std::string obstacle = access_obstacle(path, wanted); !obstacle.empty()) {
    throw std::runtime_error(what + " " + text_of(path) + " cannot be used: " + obstacle);
  }
}

}  // namespace orthanc_python
