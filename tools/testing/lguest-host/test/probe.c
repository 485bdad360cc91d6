// SPDX-License-Identifier: GPL-2.0
/*
 * Says what it finds of the lguest contract from inside, in lines that a real
 * host's output can be compared with: transcript-pae.txt and -nopae.txt hold it.
 */
#include "guest.h"

#define WAIT_LOOPS	30000000u

/* Two pages that are mapped late */
static u8 hole[8192] __attribute__((aligned(4096)));
static u8 kernel_stack[8192] __attribute__((aligned(4096)));
static u8 user_stack[4096] __attribute__((aligned(4096)));

/* The first frame after it is cleared, and irq_enabled in the handler */
static volatile struct frame seen;
static volatile u32 seen_irq_enabled;
static bool tell_host;

static void end_line(void)
{
	say_char('\n');
}

static u32 peek32(u32 addr)
{
	u32 v;

	asm volatile("movl (%1), %0" : "=r"(v) : "r"(addr));
	return v;
}

static u16 peek16(u32 addr)
{
	u16 v;

	asm volatile("movw (%1), %0" : "=r"(v) : "r"(addr));
	return v;
}

static u8 peek8(u32 addr)
{
	u8 v;

	asm volatile("movb (%1), %0" : "=q"(v) : "r"(addr));
	return v;
}

static void syscall_trap(struct frame *f)
{
	say("PROBE int80 from ring3 ");
	say_value("eip", f->eip);
	say_value("cs", f->cs);
	say_value("efl", f->eflags);
	say_value("uesp", f->esp);
	say_value("uss", f->ss);
	say_value("eax", f->eax);
	say_value("ksp_top-frame", (u32)kernel_stack + sizeof(kernel_stack) - (u32)&f->eip);
	say_value("irq_en_in_handler", lg.irq_enabled);
	end_line();
	power_off("probe finished");
}

static void protection_trap(struct frame *f)
{
	/* int has two bytes, sti one. */
	f->eip += f->error ? 2 : 1;
	if ((f->cs & 3) != 3)
		return;
	say("PROBE hypercall from ring3 -> gp ");
	say_value("err", f->error);
	say_value("cs", f->cs);
	end_line();
}

static void page_trap(struct frame *f)
{
	u8 *page = (u8 *)(lg.cr2 & ~0xfffu);

	(void)f;
	*low_pte(page) = (u32)page | 3;
	if (tell_host)
		hcall(HC_SET_PTE, (u32)top_table, (u32)page, *low_pte(page), 0);
}

static void hook(struct frame *f)
{
	if (!seen.eip) {
		seen = *f;
		seen_irq_enabled = lg.irq_enabled;
	}
	switch (f->vector) {
	case 13:
		protection_trap(f);
		break;
	case 14:
		page_trap(f);
		break;
	case SYSCALL_VECTOR:
		syscall_trap(f);
		break;
	}
}

static void look(void)
{
	seen.eip = 0;
}

static void say_entry(void)
{
	static const char *const names[] = {
		"eax", "ebx", "ecx", "edx", "esi", "edi", "ebp", "esp", "cs", "ds", "es", "ss",
		"fs", "gs", "eflags",
	};
	u32 i, cr0;

	say("PROBE regs ");
	for (i = 0; i < ARRAY_SIZE(names); i++)
		say_value(names[i], entry_regs[i]);
	end_line();
	asm volatile("smsw %0" : "=r"(cr0));
	say_value("PROBE smsw", cr0);
	end_line();
}

static void say_boot_params(void)
{
	say("PROBE bp ");
	say_value("e820n", peek8(0x1e8));
	say_value("e820.addr", peek32(0x2d0));
	say_value("e820.len", peek32(0x2d8));
	say_value("type", peek32(0x2e0));
	say_value("hdr", peek32(0x202));
	say_value("ver", peek16(0x206));
	say_value("loader", peek8(0x210));
	say_value("loadflags", peek8(0x211));
	say_value("rd_img", peek32(0x218));
	say_value("rd_sz", peek32(0x21c));
	say_value("cmd_ptr", peek32(0x228));
	say_value("align", peek32(0x230));
	say_value("subarch", peek32(0x23c));
	say_value("init_size", peek32(0x260));
	say_value("code32", peek32(0x214));
	say_value("sentinel", peek8(0x1ef));
	end_line();
	say("PROBE cmdline [");
	say(arguments());
	say("]\n");
}

static void say_capabilities(u32 device)
{
	u32 at = config_read(device, 0x34) & 0xff, word;

	for (; at; at = word >> 8 & 0xff) {
		word = config_read(device, at);
		say("PROBE   cap ");
		say_value("at", at);
		say_value("w0", word);
		say_value("bar", config_read(device, at + 4));
		say_value("off", config_read(device, at + 8));
		say_value("len", config_read(device, at + 12));
		end_line();
	}
}

