// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptor tables. The processor's own are in the switcher's state page; the
 * guest's, which it sets by hypercalls, are copied into those with changes.
 */
#include "host.h"

struct tss {
	u16 link, unused_2;
	u32 esp0, ss0, esp1, ss1, esp2, ss2;
	u8 unused_28[102 - 28];
	u16 iomap;
} __packed;

_Static_assert(sizeof(struct tss) == 104, "size of a TSS");

struct state {
	struct desc gdt[GDT_ENTRIES];
	struct desc idt[256];
	struct tss tss;
};

_Static_assert(sizeof(struct state) <= PAGE_SIZE, "the state page");

#define state ((struct state *)SWITCHER_STATE)

struct table_pointer {
	u16 limit;
	u32 base;
} __packed;

#define DESC_DPL_SHIFT	13
#define DESC_DPL	(3u << DESC_DPL_SHIFT)
#define DESC_ACCESSED	0x100u
#define FLAT_LOW	0x0000ffffu
/* 4 GiB, 32 bit, present, ring 0, accessed */
#define FLAT_CODE	0x00cf9b00u
#define FLAT_DATA	0x00cf9300u

#define GATE_PRESENT	0x8000u
#define GATE_TYPE	0x1f00u
#define GATE_INTERRUPT	0x0e00u
#define GATE_TRAP	0x0f00u

static u32 gate_type(const struct desc *gate)
{
	return gate->b >> 8 & 0xf;
}

/* Vectors whose gate the processor may use without the host */
static bool may_be_direct(u32 vector)
{
	if (vector >= IRQ_VECTOR)
		return vector == SYSCALL_VECTOR;
	return vector != 7 && vector != 13 && vector != 14 && vector != HYPERCALL_VECTOR;
}

static void update_gate(u32 vector)
{
	struct desc *gate = &guest.idt[vector], *real = &state->idt[vector];
	u32 dpl = 0;

	if (may_be_direct(vector)) {
		if (gate_type(gate) == GATE_TRAP >> 8) {
			*real = *gate;
			return;
		}
		dpl = gate->b & DESC_DPL;
	}
	if (vector == HYPERCALL_VECTOR)
		dpl = GUEST_PL << DESC_DPL_SHIFT;
	real->a = HOST_CS << 16 | (trap_entry[vector] & 0xffff);
	real->b = (trap_entry[vector] & 0xffff0000) | GATE_PRESENT | dpl | GATE_INTERRUPT;
}

void load_idt_entry(u32 vector, u32 a, u32 b)
{
	struct desc *gate, given = { a, b };

	/* NMI, double fault, the one between them and hypercalls are the host's. */
	if (vector == 2 || vector == 8 || vector == 15 || vector == HYPERCALL_VECTOR)
		return;
	if (vector >= ARRAY_SIZE(guest.idt))
		die("Setting idt entry %u", vector);
	gate = &guest.idt[vector];
	if (!(b & GATE_PRESENT)) {
		gate->a = 0;
		gate->b = 0;
	} else {
		u32 type = gate_type(&given);

		if (type != GATE_INTERRUPT >> 8 && type != GATE_TRAP >> 8)
			die("bad IDT type %u", type);
		gate->a = GUEST_CS << 16 | (a & 0xffff);
		gate->b = (b & 0xffff0000) | (b & (GATE_PRESENT | DESC_DPL)) | type << 8;
	}
	update_gate(vector);
}

static void update_gdt(u32 slot)
{
	struct desc d = guest.gdt[slot];

	switch (slot) {
	case GDT_HOST_CODE:
	case GDT_HOST_DATA:
	case GDT_TSS:
	case GDT_DOUBLEFAULT:
		return;
	}
	if (!(d.b & DESC_DPL))
		d.b |= GUEST_PL << DESC_DPL_SHIFT;
	/* The table is read-only while the guest runs: the processor must not need to set it. */
	d.b |= DESC_ACCESSED;
	state->gdt[slot] = d;
}

void load_gdt_entry(u32 slot, u32 a, u32 b)
{
	if (slot >= GDT_ENTRIES)
		die("too many gdt entries %u", slot);
	guest.gdt[slot].a = a;
	guest.gdt[slot].b = b;
	update_gdt(slot);
}

void load_tls(u32 addr)
{
	u32 i;

	guest_read(addr, &guest.gdt[GDT_TLS], GDT_TLS_ENTRIES * sizeof(struct desc));
	for (i = 0; i < GDT_TLS_ENTRIES; i++)
		update_gdt(GDT_TLS + i);
}

void set_stack(u32 ss, u32 esp, u32 pages)
{
	if ((ss & 3) != GUEST_PL)
		die("bad stack segment %u", ss);
	if (pages > 2)
		die("bad stack pages %u", pages);
	guest.ss1 = ss;
	guest.esp1 = esp;
	guest.stack_pages = pages;
	state->tss.ss1 = ss;
	state->tss.esp1 = esp;
	pin_stack();
}

/* With paging on: the processor gets its tables. */
void segments_init(void)
{
	struct table_pointer gdt = { sizeof(state->gdt) - 1, (u32)state->gdt };
	struct table_pointer idt = { sizeof(state->idt) - 1, (u32)state->idt };
	u32 tss = (u32)&state->tss;

	state->gdt[GDT_HOST_CODE] = (struct desc){ FLAT_LOW, FLAT_CODE };
	state->gdt[GDT_HOST_DATA] = (struct desc){ FLAT_LOW, FLAT_DATA };
	state->gdt[GDT_TSS].a = (tss & 0xffff) << 16 | (sizeof(state->tss) - 1);
	state->gdt[GDT_TSS].b = (tss & 0xff000000) | 0x8900 | (tss >> 16 & 0xff);
	state->tss.ss0 = HOST_DS;
	state->tss.esp0 = REGS_ADDR + REGS_SIZE;
	/* No I/O bitmap: behind the end */
	state->tss.iomap = sizeof(state->tss);
	asm volatile("lgdt %0" : : "m"(gdt));
	load_segments();
	asm volatile("lidt %0" : : "m"(idt));
	asm volatile("ltr %w0" : : "r"(GDT_TSS * 8));
}

/* A guest starts with flat kernel segments, no gates, no stack. */
void segments_reset(void)
{
	u32 i;

	memset(guest.gdt, 0, sizeof(guest.gdt));
	memset(guest.idt, 0, sizeof(guest.idt));
	guest.gdt[GDT_KERNEL_CODE] = (struct desc){ FLAT_LOW, FLAT_CODE };
	guest.gdt[GDT_KERNEL_DATA] = (struct desc){ FLAT_LOW, FLAT_DATA };
	for (i = 0; i < GDT_ENTRIES; i++)
		update_gdt(i);
	for (i = 0; i < 256; i++)
		update_gate(i);
	state->tss.ss1 = 0;
	state->tss.esp1 = 0;
}
