// SPDX-License-Identifier: GPL-2.0
/*
 * What a guest may rely on, beyond what the probe looks at: lines "ok NAME" and
 * "not ok NAME", and "all checks done" at the end.
 */
#include "virtio.h"

#define EFLAGS_IF	0x200u
/* Much longer than 20 ms, whatever the machine */
#define WAIT_LOOPS	200000000u

static u8 kernel_stack[8192] __attribute__((aligned(4096)));
static u8 user_stack[4096] __attribute__((aligned(4096)));
static u8 page[4096] __attribute__((aligned(4096)));

/* First trap since watch(), and how many */
static volatile struct frame first;
static volatile u32 first_irq_enabled, first_at, nr_traps;
static volatile u32 order[8];
/* Bytes to skip on a trap of vectors 6, 7, 13, 14; 0: go on there */
static volatile u32 skip;
static void (*on_page_fault)(void);

static void hook(struct frame *f)
{
	if (!nr_traps) {
		first = *f;
		first_irq_enabled = lg.irq_enabled;
		first_at = (u32)&f->eip;
	}
	if (nr_traps < ARRAY_SIZE(order))
		order[nr_traps] = f->vector;
	nr_traps++;
	if (f->vector == SYSCALL_VECTOR)
		leave_user();
	if (f->vector == 14 && on_page_fault)
		on_page_fault();
	else if (f->vector == 6 || f->vector == 7 || f->vector == 13 || f->vector == 14)
		f->eip += skip;
}

static void watch(u32 bytes)
{
	nr_traps = 0;
	first.eip = 0;
	first.error = ~0u;
	skip = bytes;
}

/* Accesses that may trap: what traps and tables hold is looked at before and behind. */
static void touch(void *at)
{
	asm volatile("movb (%0), %%al" : : "r"(at) : "eax", "memory");
}

static void poke(void *at, u8 v)
{
	asm volatile("movb %0, (%1)" : : "q"(v), "r"(at) : "memory");
}

/* Ports, configuration space, device memory */

static void check_ports(void)
{
	u32 v;

	asm volatile("inb $0x60, %%al" : "=a"(v) : "0"(0x12345600));
	check_value(v, 0x123456ff, "in of 8 bits keeps the rest of eax");
	asm volatile("inw $0x60, %%ax" : "=a"(v) : "0"(0x12340000));
	check_value(v, 0x1234ffff, "in of 16 bits keeps the rest of eax");
	asm volatile("inl %%dx, %%eax" : "=a"(v) : "0"(0), "d"(0x60));
	check_value(v, ~0u, "in of 32 bits");
	asm volatile("inw %%dx, %%ax" : "=a"(v) : "0"(0), "d"(0x1234));
	check_value(v, 0xffff, "in of 16 bits by dx");
	asm volatile("outb %%al, $0x80; outw %%ax, $0x80; outl %%eax, %%dx" : : "a"(1), "d"(0x3f8));
	check(true, "out to ports that are not there");
	lg.irq_enabled = 0x200;
	asm volatile("cli");
	check_value(lg.irq_enabled, 0x200, "cli leaves irq_enabled");
	lg.irq_enabled = 0;
}

static void check_config(void)
{
	u32 bar, size;

	outb(0xcfb, 1);
	outl(0xcf8, 0x80000000);
	check_value(inl(0xcf8), 0x80000000, "the address register reads back");
	check_value(config_read(9, 0), ~0u, "an absent device");
	outl(0xcf8, 0x80000000 | 1 << 11 | 1 << 8);
	check_value(inl(0xcfc), ~0u, "an absent function");
	outl(0xcf8, 0x80010000 | 1 << 11);
	check_value(inl(0xcfc), ~0u, "an absent bus");
	bar = config_read(1, 0x10);
	config_write(1, 0x10, ~0u);
	size = ~(config_read(1, 0x10) & ~15u) + 1;
	check_value(size, 0x80, "the size of BAR 0");
	check_value(read16(bar + R_NUM_QUEUES), 2, "the device does not follow its BAR");
	config_write(1, 0x10, bar);
	config_read(1, 4);
	asm volatile("outw %%ax, %%dx" : : "a"(7), "d"(0xcfc));
	check_value(config_read(1, 4), 0x00100000, "a command is taken and ignored");
	outl(0xcf8, 0x80000000 | 1 << 11 | 0x0c);
	outb(0xcfc, 8);
	check_value(config_read(1, 0x0c), 8, "the cache line size");
}