static void say_devices(void)
{
	u32 i;

	for (i = 0; i < 6; i++) {
		if (config_read(i, 0) == ~0u)
			continue;
		say("PROBE pci ");
		say_value("dev", i);
		say_value("id", config_read(i, 0));
		say_value("class", config_read(i, 8));
		say_value("bar0", config_read(i, 0x10));
		say_value("irq", config_read(i, 0x3c));
		say_value("sub", config_read(i, 0x2c));
		say_value("cmdst", config_read(i, 4));
		end_line();
		if (i)
			say_capabilities(i);
	}
	say_value("PROBE linear-mmio num_queues", peek16((config_read(1, 0x10) & ~15u) + 0x12));
	end_line();
	say_value("PROBE inb(0x64)", inb(0x64));
	say_value("inb(0x60)", inb(0x60));
	end_line();
}

static u32 ring_status(void)
{
	return lg.status[0] | lg.status[1] << 8 | lg.status[2] << 16;
}

static void probe_init(void)
{
	u32 eax;

	init();
	say("PROBE init ");
	say_value("reserve_mem", lg.reserve_mem);
	say_value("tsc_khz", lg.tsc_khz);
	say_value("tsec", lg.sec);
	say_value("irq_en", lg.irq_enabled);
	end_line();

	lg.ring[0][0] = HC_TS;
	lg.ring[0][1] = 0;
	lg.ring[1][0] = HC_FLUSH_ASYNC;
	asm volatile("" : : : "memory");
	lg.status[0] = 0;
	lg.status[1] = 0;
	say_value("PROBE ring before", ring_status());
	eax = hcall(HC_FLUSH_ASYNC, 0, 0, 0, 0);
	say_value("after", ring_status());
	say_value("hcall-eax", eax);
	end_line();
}

static void probe_traps(void)
{
	gate(32, GATE_INTERRUPT);
	gate(3, GATE_TRAP | GATE_DPL(1));
	gate(13, GATE_INTERRUPT);
	gate(14, GATE_INTERRUPT);

	lg.irq_enabled = 0x200;
	look();
	asm volatile("int3");
	say("PROBE bp(trap gate, direct) ");
	say_value("eip", seen.eip);
	say_value("cs", seen.cs);
	say_value("efl", seen.eflags);
	say_value("irq_en_in_handler", seen_irq_enabled);
	end_line();

	lg.irq_enabled = 0x200;
	look();
	asm volatile("sti");
	say("PROBE gp(sti) ");
	say_value("err", seen.error);
	say_value("eip", seen.eip);
	say_value("cs", seen.cs);
	say_value("efl", seen.eflags);
	say_value("n", trap_count[13]);
	end_line();
	asm volatile("cli");
	say_value("PROBE after cli insn irq_en", lg.irq_enabled);
	say_value("ngp", trap_count[13]);
	end_line();
}

static void wait_pending(u32 ticks)
{
	volatile u32 i;

	for (i = 0; i < WAIT_LOOPS && !lg.irq_pending && trap_count[32] == ticks; i++)
		;
}

static void probe_timer(void)
{
	u32 before;

	lg.irq_enabled = 0;
	hcall(HC_CLOCKEVENT, 5000000, 0, 0, 0);
	wait_pending(trap_count[32]);
	say_value("PROBE timer irq_pending(off)", lg.irq_pending);
	say_value("ticks", trap_count[32]);
	look();
	lg.irq_enabled = 0x200;
	if (lg.irq_pending)
		hcall(HC_SEND_INTERRUPTS, 0, 0, 0, 0);
	say_value("ticks-after-SEND", trap_count[32]);
	say_value("pending", lg.irq_pending);
	end_line();
	say("PROBE irq frame ");
	say_value("eip", seen.eip);
	say_value("cs", seen.cs);
	say_value("efl", seen.eflags);
	say_value("irq_en_in_handler", seen_irq_enabled);
	end_line();

	before = lg.nsec;
	lg.irq_enabled = 0;
	hcall(HC_CLOCKEVENT, 20000000, 0, 0, 0);
	hcall(HC_HALT, 0, 0, 0, 0);
	say_value("PROBE halt returned ticks", trap_count[32]);
	say_value("irq_en", lg.irq_enabled);
	say_value("dt_ns", lg.nsec - before);
	end_line();
}

