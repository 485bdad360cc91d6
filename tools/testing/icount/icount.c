// SPDX-License-Identifier: GPL-2.0
/*
 * QEMU TCG plugin: counts executed guest instructions and notes the count
 * where marked ones are about to be executed.
 *
 *   -plugin libicount.so,out=FILE,mark=NAME@ADDR[:BYTES],...
 *
 *   out=FILE               where to write, one JSON object a line
 *   mark=NAME@ADDR[:BYTES] note the count at this virtual address (hex). With
 *                          BYTES (hex) only where the code there begins with
 *                          them, so that other code which has the address at
 *                          another time is not taken for it
 *   first=N                how many hits of each mark are noted (default 1)
 *   stop=NAME              end QEMU at the first hit of that mark
 *   user=BOUND,after=NAME  a mark named "user": the first instruction below
 *                          BOUND (hex) in code translated after mark NAME was
 *                          hit. Code is translated just before it first runs,
 *                          and no process's code was there before.
 *
 * Lines: {"mark": NAME, "addr": "0x...", "hit": N, "insns": COUNT} and, at an
 * orderly end of QEMU, {"end": true, "insns": COUNT}. COUNT is the number of
 * instructions executed before the marked one; a repeated string instruction
 * counts once an iteration. One virtual CPU.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qemu-plugin-api.h"

#define MAX_MARKS	64
#define MAX_PATTERN	32
#define MAX_NAME	48

struct mark {
	char name[MAX_NAME];
	uint64_t addr;
	uint8_t pattern[MAX_PATTERN];
	size_t pattern_len;
	uint64_t hits;
	bool stop;
};

static struct mark marks[MAX_MARKS];
static size_t nr_marks;
static uint64_t first_hits = 1;
static uint64_t count;
static FILE *out;

static struct mark user = { .name = "user" };
static uint64_t user_bound;
static const struct mark *user_after;

PLUGIN_EXPORT int qemu_plugin_version = PLUGIN_API_VERSION;

static void note(struct mark *m, uint64_t addr)
{
	if (m->hits++ >= first_hits)
		return;
	fprintf(out, "{\"mark\": \"%s\", \"addr\": \"0x%" PRIx64 "\", \"hit\": %" PRIu64 ", \"insns\": %" PRIu64 "}\n",
		m->name, addr, m->hits, count);
	fflush(out);
	/*
	 * Not exit(): QEMU's other threads still run, and its own handlers
	 * wait for the very thread that is in here.
	 */
	if (m->stop)
		_exit(0);
}

static void on_mark(unsigned int vcpu, void *data)
{
	struct mark *m = data;

	(void)vcpu;
	note(m, m->addr);
}

static void on_user(unsigned int vcpu, void *data)
{
	(void)vcpu;
	if (!user.hits)
		note(&user, (uint64_t)(uintptr_t)data);
}

/*
 * Does the code from instruction i on begin with the pattern? A translated
 * block may end before the pattern does; what there is of it decides then.
 */
static bool matches(const struct qemu_plugin_tb *tb, size_t i, const struct mark *m)
{
	size_t n = qemu_plugin_tb_n_insns(tb), done = 0, len;
	const struct qemu_plugin_insn *insn;

	for (; i < n && done < m->pattern_len; i++) {
		insn = qemu_plugin_tb_get_insn(tb, i);
		len = qemu_plugin_insn_size(insn);
		if (len > m->pattern_len - done)
			len = m->pattern_len - done;
		if (memcmp(qemu_plugin_insn_data(insn), m->pattern + done, len))
			return false;
		done += len;
	}
	return true;
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb), i, k;
	struct qemu_plugin_insn *insn;
	uint64_t addr;

	(void)id;
	for (i = 0; i < n; i++) {
		insn = qemu_plugin_tb_get_insn(tb, i);
		addr = qemu_plugin_insn_vaddr(insn);

		for (k = 0; k < nr_marks; k++)
			if (marks[k].addr == addr && matches(tb, i, &marks[k]))
				qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark,
						PLUGIN_CB_NO_REGS, &marks[k]);
		if (!i && user_after && user_after->hits && !user.hits &&
		    addr < user_bound)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_user,
					PLUGIN_CB_NO_REGS, (void *)(uintptr_t)addr);
		/* After the callbacks: a mark's count leaves out its own. */
		qemu_plugin_register_vcpu_insn_exec_inline(insn,
				PLUGIN_INLINE_ADD_U64, &count, 1);
	}
}