static void check_mmio(void)
{
	u32 bar = find_device(3, NULL), v = 0;

	driver(bar);
	asm volatile("movb 0x14(%1), %b0" : "=q"(v) : "b"(bar));
	check_value(v & 0xff, ACKNOWLEDGE | DRIVER, "8 bits from disp8(reg)");
	asm volatile("xorl %%eax, %%eax; movb 0x14(%1), %%ah" : "=&a"(v) : "b"(bar));
	check_value(v, (ACKNOWLEDGE | DRIVER) << 8, "8 bits into ah");
	asm volatile("movw -0x1fee(%1), %w0" : "=r"(v) : "b"(bar + 0x2000));
	check_value(v & 0xffff, 2, "16 bits from disp32(reg)");
	asm volatile("movl %0, (%1)" : : "r"(1), "D"(bar));
	asm volatile("movl 4(%1), %0" : "=r"(v) : "S"(bar));
	check_value(v, 1, "32 bits: VERSION_1 is offered");

	/* What the launcher does not know comes back as a fault, and cr2 is not told. */
	lg.cr2 = 0x55;
	watch(3);
	asm volatile("movzbl (%0), %%edx" : : "b"(bar) : "edx");
	check(nr_traps == 1 && first.vector == 14, "movzx from a device: page fault");
	check_value(lg.cr2, 0x55, "... and cr2 as it was");
	watch(2);
	asm volatile("movb (%0), %%dl" : : "b"(bar + 0x800) : "edx");
	check(nr_traps == 1 && first.vector == 14, "device memory without a device: page fault");
	watch(1);
	config_read(1, 0);
	outl(0xcfc, 0);
	check(nr_traps == 1 && first.vector == 13 && !first.error,
	      "a configuration write that is refused: #GP(0)");
	write8(bar + R_STATUS, 0);
}

/* Instructions */

static void check_privileged(void)
{
	static const struct {
		const char *name;
		u8 len, code[4];
	} insns[] = {
		{ "lgdt", 3, { 0x0f, 0x01, 0x10 } }, { "lidt", 3, { 0x0f, 0x01, 0x18 } },
		{ "lmsw", 3, { 0x0f, 0x01, 0xf0 } }, { "ltr", 3, { 0x0f, 0x00, 0xd8 } },
		{ "lldt", 3, { 0x0f, 0x00, 0xd0 } },
		{ "mov from cr0", 3, { 0x0f, 0x20, 0xc0 } },
		{ "mov from cr2", 3, { 0x0f, 0x20, 0xd0 } },
		{ "mov from cr3", 3, { 0x0f, 0x20, 0xd8 } },
		{ "mov from cr4", 3, { 0x0f, 0x20, 0xe0 } },
		{ "mov to cr3", 3, { 0x0f, 0x22, 0xd8 } },
		{ "mov from dr6", 3, { 0x0f, 0x21, 0xf0 } },
		{ "mov to dr7", 3, { 0x0f, 0x23, 0xf8 } }, { "sti", 1, { 0xfb } },
		{ "hlt", 1, { 0xf4 } }, { "clts", 2, { 0x0f, 0x06 } },
		{ "invd", 2, { 0x0f, 0x08 } }, { "wbinvd", 2, { 0x0f, 0x09 } },
		{ "invlpg", 3, { 0x0f, 0x01, 0x38 } }, { "rdmsr", 2, { 0x0f, 0x32 } },
		{ "wrmsr", 2, { 0x0f, 0x30 } }, { "rdpmc", 2, { 0x0f, 0x33 } },
		{ "insb", 1, { 0x6c } }, { "rep outsb", 2, { 0xf3, 0x6e } },
	};
	u32 i, j;

	for (i = 0; i < ARRAY_SIZE(insns); i++) {
		for (j = 0; j < insns[i].len; j++)
			page[j] = insns[i].code[j];
		page[j] = 0xc3;
		watch(insns[i].len);
		asm volatile("call *%%ebx" : : "b"(page), "a"(page + 64), "c"(0), "d"(0x60),
			     "S"(page), "D"(page) : "memory");
		check(nr_traps == 1 && first.vector == 13 && !first.error && first.eip == (u32)page,
		      insns[i].name);
	}
}

