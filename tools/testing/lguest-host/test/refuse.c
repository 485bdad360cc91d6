// SPDX-License-Identifier: GPL-2.0
/*
 * What a guest may not do. The command line names a case, which does it; the
 * host has to end the guest with the message that cases.py has for it. A guest
 * that is still there says so.
 */
#include "virtio.h"

#define MEM		0x1000000u	/* as run_tests.py gives */
#define OUTSIDE		(MEM + 0x1000)
#define WAIT_LOOPS	100000000u
#define HOLE		0x1f0000u	/* not mapped by paging_on() */

static u8 user_stack[4096] __attribute__((aligned(4096)));
static u8 kernel_stack[8192] __attribute__((aligned(4096)));
static u8 buffer[4096] __attribute__((aligned(4096)));

static void touch(u32 addr)
{
	u32 v;

	asm volatile("movl (%1), %0" : "=r"(v) : "r"(addr));
}

static void paging_on(void)
{
	map_low();
	*low_pte((void *)HOLE) = 0;
	hcall(HC_NEW_PGTABLE, (u32)top_table, 0, 0, 0);
}

/* Hypercalls */

static void before_init(void)
{
	hcall(HC_SEND_INTERRUPTS, 0, 0, 0, 0);
}

static void init_twice(void)
{
	init();
	init();
}

static void unknown_3(void)
{
	init();
	hcall(3, 0, 0, 0, 0);
}

static void unknown_11(void)
{
	init();
	hcall(11, 0, 0, 0, 0);
}

static void unknown_12(void)
{
	init();
	hcall(12, 0, 0, 0, 0);
}

static void unknown_17(void)
{
	init();
	hcall(17, 0, 0, 0, 0);
}

static void unknown_20(void)
{
	init();
	hcall(20, 0, 0, 0, 0);
}

static void unknown_minus(void)
{
	init();
	hcall(-1, 0, 0, 0, 0);
}

/* Known only to a host with PAE */
static void set_pmd(void)
{
	init();
	hcall(HC_SET_PMD, 0, 0, 0, 0);
	power_off("SET_PMD was taken");
}

static void unknown_in_ring(void)
{
	init();
	lg.ring[0][0] = 99;
	lg.status[0] = 0;
	hcall(HC_FLUSH_ASYNC, 0, 0, 0, 0);
}

/* The ring comes first. */
static void ring_before_call(void)
{
	init();
	lg.ring[0][0] = HC_SHUTDOWN;
	lg.ring[0][1] = (u32)"from the ring";
	lg.ring[0][2] = 1;
	lg.status[0] = 0;
	hcall(99, 0, 0, 0, 0);
}

static void data_outside(void)
{
	hcall(HC_INIT, OUTSIDE, 0, 0, 0);
}

static void data_at_end(void)
{
	hcall(HC_INIT, MEM - sizeof(lg) + 4, 0, 0, 0);
}

static void syscall_vector(void)
{
	lg.syscall_vec = 0x81;
	hcall(HC_INIT, (u32)&lg, 0, 0, 0);
}

static void kernel_address(void)
{
	lg.syscall_vec = SYSCALL_VECTOR;
	lg.kernel_address = SWITCHER_ADDR;
	hcall(HC_INIT, (u32)&lg, 0, 0, 0);
}

static void shutdown_text(void)
{
	init();
	hcall(HC_SHUTDOWN, MEM - 127, 1, 0, 0);
}

/* 127 characters are what fits. */
static void long_text(void)
{
	u32 i;

	init();
	for (i = 0; i < sizeof(buffer); i++)
		buffer[i] = 'a';
	hcall(HC_SHUTDOWN, (u32)buffer, 1, 0, 0);
}

/* Page tables */

static void linear_above(void)
{
	touch(0x10000000);
}

static void linear_switcher(void)
{
	/* The first pages are mapped for the host, which rings 0 and 1 share. */
	touch(SWITCHER_ADDR + 16 * 4096);
}

static void top_big(void)
{
	init();
	map_low();
	top_table[0] |= 0x80;
	hcall(HC_NEW_PGTABLE, (u32)top_table, 0, 0, 0);
}

/* In PAE's top level, only "present" is allowed. */
static void top_rw(void)
{
	init();
	map_low();
	top_table[0] |= 2;
	hcall(HC_NEW_PGTABLE, (u32)top_table, 0, 0, 0);
	power_off("taken");
}

