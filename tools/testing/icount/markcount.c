// SPDX-License-Identifier: GPL-2.0
/*
 * QEMU TCG plugin: counts the guest's instructions between two markers, which
 * a program in it executes without any privilege.
 *
 *   -plugin libmarkcount.so,out=FILE[,range=NAME@LOW-HIGH]...
 *
 *   out=FILE             where to write, one JSON object a line
 *   range=NAME@LOW-HIGH  count instructions at these virtual addresses (hex,
 *                        both included) as NAME. The first range that fits is
 *                        taken; what is in none goes by the name "other"
 *
 * A marker is "nopl 0x4d43KKII(%eax,%eax,1)" (or %rax), II a number, KK 1 for
 * its beginning and 2 for its end. It counts wherever it runs: in any ring, mode,
 * guest or guest of a guest. All instructions in between count, the markers do
 * not; a repeated string instruction counts once an iteration, one that faults
 * and runs again twice.
 *
 * Lines: {"id": II, "insns": COUNT, "user": COUNT, ...}, at each end that has a
 * beginning; {"lost": II} at one that has none. One virtual CPU.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu-plugin-api.h"

#define MAX_RANGES	16
#define MAX_NAME	32
#define MARK_SIZE	8
#define KIND_BEGIN	1
#define KIND_END	2

struct range {
	char name[MAX_NAME];
	uint64_t low, high;
	/* Ranges of the same name add up in the first one. */
	uint64_t *count;
	uint64_t own;
};

static struct range ranges[MAX_RANGES + 1];
static size_t nr_ranges;
static FILE *out;

static struct {
	bool open;
	uint64_t at[MAX_RANGES + 1];
} marks[256];

PLUGIN_EXPORT int qemu_plugin_version = PLUGIN_API_VERSION;

static void begin(unsigned int vcpu, void *data)
{
	unsigned int id = (uintptr_t)data;
	size_t i;

	(void)vcpu;
	marks[id].open = true;
	for (i = 0; i <= nr_ranges; i++)
		marks[id].at[i] = ranges[i].own;
}

static void end(unsigned int vcpu, void *data)
{
	unsigned int id = (uintptr_t)data;
	uint64_t total = 0;
	size_t i;

	(void)vcpu;
	if (!marks[id].open) {
		fprintf(out, "{\"lost\": %u}\n", id);
		fflush(out);
		return;
	}
	marks[id].open = false;
	for (i = 0; i <= nr_ranges; i++)
		total += ranges[i].own - marks[id].at[i];
	fprintf(out, "{\"id\": %u, \"insns\": %" PRIu64, id, total);
	for (i = 0; i <= nr_ranges; i++)
		if (ranges[i].count == &ranges[i].own)
			fprintf(out, ", \"%s\": %" PRIu64, ranges[i].name,
				ranges[i].own - marks[id].at[i]);
	fprintf(out, "}\n");
	fflush(out);
}

/* The kind of marker that an instruction is, 0 if it is none */
static int marker(const struct qemu_plugin_insn *insn, unsigned int *id)
{
	static const uint8_t opcode[] = { 0x0f, 0x1f, 0x84, 0x00 };
	const uint8_t *code;

	if (qemu_plugin_insn_size(insn) != MARK_SIZE)
		return 0;
	code = qemu_plugin_insn_data(insn);
	if (memcmp(code, opcode, sizeof(opcode)) || code[6] != 0x43 || code[7] != 0x4d)
		return 0;
	*id = code[4];
	return code[5];
}

static uint64_t *counter(uint64_t addr)
{
	size_t i;

	for (i = 0; i < nr_ranges; i++)
		if (addr >= ranges[i].low && addr <= ranges[i].high)
			return ranges[i].count;
	return ranges[nr_ranges].count;
}

static void on_translate(qemu_plugin_id_t plugin, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb), i;
	struct qemu_plugin_insn *insn;
	unsigned int id = 0;

	(void)plugin;
	for (i = 0; i < n; i++) {
		insn = qemu_plugin_tb_get_insn(tb, i);
		switch (marker(insn, &id)) {
		case KIND_BEGIN:
			qemu_plugin_register_vcpu_insn_exec_cb(insn, begin, PLUGIN_CB_NO_REGS,
							       (void *)(uintptr_t)id);
			break;
		case KIND_END:
			qemu_plugin_register_vcpu_insn_exec_cb(insn, end, PLUGIN_CB_NO_REGS,
							       (void *)(uintptr_t)id);
			break;
		default:
			qemu_plugin_register_vcpu_insn_exec_inline(insn, PLUGIN_INLINE_ADD_U64,
					counter(qemu_plugin_insn_vaddr(insn)), 1);
		}
	}
}

static int bad(const char *what, const char *arg)
{
	fprintf(stderr, "markcount: %s: %s\n", what, arg);
	return -1;
}

static int add_range(const char *arg, const char *value)
{
	struct range *r = &ranges[nr_ranges];
	const char *at = strchr(value, '@');
	char *p;
	size_t i;

	if (nr_ranges == MAX_RANGES)
		return bad("too many ranges", arg);
	if (!at || at == value || at - value >= MAX_NAME)
		return bad("not NAME@LOW-HIGH", arg);
	memcpy(r->name, value, at - value);
	r->low = strtoull(at + 1, &p, 16);
	if (p == at + 1 || *p != '-')
		return bad("not NAME@LOW-HIGH", arg);
	r->high = strtoull(p + 1, &p, 16);
	if (*p || r->high < r->low)
		return bad("not NAME@LOW-HIGH", arg);
	r->count = &r->own;
	for (i = 0; i < nr_ranges; i++) {
		if (strcmp(ranges[i].name, r->name))
			continue;
		r->count = ranges[i].count;
		break;
	}
	nr_ranges++;
	return 0;
}

PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info,
				      int argc, char **argv)
{
	int i;

	if (!info->system_emulation || info->system.max_vcpus != 1)
		return bad("needs a machine with one CPU", info->target_name);
	for (i = 0; i < argc; i++) {
		const char *arg = argv[i], *value = strchr(arg, '=');

		if (!value++)
			return bad("not NAME=VALUE", arg);
		if (!strncmp(arg, "out=", 4)) {
			out = fopen(value, "w");
			if (!out)
				return bad("cannot be written", arg);
		} else if (!strncmp(arg, "range=", 6)) {
			if (add_range(arg, value))
				return -1;
		} else {
			return bad("unknown argument", arg);
		}
	}
	if (!out)
		return bad("missing argument", "out=FILE");
	memcpy(ranges[nr_ranges].name, "other", sizeof("other"));
	ranges[nr_ranges].count = &ranges[nr_ranges].own;
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	return 0;
}