static void check_unprivileged(void)
{
	u32 flags, v;
	u8 table[6];

	watch(0);
	asm volatile("pushfl; andl $~0x200, (%%esp); popfl; pushfl; popl %0" : "=r"(flags));
	check(flags & EFLAGS_IF && !nr_traps, "popf leaves the interrupt flag, pushf shows 1");
	asm volatile("sgdt %0" : "=m"(table));
	asm volatile("sidt %0" : "=m"(table));
	asm volatile("str %0; sldt %0; smsw %0" : "=r"(v));
	asm volatile("cpuid" : "=a"(v) : "0"(0) : "ebx", "ecx", "edx");
	asm volatile("rdtsc" : "=a"(v) : : "edx");
	check_value(nr_traps, 0, "sgdt, sidt, str, sldt, smsw, cpuid, rdtsc just run");
}

/* Gates */

static void check_gates(void)
{
	gate(3, GATE_TRAP | GATE_DPL(1));
	lg.irq_enabled = 0;
	watch(0);
	asm volatile("int3");
	check(first.vector == 3 && first.eflags & EFLAGS_IF,
	      "a trap gate: the processor's own frame, with its interrupt flag");
	gate(3, GATE_INTERRUPT | GATE_DPL(1));
	lg.irq_enabled = 0;
	watch(0);
	asm volatile("int3");
	check(first.vector == 3 && !(first.eflags & EFLAGS_IF),
	      "an interrupt gate: the virtual interrupt flag, off");
	lg.irq_enabled = 0x200;
	watch(0);
	asm volatile("int3");
	check(first.eflags & EFLAGS_IF && !first_irq_enabled,
	      "an interrupt gate: the virtual interrupt flag, on, and off in the handler");
	check_value(lg.irq_enabled, 0x200, "... and restored");
	lg.irq_enabled = 0;
	gate(13, GATE_TRAP);
	lg.irq_enabled = 0x200;
	watch(1);
	asm volatile("sti");
	check(first.vector == 13 && first_irq_enabled == 0x200,
	      "a trap gate for #GP is reflected all the same, interrupts as they were");
	gate(13, GATE_INTERRUPT);
	lg.irq_enabled = 0;
	gate(0x21, GATE_INTERRUPT | GATE_DPL(3));
	watch(2);
	asm volatile("int $0x21");
	check(first.vector == 13 && first.error == 0x21 * 8 + 2,
	      "a virtual interrupt's vector is not for int");
	gate(6, GATE_INTERRUPT);
	watch(2);
	asm volatile("ud2");
	check(nr_traps == 1 && first.vector == 6, "#UD");
	watch(2);
	asm volatile("movw %w0, %%fs" : : "r"(0x50));
	check(first.vector == 13 && first.error == 0x50, "a segment of ring 0: #GP(selector)");
}

static u32 lar(u32 selector)
{
	u32 v = 0;

	asm("lar %1, %0" : "+r"(v) : "r"(selector));
	/* Four bits of it are undefined. */
	return v >> 8 & 0xf0ff;
}

static u32 lsl(u32 selector)
{
	u32 v = 0;

	asm("lsl %1, %0" : "+r"(v) : "r"(selector));
	return v;
}

