// SPDX-License-Identifier: GPL-2.0
/*
 * "PROGRAM OPTION OPTION ... -- KERNEL COMMAND LINE"
 *
 * The Multiboot loader puts the name of our own file in front; it cannot be
 * told from an option other than by its place, so it may not contain a space.
 */
#include "loader.h"

struct options opt = {
	.ring = 1,
};

/* Unless said, KEEP_SEGMENTS and the ring follow from flat or paged. */
static bool keep_given, ring_given;

struct text {
	const char *p;
	u32 len;
};

static bool is(struct text t, const char *word)
{
	return t.len == strlen(word) && !memcmp(t.p, word, t.len);
}

/* Where t begins with prefix, cuts it off. */
static bool cut(struct text *t, const char *prefix)
{
	u32 n = strlen(prefix);

	if (t->len < n || memcmp(t->p, prefix, n))
		return false;
	t->p += n;
	t->len -= n;
	return true;
}

static _Noreturn void bad_option(struct text word, const char *why)
{
	/* Longer than any good option; the words of a path are not ours. */
	char shown[80];
	u32 n = word.len < sizeof(shown) - 1 ? word.len : sizeof(shown) - 1;

	memcpy(shown, word.p, n);
	shown[n] = 0;
	refuse(EXIT_OPTION, "%s: '%s'", why, shown);
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* Decimal or 0x hexadecimal, then perhaps K, M or G; stops at its end. */
static bool take_number(struct text *t, u32 *value)
{
	u32 base = cut(t, "0x") ? 16 : 10;
	u32 digits = 0, shift = 0;
	u64 v = 0;

	for (; t->len && digit_of(*t->p) < (int)base; t->p++, t->len--) {
		v = v * base + digit_of(*t->p);
		if (v >> 32)
			return false;
		digits++;
	}
	if (!digits)
		return false;
	if (cut(t, "K"))
		shift = 10;
	else if (cut(t, "M"))
		shift = 20;
	else if (cut(t, "G"))
		shift = 30;
	v <<= shift;
	*value = v;
	return !(v >> 32);
}

static u32 number(struct text word, struct text value)
{
	u32 v;

	if (!take_number(&value, &v) || value.len)
		bad_option(word, "not a number below 4 GiB");
	return v;
}

static bool yes_or_no(struct text word, struct text value)
{
	if (!is(value, "0") && !is(value, "1"))
		bad_option(word, "neither 0 nor 1");
	return is(value, "1");
}

static void read_paged(struct text word, struct text list)
{
	struct text item;

	while (list.len) {
		item = list;
		item.len = 0;
		while (item.len < list.len && item.p[item.len] != ',')
			item.len++;
		if (is(item, "pae"))
			opt.pae = true;
		else if (is(item, "all"))
			opt.map_all = true;
		else if (is(item, "big"))
			opt.big_pages = true;
		else
			bad_option(word, "not a kind of paging");
		list.p += item.len;
		list.len -= item.len;
		cut(&list, ",");
	}
}

static void read_hole(struct text word, struct text value)
{
	struct span *h;

	if (opt.nr_holes == MAX_HOLES)
		bad_option(word, "more holes than the loader can keep");
	h = &opt.hole[opt.nr_holes++];
	if (!take_number(&value, &h->start) || !cut(&value, "-") ||
	    !take_number(&value, &h->end) || value.len || h->start >= h->end)
		bad_option(word, "not START-END");
}

static void read_option(struct text word)
{
	struct text v = word;

	if (is(word, "elf")) {
		opt.bzimage = false;
		opt.at_given = false;
	} else if (is(word, "bzimage")) {
		opt.bzimage = true;
		opt.at_given = false;
	} else if (cut(&v, "bzimage=")) {
		opt.bzimage = true;
		opt.at_given = true;
		opt.at = number(word, v);
	} else if (is(word, "flat")) {
		opt.paged = false;
	} else if (is(word, "paged")) {
		opt.paged = true;
	} else if (cut(&v, "paged=")) {
		opt.paged = true;
		read_paged(word, v);
	} else if (cut(&v, "ring=")) {
		ring_given = true;
		opt.ring = yes_or_no(word, v);
	} else if (cut(&v, "promote=")) {
		opt.promote_given = true;
		opt.promote = number(word, v);
	} else if (cut(&v, "if=")) {
		opt.interrupts = yes_or_no(word, v);
	} else if (cut(&v, "keep=")) {
		keep_given = true;
		opt.keep_segments = yes_or_no(word, v);
	} else if (cut(&v, "subarch=")) {
		opt.subarch = number(word, v);
	} else if (cut(&v, "subdata=")) {
		opt.subarch_data = number(word, v);
	} else if (is(word, "zeropage=full")) {
		opt.sparse = false;
	} else if (is(word, "zeropage=sparse")) {
		opt.sparse = true;
	} else if (cut(&v, "params=")) {
		opt.params_given = true;
		opt.params_at = number(word, v);
	} else if (cut(&v, "mem=clip:")) {
		opt.clip_given = true;
		opt.clip = number(word, v);
	} else if (cut(&v, "hole=")) {
		read_hole(word, v);
	} else if (is(word, "esp=0")) {
		opt.no_stack = true;
	} else if (is(word, "esp=ok")) {
		opt.no_stack = false;
	} else {
		bad_option(word, "unknown option");
	}
}

static struct text next_word(const char **line)
{
	struct text word;

	while (**line == ' ')
		(*line)++;
	word.p = *line;
	while (**line && **line != ' ')
		(*line)++;
	word.len = *line - word.p;
	return word;
}

static void check_together(void)
{
	if (!keep_given)
		opt.keep_segments = opt.paged;
	if (!ring_given)
		opt.ring = opt.paged;
	if (opt.ring && !opt.paged)
		refuse(EXIT_OPTION, "ring=1 needs paged: an image cannot turn paging on from there");
	if (opt.promote_given && !opt.ring)
		refuse(EXIT_OPTION, "promote= needs ring=1: ring 0 has nothing to be promoted to");
	if (opt.params_given && opt.params_at % 16)
		refuse(EXIT_OPTION, "params= needs a multiple of 16");
}

void options_read(const char *line)
{
	struct text word;
	u32 len;

	next_word(&line);
	for (;;) {
		word = next_word(&line);
		if (!word.len || is(word, "--"))
			break;
		read_option(word);
	}
	while (*line == ' ')
		line++;
	len = strlen(line);
	if (len >= CMDLINE_BYTES)
		refuse(EXIT_OPTION, "kernel command line of %u bytes, the loader has room for %u",
		       len, CMDLINE_BYTES - 1);
	memcpy(opt.cmdline, line, len + 1);

	check_together();
}
