/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BZIMAGE_RENDER_H
#define BZIMAGE_RENDER_H

/* What the tool writes: one function for each result and form */

#include <stdio.h>

#include "bzimage.h"

void info_text(FILE *out, const char *name, const struct bzimage_analysis *an);
void check_text(FILE *out, const char *name, const struct bzimage_findings *findings);
void map_text(FILE *out, const char *name, const struct bzimage_map *map);
void map_svg(FILE *out, const char *name, const struct bzimage_map *map);
void rules_text(FILE *out);

/* These return -1 when there is no memory */
int info_json(FILE *out, const char *name, const struct bzimage_analysis *an);
int check_json(FILE *out, const char *name, const struct bzimage_findings *findings);
int map_json(FILE *out, const char *name, const struct bzimage_map *map);
int rules_json(FILE *out);
int extract_json(FILE *out, const char *file, const char *what, const char *output, size_t size);

#endif /* BZIMAGE_RENDER_H */