static void on_exit_of_qemu(qemu_plugin_id_t id, void *data)
{
	(void)id;
	(void)data;
	fprintf(out, "{\"end\": true, \"insns\": %" PRIu64 "}\n", count);
	fclose(out);
}

static int bad(const char *what, const char *arg)
{
	fprintf(stderr, "icount: %s: %s\n", what, arg);
	return -1;
}

static struct mark *find_mark(const char *name)
{
	size_t i;

	if (!strcmp(name, user.name))
		return &user;
	for (i = 0; i < nr_marks; i++)
		if (!strcmp(marks[i].name, name))
			return &marks[i];
	return NULL;
}

static bool hex_byte(const char *s, uint8_t *value)
{
	char digits[3] = { s[0], s[0] ? s[1] : 0, 0 };
	char *end;

	*value = strtoul(digits, &end, 16);
	return digits[0] && digits[1] && !*end;
}

static int add_mark(const char *arg, const char *value)
{
	struct mark *m = &marks[nr_marks];
	const char *at = strchr(value, '@');
	char *p;

	if (nr_marks == MAX_MARKS)
		return bad("too many marks", arg);
	if (!at || at == value || at - value >= MAX_NAME)
		return bad("not NAME@ADDR", arg);
	memcpy(m->name, value, at - value);
	m->addr = strtoull(at + 1, &p, 16);
	if (p == at + 1)
		return bad("not NAME@ADDR", arg);
	if (*p == ':')
		for (p++; *p; p += 2)
			if (m->pattern_len == MAX_PATTERN ||
			    !hex_byte(p, &m->pattern[m->pattern_len++]))
				return bad("not a pattern of bytes", arg);
	if (*p)
		return bad("something behind the address", arg);
	nr_marks++;
	return 0;
}

PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info,
				      int argc, char **argv)
{
	const char *stop = NULL, *after = NULL;
	struct mark *m;
	int i;

	if (!info->system_emulation || info->system.max_vcpus != 1)
		return bad("needs a machine with one CPU", info->target_name);

	for (i = 0; i < argc; i++) {
		const char *arg = argv[i], *value = strchr(arg, '=');

		if (!value++)
			return bad("not NAME=VALUE", arg);
		if (!strncmp(arg, "mark=", 5)) {
			if (add_mark(arg, value))
				return -1;
		} else if (!strncmp(arg, "out=", 4)) {
			out = fopen(value, "w");
			if (!out)
				return bad("cannot be written", arg);
		} else if (!strncmp(arg, "first=", 6)) {
			first_hits = strtoull(value, NULL, 10);
		} else if (!strncmp(arg, "stop=", 5)) {
			stop = value;
		} else if (!strncmp(arg, "user=", 5)) {
			user_bound = strtoull(value, NULL, 16);
		} else if (!strncmp(arg, "after=", 6)) {
			after = value;
		} else {
			return bad("unknown argument", arg);
		}
	}
	if (!out)
		return bad("missing argument", "out=FILE");
	if (stop) {
		m = find_mark(stop);
		if (!m)
			return bad("no such mark", stop);
		m->stop = true;
	}
	if (!user_bound != !after)
		return bad("go together", "user=BOUND,after=NAME");
	if (after) {
		user_after = find_mark(after);
		if (!user_after)
			return bad("no such mark", after);
	}

	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
	return 0;
}
