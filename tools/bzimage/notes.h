/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BZIMAGE_NOTES_H
#define BZIMAGE_NOTES_H

#include "bzimage.h"

/*
 * Fill in the notes of an ELF file whose segments are known. A malformed note
 * only sets notes_error; -1 means that there is no memory.
 */
int notes_read(struct bzimage_elf *elf, struct bzimage_error *err);

#endif /* BZIMAGE_NOTES_H */
