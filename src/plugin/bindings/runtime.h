// SPDX-License-Identifier: GPL-3.0-or-later
// Everything a binding, generated or written by hand, needs.
#pragma once

#include "conversion/nanobind.h"

#include "generated.h"

#include "bindings/enumerations.h"
#include "bindings/runtime/arguments.h"
#include "bindings/runtime/define.h"
#include "bindings/runtime/handles.h"
#include "bindings/runtime/line_text.h"
#include "bindings/runtime/results.h"
#include "bindings/runtime/routines.h"
#include "log_text.h"
#include "sdk/calls.h"
