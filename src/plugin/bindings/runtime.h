// SPDX-License-Identifier: GPL-3.0-or-later
// Everything a binding, generated or written by hand, needs.
#pragma once

#include "nanobind.h"

#include "generated.h"

#include "bindings/arguments.h"
#include "bindings/define.h"
#include "bindings/enumerations.h"
#include "bindings/handles.h"
#include "bindings/line_text.h"
#include "bindings/results.h"
#include "bindings/routines.h"
#include "calls.h"
#include "log_text.h"
