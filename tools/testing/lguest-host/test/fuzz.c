// SPDX-License-Identifier: GPL-2.0
/*
 * Does at random what a guest can do to its host, from a seed in the command
 * line: it lives or is ended with a message of the launcher's, but the host
 * itself must not fault.
 */
#include "virtio.h"

#define STEPS	400

static u8 area[65536] __attribute__((aligned(4096)));
static u8 kernel_stack[8192] __attribute__((aligned(4096)));
static u32 state;

static u32 next(void)
{
	state = state * 1664525 + 1013904223;
	return state >> 8;
}

/* Mostly something that could be meant */
static u32 value(void)
{
	switch (next() % 8) {
	case 0:
		return next() << 16 ^ next();
	case 1:
		return (u32)area + next() % sizeof(area);
	case 2:
		return (u32)top_table;
	case 3:
		return ((u32)area + next() % sizeof(area)) & ~0xfffu;
	case 4:
		return (u32)kernel_stack + sizeof(kernel_stack);
	case 5:
		return GUEST_DS;
	default:
		return next() % 300;
	}
}

/* Mostly what is allowed: a guest should live long enough to do more than one thing. */
static void hypercall(void)
{
	static const u8 numbers[] = { 0, 4, 5, 6, 7, 8, 9, 14, 15, 16, 18, 19 };
	u32 nr = numbers[next() % sizeof(numbers)];

	if (!(next() % 64)) {
		nr = next() % 21;
		/* These may be for ever. */
		if (nr != HC_HALT && nr != HC_SHUTDOWN)
			hcall(nr, value(), value(), value(), value());
		return;
	}
	switch (nr) {
	case HC_NEW_PGTABLE:
		hcall(nr, (u32)top_table, 0, 0, 0);
		break;
	case HC_LOAD_IDT:
		gate(next() % 256, (next() % 2 ? GATE_INTERRUPT : GATE_TRAP) |
		     GATE_DPL(next() % 4));
		break;
	case HC_SET_STACK:
		hcall(nr, GUEST_DS, (u32)kernel_stack + sizeof(kernel_stack), next() % 3, 0);
		break;
	case HC_SET_PTE:
		hcall(nr, (u32)top_table, value() % SWITCHER_ADDR, value() & 0xffff7f, 0);
		break;
	case HC_SET_PGD:
		hcall(nr, (u32)top_table, next() % 4, 0, 0);
		break;
	case HC_LOAD_TLS:
		hcall(nr, (u32)area, 0, 0, 0);
		break;
	case HC_LOAD_GDT:
		hcall(nr, 14 + next() % 18, value(), value(), 0);
		break;
	default:
		hcall(nr, value(), 0, 0, 0);
	}
}

static void table(void)
{
	pte_t *e = &low_table[0x180 + next() % 0x40];

	*e = (value() & 0xfff000) | next() % 0x80;
	if (next() % 2)
		hcall(HC_SET_PTE, (u32)top_table, 0x180000 + (e - &low_table[0x180]) * 4096, *e, 0);
}

static void device(void)
{
	u32 bar = find_device(1 + next() % 4, NULL) + next() % 64;

	if (!(next() % 256))
		write32(bar, value());
	else if (next() % 2)
		outl(0xcf8, 0x80000000 | (next() % 6) << 11 | next() % 256);
	else
		inl(0xcfc);
}

static void touch(u32 at)
{
	asm volatile("movb (%0), %%al" : : "r"(at) : "eax", "memory");
}

static void hook(struct frame *f)
{
	/* The touched byte's instruction has two. */
	if (f->vector == 14 && f->cs == GUEST_CS)
		f->eip += 2;
}

void guest_main(void)
{
	const char *s = arguments();
	u32 i;

	while (*s)
		state = state * 31 + *s++;
	trap_hook = hook;
	init();
	gate(14, GATE_INTERRUPT);
	gate(32, GATE_INTERRUPT);
	map_low();
	hcall(HC_NEW_PGTABLE, (u32)top_table, 0, 0, 0);
	for (i = 0; i < STEPS; i++) {
		switch (next() % 4) {
		case 0:
			hypercall();
			break;
		case 1:
			table();
			break;
		case 2:
			device();
			break;
		case 3:
			touch(0x180000 + next() % 0x40000);
			break;
		}
	}
	power_off("lived");
}
