/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BZIMAGE_OUTPUT_H
#define BZIMAGE_OUTPUT_H

#include <stddef.h>

#include "bzimage.h"

/**
 * output_write() - write bytes to a file or to standard output
 * @path:	the file, or NULL for standard output
 * @data:	the bytes
 * @size:	their number
 * @err:	why, on failure
 *
 * A file is written under a temporary name beside @path and renamed when all of
 * it is on disk, so that @path never holds half of it.
 *
 * Return: 0 or -1.
 */
int output_write(const char *path, const void *data, size_t size, struct bzimage_error *err);

#endif /* BZIMAGE_OUTPUT_H */
