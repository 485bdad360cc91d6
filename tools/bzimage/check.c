// SPDX-License-Identifier: GPL-2.0
/* The rules by name, and how findings are collected */

#include <stdio.h>
#include <stdlib.h>

#include "rules.h"
#include "util.h"

#define RULE_ENTRY(name, id, severity, summary) \
	[RULE_##name] = { id, BZIMAGE_##severity, summary },
const struct bzimage_rule bzimage_rules[] = {
	BZIMAGE_RULES(RULE_ENTRY)
};

const size_t bzimage_nr_rules = ARRAY_SIZE(bzimage_rules);

static struct bzimage_finding *new_finding(struct checker *c)
{
	struct bzimage_findings *out = c->out;

	if (out->nr == out->capacity) {
		size_t capacity = out->capacity ? out->capacity * 2 : 16;
		struct bzimage_finding *list = realloc(out->list, capacity * sizeof(*list));

		if (!list) {
			out->no_memory = true;
			return &c->scratch;
		}
		out->list = list;
		out->capacity = capacity;
	}
	return &out->list[out->nr++];
}

void find(struct checker *c, enum rule_id rule, uint64_t offset, const char *field,
	  const char *fmt, ...)
{
	struct bzimage_finding *f = new_finding(c);
	va_list ap;

	c->last = f;
	f->rule = rule;
	f->severity = bzimage_rules[rule].severity;
	f->offset = offset;
	f->expected[0] = '\0';
	snprintf(f->field, sizeof(f->field), "%s", field);
	va_start(ap, fmt);
	vsnprintf(f->what, sizeof(f->what), fmt, ap);
	va_end(ap);
}

void expect(struct checker *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->last->expected, sizeof(c->last->expected), fmt, ap);
	va_end(ap);
}

void strict_with_wrapper(struct checker *c)
{
	if (c->img->elf_offset)
		c->last->severity = BZIMAGE_ERROR;
}

void find_error(struct checker *c, enum rule_id rule, const struct bzimage_error *err)
{
	find(c, rule, err->offset, err->field, "%s", err->what);
}

int bzimage_check(const struct bzimage_analysis *an, bool need_wrapper,
		  struct bzimage_findings *out, struct bzimage_error *err)
{
	struct checker c = { .an = an, .img = an->img, .out = out };

	memset(out, 0, sizeof(*out));
	check_header(&c);
	check_pe(&c);
	check_wrapper(&c, need_wrapper);
	check_payload(&c);
	if (out->no_memory)
		return fail_system(err, "no memory for findings");
	for (size_t i = 0; i < out->nr; i++)
		out->count[out->list[i].severity]++;
	return 0;
}

void bzimage_findings_free(struct bzimage_findings *findings)
{
	free(findings->list);
	memset(findings, 0, sizeof(*findings));
}

const char *bzimage_severity_name(enum bzimage_severity severity)
{
	static const char *const names[] = {
		[BZIMAGE_NOTE] = "note",
		[BZIMAGE_WARNING] = "warning",
		[BZIMAGE_ERROR] = "error",
	};

	return names[severity];
}