static void check_segments(void)
{
	static u32 tls[6] = { 0x0000ffff, 0x00cff200, 0x0000ffff, 0x00cff200, 0, 0 };
	u32 before = lar(0x50);

	hcall(HC_LOAD_GDT, 27, 0x0000ffff, 0x00cf9200, 0);
	check_value(lar(0xd8), 0xc0b3, "ring 0 in a descriptor becomes 1, and it is accessed");
	hcall(HC_LOAD_GDT, 10, 0, 0, 0);
	hcall(HC_LOAD_GDT, 11, 0, 0, 0);
	hcall(HC_LOAD_GDT, 16, 0, 0, 0);
	hcall(HC_LOAD_GDT, 31, 0, 0, 0);
	check(lar(0x50) == before, "the host's own slots stay as they are");
	hcall(HC_LOAD_TLS, (u32)tls, 0, 0, 0);
	check_value(lar(0x33), 0xc0f3, "TLS slots in bulk");
	asm volatile("movw %w0, %%gs; movw %w1, %%fs" : : "r"(0x33), "r"(0xd8));
	hcall(HC_SEND_INTERRUPTS, 0, 0, 0, 0);
	asm volatile("movw %%gs, %w0" : "=r"(before));
	check_value(before & 0xffff, 0x33, "segment registers are kept");
	asm volatile("movw %w0, %%gs; movw %w0, %%fs" : : "r"(0));
}

static void check_fpu(void)
{
	u32 v = 0;

	gate(7, GATE_INTERRUPT);
	watch(0);
	asm volatile("fninit; fld1; fstps %0" : "=m"(v));
	check(!nr_traps && v == 0x3f800000, "the FPU works at once");
	hcall(HC_TS, 1, 0, 0, 0);
	watch(2);
	asm volatile("fninit");
	check(nr_traps == 1 && first.vector == 7, "TS set: #NM");
	hcall(HC_TS, 0, 0, 0, 0);
	watch(0);
	asm volatile("fld1; fstps %0" : "=m"(v));
	check_value(nr_traps, 0, "TS cleared: none");
}

/* Interrupts and time */

static void until_pending(void)
{
	while (!lg.irq_pending)
		;
}

/* The timer's interrupt is pending, with interrupts off. */
static void pending_timer(void)
{
	lg.irq_enabled = 0;
	lg.irq_pending = 0;
	hcall(HC_CLOCKEVENT, 100000, 0, 0, 0);
	until_pending();
}

static void send(void)
{
	lg.irq_pending = 0;
	lg.irq_enabled = 0x200;
	hcall(HC_SEND_INTERRUPTS, 0, 0, 0, 0);
	lg.irq_enabled = 0;
}

/* An empty piece of output, and until the console has seen to it */
static void use_console(u32 bar)
{
	static u8 nothing[1];
	u16 done = rings[1].used_idx;

	describe(&rings[1], 0, nothing, 0, 0);
	offer(bar, 1, &rings[1], 0);
	while (*(volatile u16 *)&rings[1].used_idx == done)
		;
}

