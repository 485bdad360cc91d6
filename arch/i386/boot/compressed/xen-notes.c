// SPDX-License-Identifier: GPL-2.0
/* The wrapper's copy, for its header page */
#define XEN_NOTES_OF_WRAPPER
#include "../../xen/notes.c"
