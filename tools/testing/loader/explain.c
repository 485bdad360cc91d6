// SPDX-License-Identifier: GPL-2.0
/*
 * Says what an image did when it faulted, from the faulting instruction: the
 * part of the contract it broke is worth more than the exception's name.
 */
#include "loader.h"

#define VECTOR_GP	13
#define VECTOR_PF	14
#define ERROR_IDT	0x2
#define PF_WRITE	0x2
#define MAX_PREFIXES	4

static const char SEGMENTS[] = "the image touched segments";
static const char TABLES[] = "the image touched descriptor tables";
static const char IRQ_FLAG[] = "the image touched the interrupt flag";
static const char PRIVILEGED[] = "the image did what only ring 0 may";

struct meaning {
	u8 opcode;
	/* The reg field of the ModRM byte that makes it this, or ANY_REG. */
	u8 reg;
	const char *what;
	const char *name;
};

#define ANY_REG 0xff

static const struct meaning one_byte[] = {
	{ 0x07, ANY_REG, SEGMENTS, "pop %es" },
	{ 0x17, ANY_REG, SEGMENTS, "pop %ss" },
	{ 0x1f, ANY_REG, SEGMENTS, "pop %ds" },
	{ 0x8e, ANY_REG, SEGMENTS, "mov to a segment register" },
	{ 0x9a, ANY_REG, SEGMENTS, "far call" },
	{ 0xc4, ANY_REG, SEGMENTS, "les" },
	{ 0xc5, ANY_REG, SEGMENTS, "lds" },
	{ 0xca, ANY_REG, SEGMENTS, "far return" },
	{ 0xcb, ANY_REG, SEGMENTS, "far return" },
	{ 0xcf, ANY_REG, SEGMENTS, "iret" },
	{ 0xea, ANY_REG, SEGMENTS, "far jump" },
	{ 0xff, 3, SEGMENTS, "indirect far call" },
	{ 0xff, 5, SEGMENTS, "indirect far jump" },
	{ 0xfa, ANY_REG, IRQ_FLAG, "cli" },
	{ 0xfb, ANY_REG, IRQ_FLAG, "sti" },
	{ 0xf4, ANY_REG, PRIVILEGED, "hlt" },
	{ 0xcd, ANY_REG, "the image made a software interrupt", "int" },
	{ 0xcc, ANY_REG, "the image made a software interrupt", "int3" },
};

static const struct meaning two_byte[] = {
	{ 0x00, 2, TABLES, "lldt" },
	{ 0x00, 3, TABLES, "ltr" },
	{ 0x01, 2, TABLES, "lgdt" },
	{ 0x01, 3, TABLES, "lidt" },
	{ 0x01, 6, PRIVILEGED, "lmsw" },
	{ 0x01, 7, PRIVILEGED, "invlpg" },
	{ 0x06, ANY_REG, PRIVILEGED, "clts" },
	{ 0x08, ANY_REG, PRIVILEGED, "invd" },
	{ 0x09, ANY_REG, PRIVILEGED, "wbinvd" },
	{ 0x20, ANY_REG, PRIVILEGED, "mov from a control register" },
	{ 0x21, ANY_REG, PRIVILEGED, "mov from a debug register" },
	{ 0x22, ANY_REG, PRIVILEGED, "mov to a control register" },
	{ 0x23, ANY_REG, PRIVILEGED, "mov to a debug register" },
	{ 0x30, ANY_REG, PRIVILEGED, "wrmsr" },
	{ 0x32, ANY_REG, PRIVILEGED, "rdmsr" },
	{ 0xa1, ANY_REG, SEGMENTS, "pop %fs" },
	{ 0xa9, ANY_REG, SEGMENTS, "pop %gs" },
	{ 0xb2, ANY_REG, SEGMENTS, "lss" },
	{ 0xb4, ANY_REG, SEGMENTS, "lfs" },
	{ 0xb5, ANY_REG, SEGMENTS, "lgs" },
};

static bool is_prefix(u8 c)
{
	return c == 0x66 || c == 0x67 || c == 0x2e || c == 0x36 || c == 0x3e ||
	       c == 0x26 || c == 0x64 || c == 0x65 || c == 0xf0 || c == 0xf2 ||
	       c == 0xf3;
}

static const struct meaning *find(const struct meaning *m, u32 count,
				  const u8 *code)
{
	for (; count; count--, m++)
		if (m->opcode == code[0] &&
		    (m->reg == ANY_REG || m->reg == (code[1] >> 3 & 7)))
			return m;
	return NULL;
}

static const struct meaning *meaning_of(const u8 *code)
{
	u32 n;

	for (n = 0; n < MAX_PREFIXES && is_prefix(*code); n++)
		code++;
	if (*code == 0x0f)
		return find(two_byte, ARRAY_SIZE(two_byte), code + 1);
	return find(one_byte, ARRAY_SIZE(one_byte), code);
}

void explain_fault(u32 vector, u32 error, u32 eip, u32 cr2, const u8 *code)
{
	const struct meaning *m;

	if (vector == VECTOR_PF && cr2 == eip) {
		say("loader: the image jumped to memory it was not given\n");
		return;
	}
	if (vector == VECTOR_PF) {
		say("loader: the image %s memory it was not given\n",
		    error & PF_WRITE ? "wrote" : "read");
		return;
	}
	m = meaning_of(code);
	if (m)
		say("loader: %s: %s\n", m->what, m->name);
	if (vector == VECTOR_GP && error & ERROR_IDT)
		say("loader: no gate for vector 0x%x\n", error >> 3);
	if (vector == VECTOR_GP && !m && !(error & ERROR_IDT))
		say("loader: a null segment was used, or more: code %02x %02x %02x %02x\n",
		    code[0], code[1], code[2], code[3]);
}
