// SPDX-License-Identifier: GPL-2.0
/* The decompressor's copy; it runs wherever it was loaded. */
#include "../say.c"