static void mid_big(void)
{
	init();
	map_low();
	mid_table[0] |= 0x80;
	hcall(HC_NEW_PGTABLE, (u32)top_table, 0, 0, 0);
	power_off("taken");
}

static void top_outside(void)
{
	init();
	map_low();
#ifdef PAE
	mid_table[1] = OUTSIDE | 0x67;
#else
	top_table[1] = (MEM + 0x200000) | 0x67;
#endif
	hcall(HC_NEW_PGTABLE, (u32)top_table, 0, 0, 0);
	touch(1u << SLOT_SHIFT);
}

static void table_not_ram(void)
{
	init();
	hcall(HC_NEW_PGTABLE, OUTSIDE, 0, 0, 0);
}

static void pte_big(void)
{
	init();
	paging_on();
	*low_pte((void *)HOLE) = HOLE | 0x83;
	touch(HOLE);
}

static void pte_outside(void)
{
	init();
	paging_on();
	*low_pte((void *)HOLE) = 0x10000000 | 3;
	touch(HOLE);
}

/* Not present, but accessed: it is looked at all the same. */
static void set_pte_outside(void)
{
	init();
	paging_on();
	hcall(HC_SET_PTE, (u32)top_table, (u32)buffer, 0x10000000 | 0x20, 0);
}

static void set_pte_switcher(void)
{
	init();
	paging_on();
	hcall(HC_SET_PTE, (u32)top_table, SWITCHER_ADDR, 0, 0);
}

static void set_pgd_beyond(void)
{
	init();
	paging_on();
	hcall(HC_SET_PGD, (u32)top_table, sizeof(pte_t) == 8 ? 4 : 1024, 0, 0);
}

/* Segments, gates, stacks */

static void gdt_slot(void)
{
	init();
	hcall(HC_LOAD_GDT, 32, 0, 0, 0);
}

static void tls_outside(void)
{
	init();
	hcall(HC_LOAD_TLS, MEM - 16, 0, 0, 0);
}

static void idt_task_gate(void)
{
	init();
	gate(9, 0x8500);
}

static void idt_call_gate(void)
{
	init();
	gate(9, 0x8c00);
}

static void idt_vector(void)
{
	init();
	hcall(HC_LOAD_IDT, 256, GUEST_CS << 16, 0x8e00, 0);
}

static void stack_ring_0(void)
{
	init();
	hcall(HC_SET_STACK, 0x68, (u32)kernel_stack + 4096, 1, 0);
}

static void stack_pages(void)
{
	init();
	hcall(HC_SET_STACK, GUEST_DS, (u32)kernel_stack + 4096, 3, 0);
}

static void stack_unmapped(void)
{
	init();
	paging_on();
	hcall(HC_SET_STACK, GUEST_DS, HOLE + 0x1000, 1, 0);
}

static void stack_read_only(void)
{
	init();
	paging_on();
	*low_pte((void *)HOLE) = HOLE | 1;
	hcall(HC_SET_STACK, GUEST_DS, HOLE + 0x1000, 1, 0);
}

/* Mapped at first, and not any more when the tables are switched */
static void stack_lost(void)
{
	init();
	paging_on();
	*low_pte((void *)HOLE) = HOLE | 3;
	hcall(HC_SET_STACK, GUEST_DS, HOLE + 0x1000, 1, 0);
	*low_pte((void *)HOLE) = 0;
	hcall(HC_FLUSH_TLB, 1, 0, 0, 0);
}

/* A frame does not fit under an esp that is not mapped. */
static void frame_unmapped(void)
{
	init();
	gate(3, GATE_INTERRUPT | GATE_DPL(1));
	paging_on();
	asm volatile("movl %0, %%esp; int3" : : "r"(HOLE + 0x100));
}

static void frame_outside(void)
{
	init();
	gate(3, GATE_INTERRUPT | GATE_DPL(1));
	asm volatile("movl %0, %%esp; int3" : : "r"(OUTSIDE));
}

/* The launcher gets seven bytes, whatever the instruction's length is. */
static void insn_at_end(void)
{
	u8 *at = (u8 *)HOLE - 2;

	init();
	paging_on();
	at[0] = 0xec;	/* inb (%dx), %al */
	at[1] = 0xc3;	/* ret */
	asm volatile("call *%0" : : "r"(at), "d"(0x80) : "eax");
}

static void removed_segment(void)
{
	init();
	hcall(HC_LOAD_GDT, 6, 0x0000ffff, 0x00cff300, 0);
	asm volatile("movw %w0, %%gs" : : "r"(0x33));
	hcall(HC_LOAD_GDT, 6, 0, 0, 0);
}