static void check_interrupts(void)
{
	u32 bar = find_device(3, NULL), sec, nsec;
	volatile u32 i;

	driver(bar);
	features(bar, 0);
	queue(bar, 0, &rings[0]);
	queue(bar, 1, &rings[1]);
	device_ok(bar);

	lg.irq_enabled = 0;
	lg.blocked = 1 << 1;
	gate(33, GATE_INTERRUPT);
	use_console(bar);
	pending_timer();
	watch(0);
	send();
	check(nr_traps == 1 && order[0] == 32, "a blocked interrupt does not come");
	check_value(read8(bar + R_ISR), 1, "the device's ISR");
	check_value(read8(bar + R_ISR), 0, "... is cleared by reading");
	pending_timer();
	lg.blocked = 0;
	watch(0);
	send();
	check(nr_traps == 1 && order[0] == 32, "of two interrupts, the lowest one comes first");
	send();
	check(nr_traps == 2 && order[1] == 33, "... and the other one with the next entry");

	gate(33, 0);
	lg.irq_enabled = 0;
	use_console(bar);
	watch(0);
	send();
	check_value(nr_traps, 0, "an interrupt without a gate does not come");
	gate(33, GATE_INTERRUPT);
	watch(0);
	send();
	check(nr_traps == 1 && order[0] == 33, "... and stays pending");

	lg.irq_enabled = 0;
	rings[1].avail_flags = 1;
	use_console(bar);
	watch(0);
	send();
	check_value(nr_traps, 0, "no interrupt where the driver wants none");
	rings[1].avail_flags = 0;
	write8(bar + R_STATUS, 0);

	pending_timer();
	watch(0);
	sec = lg.sec;
	nsec = lg.nsec;
	hcall(HC_HALT, 0, 0, 0, 0);
	check(nr_traps == 1 && lg.irq_enabled == 0x200, "HALT with one pending returns with it");
	check(lg.sec > sec || (lg.sec == sec && lg.nsec > nsec), "the time goes on");
	check(lg.sec > 1700000000, "the wall clock is of these years");

	lg.irq_enabled = 0;
	watch(0);
	sec = lg.sec;
	nsec = lg.nsec;
	hcall(HC_CLOCKEVENT, 300000000, 0, 0, 0);
	hcall(HC_HALT, 0, 0, 0, 0);
	nsec = (lg.sec - sec) * 1000000000 + lg.nsec - nsec;
	check(nr_traps == 1 && nsec >= 300000000 && nsec < 3000000000u, "a timer of 300 ms");

	lg.irq_enabled = 0;
	lg.irq_pending = 0;
	hcall(HC_CLOCKEVENT, 20000000, 0, 0, 0);
	hcall(HC_CLOCKEVENT, 0, 0, 0, 0);
	for (i = 0; i < WAIT_LOOPS && !lg.irq_pending; i++)
		;
	check_value(lg.irq_pending, 0, "a timer that is cancelled does not come");
	hcall(HC_CLOCKEVENT, 20000000, 0, 0, 0);
	for (i = 0; i < WAIT_LOOPS && !lg.irq_pending; i++)
		;
	check_value(lg.irq_pending, 0x200, "... in a time in which another one does");
	send();
}

/* An iret alone in its page, so that fetching it makes the guest exit there */
static u8 iret_page[4096] __attribute__((aligned(4096))) = { 0xcf };
static u8 other_iret_page[4096] __attribute__((aligned(4096))) = { 0xcf };

static u32 iret_from(u8 *iret)
{
	u32 esp, to;

	pending_timer();
	hcall(HC_FLUSH_TLB, 1, 0, 0, 0);
	watch(0);
	asm volatile("movl %%esp, %0\n\t"
		     "pushl $0x202\n\t"
		     "pushl %%cs\n\t"
		     "pushl $1f\n\t"
		     "movl $0x200, %2\n\t"
		     "jmp *%3\n"
		     "1:\tmovl $1b, %1"
		     : "=&r"(esp), "=&r"(to), "=m"(lg.irq_enabled) : "r"(iret) : "memory");
	lg.irq_enabled = 0;
	check(nr_traps == 1 && first.vector == 32, "an interrupt right before iret");
	check(first.eip == (iret == iret_page ? to : (u32)iret),
	      iret == iret_page ? "... comes as if behind it" : "... comes before it elsewhere");
	return esp - first_at;
}

static void check_iret(void)
{
	check_value(iret_from(iret_page), 12, "... with the frame that was there");
	check_value(iret_from(other_iret_page), 24, "... with another frame");
}

static void check_ring(void)
{
	u32 i, slot = 0, done = 0;

	/* More than the ring has; every call but the last one is done by a later one. */
	for (i = 0; i < 150; i++) {
		if (lg.status[slot] != 0xff)
			break;
		lg.ring[slot][0] = HC_LOAD_GDT;
		lg.ring[slot][1] = 6;
		lg.ring[slot][2] = 0x0000ffff;
		lg.ring[slot][3] = 0x00c0f300 | (i & 15) << 16;
		asm volatile("" : : : "memory");
		lg.status[slot] = 0;
		slot = (slot + 1) % 64;
		if (i % 40 != 39)
			continue;
		hcall(HC_FLUSH_ASYNC, 0, 0, 0, 0);
		if (lsl(0x33) == ((i & 15) << 28 | 0x0fffffff))
			done++;
	}
	check(i == 150 && done == 3, "the ring's calls are done in order, round and round");
	for (; i < 300 && lg.status[slot] == 0xff; i++) {
		lg.ring[slot][0] = HC_FLUSH_ASYNC;
		lg.status[slot] = 0;
		slot = (slot + 1) % 64;
	}
	check_value(i, 150 + 64 - 30, "a full ring shows");
	hcall(HC_SEND_INTERRUPTS, 0, 0, 0, 0);
	check(lg.status[slot] == 0xff && lg.status[(slot + 63) % 64] == 0xff,
	      "any hypercall empties it");
}

