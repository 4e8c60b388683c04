// SPDX-License-Identifier: GPL-3.0-or-later
// Function bodies are skipped, so none of this header's functions is needed.
#pragma once

#include <stddef.h>