static void removed_code(void)
{
	init();
	hcall(HC_LOAD_GDT, 12, 0, 0, 0);
}

/* Traps without a handler */

static void no_handler_6(void)
{
	asm volatile("ud2");
}

static void no_handler_13(void)
{
	asm volatile("movw %w0, %%fs" : : "r"(0x18));
}

static void no_handler_ring_0(void)
{
	asm volatile("ljmp $0x50, $0");
}

static void no_handler_int3(void)
{
	asm volatile("int3");
}

static void no_handler_int80(void)
{
	asm volatile("int $0x80");
}

static void no_handler_14(void)
{
	init();
	paging_on();
	touch(HOLE);
}

static void no_handler_7(void)
{
	init();
	hcall(HC_TS, 1, 0, 0, 0);
	asm volatile("fninit");
}

/* Registered, but these never get to the guest. */
static void no_handler_2(void)
{
	init();
	gate(2, GATE_INTERRUPT | GATE_DPL(1));
	asm volatile("int $2");
}

#define PRIVILEGED(name, insn)			\
static void name(void)				\
{						\
	asm volatile(insn : : "a"(buffer), "d"(0x60), "c"(0), "b"(0));	\
}

PRIVILEGED(p_lgdt, "lgdt (%%eax)")
PRIVILEGED(p_lidt, "lidt (%%eax)")
PRIVILEGED(p_ltr, "xorl %%eax, %%eax; ltr %%ax")
PRIVILEGED(p_lmsw, "lmsw %%ax")
PRIVILEGED(p_read_cr0, "movl %%cr0, %%eax")
PRIVILEGED(p_write_cr3, "movl %%eax, %%cr3")
PRIVILEGED(p_read_cr4, "movl %%cr4, %%eax")
PRIVILEGED(p_read_dr7, "movl %%dr7, %%eax")
PRIVILEGED(p_sti, "sti")
PRIVILEGED(p_hlt, "hlt")
PRIVILEGED(p_clts, "clts")
PRIVILEGED(p_invlpg, "invlpg (%%eax)")
PRIVILEGED(p_invd, "invd")
PRIVILEGED(p_wbinvd, "wbinvd")
PRIVILEGED(p_rdmsr, "rdmsr")
PRIVILEGED(p_wrmsr, "wrmsr")
PRIVILEGED(p_insb, "movl %%eax, %%edi; insb (%%dx), (%%edi)")
PRIVILEGED(p_outsb, "movl %%eax, %%esi; rep outsb (%%esi), (%%dx)")
PRIVILEGED(p_prefix, ".byte 0x66, 0x66, 0xed")
PRIVILEGED(p_prefixed_cli, ".byte 0x66, 0xfa")
PRIVILEGED(p_segment_in, ".byte 0x2e, 0xec")

/* Configuration space and device memory */

static void config_id(void)
{
	config_write(1, 0, 0);
}

static void config_irq(void)
{
	config_read(1, 0x3c);
	outb(0xcfc, 5);
}

static void config_command_32(void)
{
	config_write(1, 4, 7);
}

static void config_capability(void)
{
	config_write(1, 0x40, 0);
}

static void config_window_length(void)
{
	config_write(1, 0x84 + 12, 3);
	config_write(1, 0x84 + 16, 'x');
}

static void mmio_immediate(void)
{
	asm volatile("movb $0, (%0)" : : "r"(find_device(3, NULL) + R_STATUS));
}

static void mmio_movzx(void)
{
	asm volatile("movzbl (%0), %%eax" : : "r"(find_device(3, NULL) + R_STATUS) : "eax");
}

static void mmio_sib(void)
{
	asm volatile("movb (%0, %1), %%al" : : "r"(find_device(3, NULL)), "r"(R_STATUS) : "eax");
}

static void mmio_absolute(void)
{
	asm volatile("movb %%cl, 0x1100014" : : "c"(0));
}

static void mmio_moffs(void)
{
	asm volatile(".byte 0xa0; .long 0x1100014" : : : "eax");
}

static void mmio_modify(void)
{
	asm volatile("orb %%al, (%0)" : : "r"(find_device(3, NULL) + R_STATUS));
}

static void mmio_nothing(void)
{
	touch(MEM + 0x10);
}

static void mmio_behind(void)
{
	touch(0x1100f00);
}

/* Virtio; the console unless something else is needed */

static u32 bar;

static void up_to_driver(void)
{
	bar = find_device(3, NULL);
	driver(bar);
}

