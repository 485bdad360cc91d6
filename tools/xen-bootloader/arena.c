// SPDX-License-Identifier: GPL-2.0
/* Memory that is freed at once, and limited */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bl.h"

struct arena_block {
	struct arena_block *next;
	max_align_t data[];
};

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b;

	/* Bookkeeping counts: many small strings are not for free */
	if (a->full || size > a->limit || a->limit - size < sizeof(*b) ||
	    a->used > a->limit - size - sizeof(*b)) {
		a->full = true;
		return NULL;
	}
	b = calloc(1, sizeof(*b) + size);
	if (!b) {
		a->full = true;
		return NULL;
	}
	a->used += sizeof(*b) + size;
	b->next = a->blocks;
	a->blocks = b;
	return b->data;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *copy = arena_alloc(a, len + 1);

	if (copy)
		memcpy(copy, s, len);
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	text = len < 0 ? NULL : arena_alloc(a, (size_t)len + 1);
	if (!text)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(text, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return text;
}

void arena_free(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *next = a->blocks->next;

		free(a->blocks);
		a->blocks = next;
	}
	a->used = 0;
	a->full = false;
}
