/* SPDX-License-Identifier: GPL-2.0 */
/* The decompressor's copy */
#include "../../xen/start.S"