/* Page tables. What the second table has at PAGE_OFFSET is in both. */

#define KERNEL_PAGE	((u8 *)(KERNEL_ADDRESS + (u32)page))

static pte_t other_top[PER_TABLE] __attribute__((aligned(4096)));
static pte_t other_mid[PER_TABLE] __attribute__((aligned(4096)));
static pte_t other_low[PER_TABLE] __attribute__((aligned(4096)));
static pte_t kernel_table[PER_TABLE] __attribute__((aligned(4096)));
static pte_t kernel_mid[PER_TABLE] __attribute__((aligned(4096)));

static pte_t *kernel_pte(void)
{
	return &kernel_table[(u32)page >> 12 & (PER_TABLE - 1)];
}

static void build_tables(void)
{
	u32 i, top = KERNEL_ADDRESS >> (sizeof(pte_t) == 8 ? 30 : 22);

	map_low();
	for (i = 0; i < PER_TABLE; i++) {
		other_low[i] = i << 12 | 3;
		kernel_table[i] = i << 12 | 3;
	}
#ifdef PAE
	kernel_mid[0] = (u32)kernel_table | 0x67;
	other_mid[0] = (u32)other_low | 0x67;
	top_table[top] = (u32)kernel_mid | TOP_FLAGS;
	other_top[top] = top_table[top];
	other_top[0] = (u32)other_mid | TOP_FLAGS;
#else
	(void)kernel_mid;
	(void)other_mid;
	top_table[top] = (u32)kernel_table | TOP_FLAGS;
	other_top[top] = top_table[top];
	other_top[0] = (u32)other_low | TOP_FLAGS;
#endif
}

static u32 faults(u8 *at)
{
	watch(0);
	touch(at);
	return nr_traps;
}

static void map_page_again(void)
{
	*low_pte(page) = (u32)page | 7;
	other_low[(u32)page >> 12 & (PER_TABLE - 1)] = (u32)page | 7;
	*kernel_pte() = (u32)page | 7;
}

static void kernel_page(void)
{
	*low_pte(page) = (u32)page | 3;
	hcall(HC_SET_PTE, (u32)top_table, (u32)page, (u32)page | 3, 0);
}

