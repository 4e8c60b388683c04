// SPDX-License-Identifier: GPL-3.0-or-later
// The integer types that the SDK's declarations use. Only their kind and width matter to the reader.
#pragma once

typedef signed char int8_t;
typedef unsigned char uint8_t;
typedef short int16_t;
typedef unsigned short uint16_t;
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long long int64_t;
typedef unsigned long long uint64_t;
