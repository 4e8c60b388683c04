// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

typedef decltype(sizeof(0)) size_t;

#define NULL 0
