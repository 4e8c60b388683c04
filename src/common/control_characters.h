// SPDX-License-Identifier: GPL-3.0-or-later
// Characters that end a line, or that a terminal or another reader obeys: those of ASCII but for the tab, those of ISO 6429
// (U+0080 to U+009F), and Unicode's ends of lines (U+2028, U+2029). Bytes that are not UTF-8 count as such: some readers take
// them for ISO 6429.
#pragma once

#include <cstddef>

namespace orthanc_python {

// Return the code of the control character at this place, or -1 for another character. `size` becomes the character's length in
// bytes.
int control_character(const char* place, std::size_t& size);

// Return the place of the first control character, or of the text's end.
const char* find_control(const char* text);

}  // namespace orthanc_python
