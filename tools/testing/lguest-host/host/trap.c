// SPDX-License-Identifier: GPL-2.0
/* Runs the guest, takes its traps, and delivers traps and virtual interrupts to it. */
#include "host.h"

/* On the guest's stack: translated once, written downwards in physical memory */
static void push(u32 *phys, u32 v)
{
	*phys -= 4;
	guest_write(*phys, &v, 4);
}

static bool has_error_code(u32 trap)
{
	return trap == 8 || (trap >= 10 && trap <= 14) || trap == 17;
}

static void push_frame(bool error)
{
	u32 virt, ss, phys, start, eflags = regs->eflags;
	bool user = (regs->ss & 3) != GUEST_PL;

	virt = user ? guest.esp1 : regs->esp;
	ss = user ? guest.ss1 : regs->ss;
	start = guest_pa(virt);
	phys = start;
	if (user) {
		push(&phys, regs->ss);
		push(&phys, regs->esp);
	}
	/* The processor's own is always 1. */
	if (!(guest.data->irq_enabled & EFLAGS_IF))
		eflags &= ~EFLAGS_IF;
	push(&phys, eflags);
	push(&phys, regs->cs);
	push(&phys, regs->eip);
	if (error)
		push(&phys, regs->error);
	regs->ss = ss;
	regs->esp = virt + (phys - start);
}

static bool gate_present(u32 vector)
{
	return guest.idt[vector].b & 0x8000;
}

static void enter_gate(u32 vector)
{
	const struct desc *gate = &guest.idt[vector];

	regs->cs = GUEST_CS;
	regs->eip = (gate->b & 0xffff0000) | (gate->a & 0xffff);
	regs->eflags &= ~(EFLAGS_TF | EFLAGS_VM | EFLAGS_RF | EFLAGS_NT);
	if ((gate->b >> 8 & 0xf) == 0xe)
		guest.data->irq_enabled = 0;
}

bool deliver_trap(u32 trap)
{
	if (trap >= ARRAY_SIZE(guest.idt) || !gate_present(trap))
		return false;
	push_frame(has_error_code(trap));
	enter_gate(trap);
	return true;
}

void set_virq(u32 irq)
{
	guest.irqs_pending |= 1u << irq;
}

void write_time(void)
{
	u32 sec, nsec;

	wall_clock(&sec, &nsec);
	guest.data->time_sec = sec;
	guest.data->time_nsec = nsec;
}

/* The lowest interrupt that the guest does not mask, or NR_VIRQS */
static u32 next_virq(void)
{
	u32 irqs;

	if (!guest.data)
		return NR_VIRQS;
	irqs = guest.irqs_pending & ~guest.data->blocked_interrupts;
	return irqs ? (u32)__builtin_ctz(irqs) : NR_VIRQS;
}

/* At most one interrupt, right before the guest runs. irq_pending is never cleared here. */
static void deliver_virq(void)
{
	u32 irq = next_virq();

	if (irq == NR_VIRQS)
		return;
	if (guest.halted) {
		guest.data->irq_enabled = EFLAGS_IF;
		guest.halted = false;
	} else if (!guest.data->irq_enabled) {
		/* Any bit of it will do, not only the flag's. */
		guest.data->irq_pending = EFLAGS_IF;
		return;
	}
	if (gate_present(IRQ_VECTOR + irq)) {
		guest.irqs_pending &= ~(1u << irq);
		if (regs->eip == guest.noirq_iret)
			/* As if the iret had been done, and its end interrupted */
			guest_read(guest_pa(regs->esp) + 8, &regs->eflags, 4);
		else
			push_frame(false);
		enter_gate(IRQ_VECTOR + irq);
		regs->eflags |= EFLAGS_IF;
	}
	write_time();
}

static void page_fault(void)
{
	u32 cr2, mmio;

	asm volatile("movl %%cr2, %0" : "=r"(cr2));
	if (demand_page(cr2, regs->error, &mmio))
		return;
	if (mmio) {
		emulate_mmio(mmio);
		return;
	}
	if (guest.data)
		guest.data->cr2 = cr2;
	if (!deliver_trap(14))
		die("unhandled trap %u at %#x (%#x)", regs->trap, regs->eip, cr2);
	trace(2, "page fault at %08x: cr2 %08x error %x", regs->eip, cr2, regs->error);
}

static void handle_trap(void)
{
	u32 trap = regs->trap;

	switch (trap) {
	case 7:
		if (!guest.ts) {
			asm volatile("clts");
			return;
		}
		break;
	case 13:
		if (!regs->error) {
			emulate_insn();
			return;
		}
		break;
	case 14:
		page_fault();
		return;
	case HYPERCALL_VECTOR:
		hypercall();
		return;
	case IRQ_VECTOR ... 255:
		if (trap == SYSCALL_VECTOR)
			break;
		if (trap < IRQ_VECTOR + 16)
			hw_irq(trap - IRQ_VECTOR);
		return;
	}
	if (!deliver_trap(trap))
		die("unhandled trap %u at %#x (%#x)", trap, regs->eip, regs->error);
}

static void start_guest(void)
{
	u8 *base = guest.base;
	u32 mem = guest.mem;

	memset(&guest, 0, sizeof(guest));
	guest.base = base;
	guest.mem = mem;
	guest.pfn_limit = mem >> PAGE_SHIFT;
	timer_set(0);
	pci_reset();
	shadow_reset();
	segments_reset();
	memset(regs, 0, sizeof(*regs));
	regs->cs = GUEST_CS;
	regs->ds = GUEST_DS;
	regs->es = GUEST_DS;
	regs->ss = GUEST_DS;
	regs->eflags = 0x202;
	regs->eip = load_guest();
	asm volatile("clts; fninit");
	/* Loaded, as far as anybody can see, when the guest first uses it */
	asm volatile("smsw %%ax; orb $8, %%al; lmsw %%ax" : : : "eax");
	trace(1, "guest starts at %08x", regs->eip);
}

void run_guest(void)
{
	start_guest();
	for (;;) {
		deliver_virq();
		if (guest.halted) {
			virtio_work();
			if (next_virq() == NR_VIRQS)
				wait_for_irq();
			continue;
		}
		switch_to_guest(shadow_cr3());
		handle_trap();
		if (guest.restart) {
			trace(1, "guest restarts");
			start_guest();
		}
	}
}

void host_fault(u32 *frame, u32 cr2)
{
	die("host: trap %u, error %#x, at %#x, cr2 %#x: a fault of the test host's own",
	    frame[0], frame[1], frame[2], cr2);
}