static void check_paging(void)
{
	build_tables();
	on_page_fault = map_page_again;
	hcall(HC_NEW_PGTABLE, (u32)top_table, 0, 0, 0);

	touch(page);
	check_value(*low_pte(page), (u32)page | 0x23, "a read sets A");
	watch(0);
	poke(page, 1);
	check_value(*low_pte(page), (u32)page | 0x63, "a write sets D");
	check_value(nr_traps, 0, "... without a fault that the guest sees");

	*low_pte(page) = (u32)page | 1;
	hcall(HC_SET_PTE, (u32)top_table, (u32)page, (u32)page | 1, 0);
	touch(page);
	watch(0);
	poke(page, 1);
	check(nr_traps == 1 && first.error == 3 && lg.cr2 == (u32)page,
	      "a write where only reading is allowed: error 3");

	*low_pte(page) = 0;
	check_value(faults(page), 0, "what is cleared and not told stays");
	hcall(HC_SET_PTE, (u32)top_table, (u32)page, 0, 0);
	check_value(faults(page), 1, "SET_PTE: it goes");
	*low_pte(page) = 0;
	hcall(HC_FLUSH_TLB, 0, 0, 0, 0);
	check_value(faults(page), 1, "FLUSH_TLB(0): it goes");

	touch(KERNEL_PAGE);
	*kernel_pte() = 0;
	hcall(HC_FLUSH_TLB, 0, 0, 0, 0);
	check_value(faults(KERNEL_PAGE), 0, "FLUSH_TLB(0): the kernel's half stays");
	hcall(HC_FLUSH_TLB, 1, 0, 0, 0);
	check_value(faults(KERNEL_PAGE), 1, "FLUSH_TLB(1): it goes");

	*low_pte(page) = 0;
	hcall(HC_SET_PTE, (u32)top_table, (u32)page, (u32)page | 0x63, 0);
	check_value(faults(page), 0, "SET_PTE with A and D is entered at once");
	hcall(HC_SET_PTE, (u32)top_table, (u32)page, 0, 0);
	hcall(HC_SET_PTE, (u32)top_table, (u32)page, (u32)page | 3, 0);
	check_value(faults(page), 1, "SET_PTE without is not");
	*low_pte(page) = (u32)page | 0x103;
	hcall(HC_SET_PTE, (u32)top_table, (u32)page, (u32)page | 0x163, 0);
	check_value(faults(page), 0, "a global page");

	hcall(HC_NEW_PGTABLE, (u32)other_top, 0, 0, 0);
	touch(page);
	touch(KERNEL_PAGE);
	*low_pte(page) = 0;
	other_low[(u32)page >> 12 & (PER_TABLE - 1)] = 0;
	hcall(HC_SET_PTE, (u32)top_table, (u32)page, 0, 0);
	check_value(faults(page), 0, "SET_PTE in another table");
	*kernel_pte() = 0;
	hcall(HC_SET_PTE, (u32)top_table, (u32)KERNEL_PAGE, 0, 0);
	check_value(faults(KERNEL_PAGE), 1, "SET_PTE in the kernel's half counts for all");
	other_low[(u32)page >> 12 & (PER_TABLE - 1)] = 0;
	hcall(HC_SET_PGD, (u32)other_top, 0, 0, 0);
	check_value(faults(page), 1, "SET_PGD");
#ifdef PAE
	other_low[(u32)page >> 12 & (PER_TABLE - 1)] = 0;
	hcall(HC_SET_PMD, 0, 0, 0, 0);
	check_value(faults(page), 1, "SET_PMD");
#endif
	hcall(HC_NEW_PGTABLE, (u32)top_table, 0, 0, 0);
	watch(0);
	on_page_fault = NULL;
}

/* Ring 3 */

static void __attribute__((naked)) user_code(void)
{
	asm volatile("1: int $0x80; jmp 1b");
}

static u32 user_at(u32 i)
{
	return (u32)page + 16 * i;
}

/* Code in ring 3, of so many bytes, which is to trap; int 0x80 behind it ends it. */
static void run_user(const u8 *code, u32 len)
{
	u32 i;

	for (i = 0; i < len; i++)
		page[i] = code[i];
	page[len] = 0xcd;
	page[len + 1] = SYSCALL_VECTOR;
	watch(len);
	enter_user((void *)user_at(0), user_stack + sizeof(user_stack));
	lg.irq_enabled = 0;
}