static void up_to_features(void)
{
	up_to_driver();
	features(bar, 0);
}

static void v_status_jump(void)
{
	bar = find_device(3, NULL);
	write8(bar + R_STATUS, ACKNOWLEDGE | DRIVER);
}

static void v_no_acknowledge(void)
{
	bar = find_device(3, NULL);
	write8(bar + R_STATUS, DRIVER);
}

static void v_status_cleared(void)
{
	up_to_driver();
	write8(bar + R_STATUS, DRIVER);
}

static void v_failed(void)
{
	up_to_driver();
	write8(bar + R_STATUS, 0x83);
}

static void v_features_early(void)
{
	bar = find_device(3, NULL);
	write8(bar + R_STATUS, ACKNOWLEDGE);
	read32(bar + R_FEATURE);
}

static void v_config_early(void)
{
	bar = find_device(3, NULL);
	write8(bar + R_STATUS, ACKNOWLEDGE);
	read16(bar + R_CONFIG);
}

static void v_feature_select(void)
{
	up_to_driver();
	write32(bar + R_FEATURE_SELECT, 2);
}

static void v_driver_select(void)
{
	up_to_driver();
	write32(bar + R_DRIVER_SELECT, 2);
}

static void v_too_many_features(void)
{
	up_to_driver();
	write32(bar + R_DRIVER_FEATURE, 3);
}

static void v_features_late(void)
{
	up_to_features();
	write32(bar + R_DRIVER_FEATURE, 0);
}

