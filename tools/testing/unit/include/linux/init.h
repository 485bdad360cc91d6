/* SPDX-License-Identifier: GPL-2.0 */
/* header-fields.h includes it, and needs nothing of it. */