static void check_user(void)
{
	static const struct {
		const char *name;
		u32 vector, error;
		u8 len, code[8];
	} insns[] = {
		{ "ring 3: in", 13, 0, 1, { 0xec } },
		{ "ring 3: cli", 13, 0, 1, { 0xfa } },
		{ "ring 3: hlt", 13, 0, 1, { 0xf4 } },
		{ "ring 3: sysenter", 13, 0, 2, { 0x0f, 0x34 } },
		{ "ring 3: int of a virtual interrupt", 13, 0x102, 2, { 0xcd, 0x20 } },
		{ "ring 3: int3 through a gate of ring 1", 13, 0x1a, 1, { 0xcc } },
		{ "ring 3: read of the kernel's page", 14, 5, 5, { 0xa1, 0, 0, 0x1f, 0 } },
		{ "ring 3: write to the kernel's page", 14, 7, 5, { 0xa3, 0, 0, 0x1f, 0 } },
		{ "ring 3: ud2", 6, 0, 2, { 0x0f, 0x0b } },
	};
	u32 i;

	for (i = 0; i < PER_TABLE; i++)
		low_table[i] |= 4;
	*low_pte((void *)0x1f0000) &= ~4;
	hcall(HC_FLUSH_TLB, 1, 0, 0, 0);
	hcall(HC_LOAD_GDT, 14, 0x0000ffff, 0x00cffb00, 0);
	hcall(HC_LOAD_GDT, 15, 0x0000ffff, 0x00cff300, 0);
	hcall(HC_SET_STACK, GUEST_DS, (u32)kernel_stack + sizeof(kernel_stack), 2, 0);
	gate(SYSCALL_VECTOR, GATE_INTERRUPT | GATE_DPL(3));
	/* Without a shadow of it, the error code would say "not present". */
	touch((void *)0x1f0000);
	for (i = 0; i < ARRAY_SIZE(insns); i++) {
		run_user(insns[i].code, insns[i].len);
		check(first.vector == insns[i].vector && first.error == insns[i].error &&
		      first.eip == user_at(0) && first.cs == USER_CS && first.ss == USER_DS,
		      insns[i].name);
	}
	watch(0);
	enter_user(user_code, user_stack + sizeof(user_stack));
	check(first.vector == SYSCALL_VECTOR && !first_irq_enabled,
	      "int 0x80 through an interrupt gate: interrupts off");
	check_value((u32)kernel_stack + sizeof(kernel_stack) - first_at, 20,
		    "... five words at the stack's top");
	gate(SYSCALL_VECTOR, GATE_TRAP | GATE_DPL(3));
	watch(0);
	enter_user(user_code, user_stack + sizeof(user_stack));
	check(first.vector == SYSCALL_VECTOR && first_irq_enabled == 0x200,
	      "int 0x80 through a trap gate: interrupts on");
	check_value((u32)kernel_stack + sizeof(kernel_stack) - first_at, 20,
		    "... five words at the stack's top, too");
	lg.irq_enabled = 0;
}

/* A page of the user's, which is mapped: the kernel may use it, or SMEP or SMAP are against it. */
static void check_user_page(bool smep, bool smap)
{
	build_tables();
	/* mov (%ebx), %al; ret */
	page[0] = 0x8a;
	page[1] = 0x03;
	page[2] = 0xc3;
	*low_pte(page) = (u32)page | 0x67;
	hcall(HC_NEW_PGTABLE, (u32)top_table, 0, 0, 0);
	/* Maps it, fault or not */
	watch(2);
	asm volatile("movb (%%ebx), %%al" : : "b"(page) : "eax", "memory");
	watch(2);
	asm volatile("movb (%%ebx), %%al" : : "b"(page) : "eax", "memory");
	check(smap ? nr_traps == 1 && first.vector == 14 && first.error == 1 : !nr_traps,
	      smap ? "SMAP: a read of the user's page: error 1" : "a read of the user's page");
	if (smap)
		return;
	watch(0);
	on_page_fault = kernel_page;
	asm volatile("call *%%ebx" : : "b"(page) : "eax", "memory");
	on_page_fault = NULL;
	check(smep ? nr_traps == 1 && first.vector == 14 && first.error == 0x11 : !nr_traps,
	      smep ? "SMEP: the user's page is not run: error 0x11" : "the user's page is run");
}

static void check_tsc(void)
{
	bool want = same(arguments(), "tsc");

	check(want ? lg.tsc_khz > 1000 : !lg.tsc_khz,
	      want ? "the TSC's rate" : "no rate of the TSC");
}

void guest_main(void)
{
	trap_hook = hook;
	lg.noirq_iret = (u32)iret_page;
	lg.blocked = 0;
	init();
	gate(13, GATE_INTERRUPT);
	gate(14, GATE_INTERRUPT);
	gate(32, GATE_INTERRUPT);
	if (same(arguments(), "smep") || same(arguments(), "smap")) {
		check_user_page(same(arguments(), "smep"), same(arguments(), "smap"));
		power_off("all checks done");
	}
	check_tsc();
	check_ports();
	check_config();
	check_mmio();
	check_privileged();
	check_unprivileged();
	check_gates();
	check_segments();
	check_fpu();
	check_interrupts();
	check_iret();
	check_ring();
	check_paging();
	check_user_page(false, false);
	check_user();
	power_off("all checks done");
}