static void probe_paging(void)
{
	volatile u8 *second = hole + 4096;
	u32 faults;
	u8 v;

	map_low();
	*low_pte(hole) = 0;
	*low_pte(hole + 4096) = 0;
	hcall(HC_NEW_PGTABLE, (u32)top_table, 0, 0, 0);
	say("PROBE paging on\n");

	tell_host = true;
	look();
	*(volatile u8 *)hole = 1;
	say("PROBE pf ");
	say_value("err", seen.error);
	say_value("eip", seen.eip);
	say_value("cs", seen.cs);
	say_value("cr2", lg.cr2);
	say_value("hole", (u32)hole);
	say_value("n", trap_count[14]);
	say_value("pte-after(A/D set by host)", *low_pte(hole));
	end_line();

	tell_host = false;
	look();
	*second = 1;
	say("PROBE pf without SET_PTE ");
	say_value("err", seen.error);
	say_value("cr2", lg.cr2);
	say_value("n", trap_count[14]);
	say_value("pte", *low_pte(hole + 4096));
	end_line();

	faults = trap_count[14];
	*low_pte(hole + 4096) = 0;
	v = *second;
	say_value("PROBE stale read after untold unmap: faults", trap_count[14] - faults);
	say_value("val", v);
	hcall(HC_SET_PTE, (u32)top_table, (u32)second, 0, 0);
	v = *second;
	say_value("after told: faults", trap_count[14] - faults);
	end_line();
}

static void probe_registers(void)
{
	u32 a = HC_SEND_INTERRUPTS, b = 0x11, c = 0x22, d = 0x33, si = 0x44, di = 0x55, faults;

	gate(3, GATE_INTERRUPT);
	faults = trap_count[13];
	look();
	asm volatile("int3\n\tnop");
	say_value("PROBE int3 via DPL0 gate: gp", trap_count[13] - faults);
	say_value("err", seen.error);
	end_line();

	asm volatile("int $0x1f" : "+a"(a), "+b"(b), "+c"(c), "+d"(d), "+S"(si), "+D"(di) : :
		     "memory");
	say("PROBE regs after hcall 19 ");
	say_value("a", a);
	say_value("b", b);
	say_value("c", c);
	say_value("d", d);
	say_value("S", si);
	say_value("D", di);
	end_line();
}

/* A whole EFLAGS in irq_enabled, with its interrupt flag clear, enables interrupts. */
static void probe_quirk(const char *name, u32 mask)
{
	u32 ticks = trap_count[32];

	restore_mask = mask;
	gate(3, GATE_INTERRUPT | GATE_DPL(1));
	lg.irq_pending = 0;
	lg.irq_enabled = 0;
	look();
	asm volatile("int3");
	say(name);
	say_value("bp.efl", seen.eflags);
	say_value("irq_enabled_after_iret", lg.irq_enabled);
	hcall(HC_CLOCKEVENT, 3000000, 0, 0, 0);
	wait_pending(ticks);
	say_value("ticks_while_disabled", trap_count[32] - ticks);
	say_value("irq_pending", lg.irq_pending);
	lg.irq_enabled = 0x200;
	lg.irq_pending = 0;
	hcall(HC_SEND_INTERRUPTS, 0, 0, 0, 0);
	say_value("ticks", trap_count[32] - ticks);
	say_value("pending_after(guest cleared)", lg.irq_pending);
	end_line();
}

static void __attribute__((naked)) user_code(void)
{
	asm volatile("movl $0x1234, %eax\n\t"
		     "int $0x1f\n\t"
		     "int $0x80\n"
		     "1: jmp 1b");
}

/* With "page": a stack's top at the end of a page, and after it nothing mapped, or 16 below. */
static void probe_user(u32 below, bool page)
{
	u8 *top = kernel_stack + sizeof(kernel_stack);
	u32 i;

	if (page) {
		low_table[0x180] = (u32)kernel_stack | 3;
		low_table[0x181] = 0;
		top = (u8 *)(0x181000 - below);
	}
	for (i = 0; i < PER_TABLE; i++)
		low_table[i] |= 4;
	hcall(HC_FLUSH_TLB, 1, 0, 0, 0);
	hcall(HC_LOAD_GDT, 14, 0x0000ffff, 0x00cffb00, 0);
	hcall(HC_LOAD_GDT, 15, 0x0000ffff, 0x00cff300, 0);
	if (page)
		say("PROBE T3 stack top page-aligned, next page unmapped\n");
	hcall(HC_SET_STACK, GUEST_DS, (u32)top, page ? 1 : 2, 0);
	gate(SYSCALL_VECTOR, GATE_INTERRUPT | GATE_DPL(3));
	enter_user(user_code, user_stack + sizeof(user_stack));
}

void guest_main(void)
{
	const char *args = arguments();

	trap_hook = hook;
	restore_mask = ~0u;
	say_entry();
	say_boot_params();
	say_devices();
	if (same(args, "t1")) {
		say("PROBE T1 touching above RAM\n");
		peek32(0x10000000);
	}
	if (same(args, "t2"))
		hcall(HC_FLUSH_ASYNC, 0, 0, 0, 0);
	probe_init();
	probe_traps();
	probe_timer();
	probe_paging();
	probe_registers();
	probe_quirk("PROBE quirk unmasked ", ~0u);
	probe_quirk("PROBE quirk masked ", 0x200);
	probe_user(same(args, "t4") ? 16 : 0, same(args, "t3") || same(args, "t4"));
}
