// SPDX-License-Identifier: GPL-2.0
/* What the guest asks for by int $0x1f, and the ring of such requests */
#include "host.h"

#define HC_FLUSH_ASYNC		0
#define HC_LGUEST_INIT		1
#define HC_SHUTDOWN		2
#define HC_NEW_PGTABLE		4
#define HC_FLUSH_TLB		5
#define HC_LOAD_IDT_ENTRY	6
#define HC_SET_STACK		7
#define HC_TS			8
#define HC_SET_CLOCKEVENT	9
#define HC_HALT			10
#define HC_SET_PMD		13
#define HC_SET_PTE		14
#define HC_SET_PGD		15
#define HC_LOAD_TLS		16
#define HC_LOAD_GDT_ENTRY	18
#define HC_SEND_INTERRUPTS	19

#define SHUTDOWN_RESTART	2
#define SHUTDOWN_TEXT		128

#define SLOT_FREE		0xff

static void shutdown(u32 addr, u32 code)
{
	char text[SHUTDOWN_TEXT];

	guest_read(addr, text, sizeof(text));
	text[sizeof(text) - 1] = 0;
	if (code != SHUTDOWN_RESTART)
		die("CRASH: %s", text);
	guest.restart = true;
}

static void set_clockevent(u32 delta)
{
	guest.timer = delta ? now_ns() + delta : 0;
	timer_set(guest.timer);
}

static void set_ts(bool on)
{
	guest.ts = on;
	if (on)
		asm volatile("smsw %%ax; orb $8, %%al; lmsw %%ax" : : : "eax");
}

static bool is_frequent(u32 nr)
{
	return nr == HC_FLUSH_ASYNC || nr == HC_SET_STACK || nr == HC_TS ||
	       nr == HC_SET_CLOCKEVENT || nr == HC_HALT || nr == HC_SET_PTE ||
	       nr == HC_LOAD_TLS || nr == HC_SEND_INTERRUPTS;
}

static void do_hypercall(u32 nr, u32 a, u32 b, u32 c, u32 d)
{
	trace(is_frequent(nr) ? 2 : 1, "hypercall %u %08x %08x %08x %08x at %08x", nr, a, b, c, d,
	      regs->eip);
	switch (nr) {
	case HC_FLUSH_ASYNC:
	case HC_SEND_INTERRUPTS:
		/* That they came is all: ring and interrupts are looked at anyway. */
		break;
	case HC_LGUEST_INIT:
		die("already have lguest_data");
	case HC_SHUTDOWN:
		shutdown(a, b);
		break;
	case HC_NEW_PGTABLE:
		guest_new_pgtable(a);
		break;
	case HC_FLUSH_TLB:
		if (a)
			guest_flush_all();
		else
			guest_flush_user();
		break;
	case HC_LOAD_IDT_ENTRY:
		load_idt_entry(a, b, c);
		break;
	case HC_SET_STACK:
		set_stack(a, b, c);
		break;
	case HC_TS:
		set_ts(a);
		break;
	case HC_SET_CLOCKEVENT:
		set_clockevent(a);
		break;
	case HC_HALT:
		guest.halted = true;
		break;
#ifdef PAE
	case HC_SET_PMD:
		guest_flush_all();
		break;
#endif
	case HC_SET_PTE:
#ifdef PAE
		guest_set_pte(a, b, c | (u64)d << 32);
#else
		guest_set_pte(a, b, c);
#endif
		break;
	case HC_SET_PGD:
		guest_set_pgd(a, b);
		break;
	case HC_LOAD_TLS:
		load_tls(a);
		break;
	case HC_LOAD_GDT_ENTRY:
		load_gdt_entry(a, b, c);
		break;
	default:
		die("Bad hypercall %i", nr);
	}
}

static void init(u32 addr)
{
	volatile struct lguest_data *data;

	if (addr % 4 || !guest_address_ok(addr, sizeof(*data)))
		die("bad guest page %#x", addr);
	data = (void *)(guest.base + addr);
	guest.data = data;
	data->tsc_khz = options.tsc ? measure_tsc_khz() : 0;
	if (data->syscall_vec != SYSCALL_VECTOR)
		die("bad syscall vector");
	guest.noirq_iret = data->noirq_iret;
	guest.kernel_address = data->kernel_address;
	data->reserve_mem = SWITCHER_PAGES * PAGE_SIZE;
	write_time();
	if (guest.kernel_address >= SWITCHER_ADDR)
		die("bad kernel address %#x", guest.kernel_address);
	guest_flush_all();
	trace(1, "init: lguest_data %08x, noirq_iret %08x, kernel_address %08x, tsc_khz %u", addr,
	      guest.noirq_iret, guest.kernel_address, data->tsc_khz);
}

static void run_ring(void)
{
	u32 i, n, call[5];

	for (i = 0; i < RING_SLOTS && !guest.restart; i++) {
		n = guest.next_hcall;
		if (guest.data->hcall_status[n] == SLOT_FREE)
			break;
		guest.next_hcall = (n + 1) % RING_SLOTS;
		memcpy(call, (const void *)guest.data->hcalls[n], sizeof(call));
		do_hypercall(call[0], call[1], call[2], call[3], call[4]);
		guest.data->hcall_status[n] = SLOT_FREE;
	}
}

void hypercall(void)
{
	if (!guest.data) {
		if (regs->eax != HC_LGUEST_INIT)
			die("hypercall %i before INIT", regs->eax);
		init(regs->ebx);
		return;
	}
	run_ring();
	if (!guest.restart)
		do_hypercall(regs->eax, regs->ebx, regs->ecx, regs->edx, regs->esi);
}