static void v_legacy(void)
{
	up_to_driver();
	write8(bar + R_STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
}

static void v_not_read_back(void)
{
	up_to_driver();
	write32(bar + R_DRIVER_SELECT, 1);
	write32(bar + R_DRIVER_FEATURE, 1);
	write8(bar + R_STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
	queue(bar, 0, &rings[0]);
}

static void v_queue_early(void)
{
	up_to_driver();
	queue(bar, 0, &rings[0]);
}

static void v_queue_size(void)
{
	up_to_features();
	write16(bar + R_QUEUE_SELECT, 0);
	write16(bar + R_QUEUE_SIZE, 100);
}

static void v_queue_high(void)
{
	up_to_features();
	write32(bar + R_QUEUE_DESC + 4, 1);
}

static void v_queue_alignment(void)
{
	up_to_features();
	queue(bar, 0, (struct vring *)((u8 *)&rings[0] + 4));
}

static void v_queue_outside(void)
{
	up_to_features();
	queue(bar, 0, (struct vring *)(MEM - 4096));
}

static void v_queue_none(void)
{
	up_to_features();
	queue(bar, 2, &rings[0]);
}

static void v_used_flags(void)
{
	up_to_features();
	rings[0].used_flags = 1;
	queue(bar, 0, &rings[0]);
}

static void v_enable_0(void)
{
	up_to_features();
	write16(bar + R_QUEUE_ENABLE, 0);
}

static void v_enabled_changed(void)
{
	up_to_features();
	queue(bar, 0, &rings[0]);
	write32(bar + R_QUEUE_DESC, 0);
}

static void v_not_enabled(void)
{
	up_to_features();
	queue(bar, 0, &rings[0]);
	device_ok(bar);
}

static void v_notify_early(void)
{
	up_to_features();
	queue(bar, 0, &rings[0]);
	write16(bar + R_NOTIFY, 0);
}

static void v_no_features_ok(void)
{
	up_to_driver();
	write8(bar + R_STATUS, ACKNOWLEDGE | DRIVER | DRIVER_OK);
}

static void v_msix_config(void)
{
	up_to_features();
	write16(bar + R_MSIX_CONFIG, 0);
}

static void v_msix_queue(void)
{
	up_to_features();
	read16(bar + R_QUEUE_MSIX);
}

static void v_notify_off(void)
{
	up_to_features();
	write16(bar + R_QUEUE_NOTIFY_OFF, 0);
}

static void v_isr(void)
{
	up_to_features();
	write8(bar + R_ISR, 0);
}

static void v_config_write(void)
{
	up_to_features();
	write16(bar + R_CONFIG, 0);
}

static void v_config_beyond(void)
{
	up_to_features();
	read32(bar + R_CONFIG + 12);
}

static void v_width_8(void)
{
	bar = find_device(3, NULL);
	read8(bar + R_NUM_QUEUES);
}

static void v_width_32(void)
{
	bar = find_device(3, NULL);
	write32(bar + R_STATUS, 0);
}

static void v_width_emergency(void)
{
	up_to_driver();
	write8(bar + R_CONFIG + 8, 'x');
}

static void console_up(void)
{
	up_to_features();
	queue(bar, 0, &rings[0]);
	queue(bar, 1, &rings[1]);
	device_ok(bar);
}

static void v_notify_none(void)
{
	console_up();
	write16(bar + R_NOTIFY, 2);
}

static void v_notify_32(void)
{
	console_up();
	write32(bar + R_NOTIFY, 1);
}

static void v_buffer_outside(void)
{
	console_up();
	describe(&rings[1], 0, (void *)(MEM - 4), 8, 0);
	offer(bar, 1, &rings[1], 0);
}

static void v_buffer_order(void)
{
	console_up();
	describe(&rings[1], 0, buffer, 8, D_WRITE | D_NEXT);
	describe(&rings[1], 1, buffer, 8, 0);
	offer(bar, 1, &rings[1], 0);
}

static void v_buffer_loop(void)
{
	console_up();
	describe(&rings[1], 0, buffer, 8, D_NEXT);
	rings[1].desc[0].next = 0;
	offer(bar, 1, &rings[1], 0);
}

static void v_buffer_head(void)
{
	console_up();
	offer(bar, 1, &rings[1], 256);
}

static void v_avail(void)
{
	console_up();
	rings[1].avail_idx = 300;
	write16(bar + R_NOTIFY, 1);
}

static void v_indirect(void)
{
	console_up();
	describe(&rings[1], 0, buffer, 16, D_INDIRECT);
	offer(bar, 1, &rings[1], 0);
}

static void v_console_direction(void)
{
	console_up();
	describe(&rings[1], 0, buffer, 16, D_WRITE);
	offer(bar, 1, &rings[1], 0);
}

static void block_up(void)
{
	bar = find_device(2, NULL);
	driver(bar);
	features(bar, 0);
	queue(bar, 0, &rings[0]);
	device_ok(bar);
}

static void v_block_past_end(void)
{
	block_up();
	buffer[0] = 1;
	*(u64 *)(buffer + 8) = 64;
	describe(&rings[0], 0, buffer, 16, D_NEXT);
	describe(&rings[0], 1, buffer + 1024, 512, D_NEXT);
	describe(&rings[0], 2, buffer + 2048, 1, D_WRITE);
	offer(bar, 0, &rings[0], 0);
}

static void v_block_short(void)
{
	block_up();
	describe(&rings[0], 0, buffer, 8, D_NEXT);
	describe(&rings[0], 1, buffer + 2048, 1, D_WRITE);
	offer(bar, 0, &rings[0], 0);
}

static void v_rng_direction(void)
{
	bar = find_device(4, NULL);
	driver(bar);
	features(bar, 0);
	queue(bar, 0, &rings[0]);
	device_ok(bar);
	describe(&rings[0], 0, buffer, 8, 0);
	offer(bar, 0, &rings[0], 0);
}

static void net_up(u32 low)
{
	bar = find_device(1, NULL);
	driver(bar);
	features(bar, low);
	queue(bar, 0, &rings[0]);
	queue(bar, 1, &rings[1]);
	device_ok(bar);
}

static void v_net_csum(void)
{
	net_up(0);
	buffer[0] = 1;
	describe(&rings[1], 0, buffer, 100, 0);
	offer(bar, 1, &rings[1], 0);
}

static void v_net_gso(void)
{
	net_up(0);
	buffer[1] = 1;
	describe(&rings[1], 0, buffer, 100, 0);
	offer(bar, 1, &rings[1], 0);
}

static void v_net_indirect_twice(void)
{
	net_up(1u << 28);
	describe(&rings[1], 0, &rings[1].desc[1], 16, D_INDIRECT);
	describe(&rings[1], 1, &rings[1].desc[2], 16, D_INDIRECT);
	offer(bar, 1, &rings[1], 0);
}

/* Ring 3 */

static void __attribute__((naked)) user_port(void)
{
	asm volatile("inb $0x60, %al\n1: jmp 1b");
}

static void user_in(void)
{
	init();
	paging_on();
	*low_pte(user_port) |= 4;
	*low_pte(user_stack) |= 4;
	hcall(HC_FLUSH_TLB, 1, 0, 0, 0);
	hcall(HC_LOAD_GDT, 14, 0x0000ffff, 0x00cffb00, 0);
	hcall(HC_LOAD_GDT, 15, 0x0000ffff, 0x00cff300, 0);
	hcall(HC_SET_STACK, GUEST_DS, (u32)kernel_stack + 4096, 1, 0);
	enter_user(user_port, user_stack + sizeof(user_stack));
}

#define CASE(f) { #f, f }

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	CASE(before_init), CASE(init_twice), CASE(unknown_3), CASE(unknown_11), CASE(unknown_12),
	CASE(unknown_17), CASE(unknown_20), CASE(unknown_minus), CASE(set_pmd),
	CASE(unknown_in_ring), CASE(ring_before_call), CASE(data_outside), CASE(data_at_end),
	CASE(syscall_vector), CASE(kernel_address), CASE(shutdown_text), CASE(long_text),
	CASE(linear_above), CASE(linear_switcher), CASE(top_big), CASE(top_rw), CASE(mid_big),
	CASE(top_outside), CASE(table_not_ram), CASE(pte_big), CASE(pte_outside),
	CASE(set_pte_outside), CASE(set_pte_switcher), CASE(set_pgd_beyond), CASE(gdt_slot),
	CASE(tls_outside), CASE(idt_task_gate), CASE(idt_call_gate), CASE(idt_vector),
	CASE(stack_ring_0), CASE(stack_pages), CASE(stack_unmapped), CASE(stack_read_only),
	CASE(stack_lost), CASE(frame_unmapped), CASE(frame_outside), CASE(insn_at_end),
	CASE(removed_segment), CASE(removed_code), CASE(no_handler_6), CASE(no_handler_13),
	CASE(no_handler_ring_0), CASE(no_handler_int3), CASE(no_handler_int80),
	CASE(no_handler_14), CASE(no_handler_7), CASE(no_handler_2),
	CASE(p_lgdt), CASE(p_lidt), CASE(p_ltr), CASE(p_lmsw), CASE(p_read_cr0),
	CASE(p_write_cr3), CASE(p_read_cr4), CASE(p_read_dr7), CASE(p_sti), CASE(p_hlt),
	CASE(p_clts), CASE(p_invlpg), CASE(p_invd), CASE(p_wbinvd), CASE(p_rdmsr), CASE(p_wrmsr),
	CASE(p_insb), CASE(p_outsb), CASE(p_prefix), CASE(p_prefixed_cli), CASE(p_segment_in),
	CASE(config_id), CASE(config_irq), CASE(config_command_32), CASE(config_capability),
	CASE(config_window_length), CASE(mmio_immediate), CASE(mmio_movzx), CASE(mmio_sib),
	CASE(mmio_absolute), CASE(mmio_moffs), CASE(mmio_modify), CASE(mmio_nothing),
	CASE(mmio_behind), CASE(v_status_jump), CASE(v_no_acknowledge), CASE(v_status_cleared),
	CASE(v_failed), CASE(v_features_early), CASE(v_config_early), CASE(v_feature_select),
	CASE(v_driver_select), CASE(v_too_many_features), CASE(v_features_late), CASE(v_legacy),
	CASE(v_not_read_back), CASE(v_queue_early), CASE(v_queue_size), CASE(v_queue_high),
	CASE(v_queue_alignment), CASE(v_queue_outside), CASE(v_queue_none), CASE(v_used_flags),
	CASE(v_enable_0), CASE(v_enabled_changed), CASE(v_not_enabled), CASE(v_notify_early),
	CASE(v_no_features_ok), CASE(v_msix_config), CASE(v_msix_queue), CASE(v_notify_off),
	CASE(v_isr), CASE(v_config_write), CASE(v_config_beyond), CASE(v_width_8),
	CASE(v_width_32), CASE(v_width_emergency), CASE(v_notify_none), CASE(v_notify_32),
	CASE(v_buffer_outside), CASE(v_buffer_order), CASE(v_buffer_loop), CASE(v_buffer_head),
	CASE(v_avail), CASE(v_indirect), CASE(v_console_direction), CASE(v_block_past_end),
	CASE(v_block_short), CASE(v_rng_direction), CASE(v_net_csum), CASE(v_net_gso),
	CASE(v_net_indirect_twice), CASE(user_in),
};

void guest_main(void)
{
	volatile u32 wait;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (same(arguments(), cases[i].name)) {
			cases[i].run();
			/* Devices look at queues when they come to it. */
			for (wait = 0; bar && wait < WAIT_LOOPS; wait++)
				;
			say("nothing came of it\n");
			if (!lg.syscall_vec)
				init();
			power_off("still there");
		}
	}
	init();
	power_off("no such case");
}
