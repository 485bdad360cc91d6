/* SPDX-License-Identifier: GPL-2.0 */
/* What the test guests share */
#ifndef LGUEST_TEST_GUEST_H
#define LGUEST_TEST_GUEST_H

#include "../host/types.h"
#include "../host/switcher.h"

#ifdef PAE
typedef u64 pte_t;
#define PER_TABLE	512
#define SLOT_SHIFT	21
#define TOP_FLAGS	0x01
#else
typedef u32 pte_t;
#define PER_TABLE	1024
#define SLOT_SHIFT	22
#define TOP_FLAGS	0x67
#endif

#define KERNEL_ADDRESS	0xc0000000u

#define GATE_INTERRUPT	0x8e00u
#define GATE_TRAP	0x8f00u
#define GATE_DPL(n)	((n) << 13)

enum {
	HC_FLUSH_ASYNC, HC_INIT, HC_SHUTDOWN, HC_NEW_PGTABLE = 4, HC_FLUSH_TLB, HC_LOAD_IDT,
	HC_SET_STACK, HC_TS, HC_CLOCKEVENT, HC_HALT, HC_SET_PMD = 13, HC_SET_PTE, HC_SET_PGD,
	HC_LOAD_TLS, HC_LOAD_GDT = 18, HC_SEND_INTERRUPTS,
};

struct lguest_data {
	volatile u32 irq_enabled, blocked, cr2, sec, nsec, irq_pending;
	volatile u8 status[64];
	volatile u32 ring[64][5];
	volatile u32 reserve_mem, tsc_khz, noirq_iret, kernel_address, syscall_vec;
};

_Static_assert(sizeof(struct lguest_data) == 1388, "size of struct lguest_data");

struct frame {
	u32 edi, esi, ebp, esp_here, ebx, edx, ecx, eax;
	u32 vector, error, eip, cs, eflags;
	/* Only if it came from ring 3 */
	u32 esp, ss;
};

/* start.S */
extern u32 entry_regs[15];
extern const u32 trap_entry[256];
extern char noirq_iret[], boot_stack_end[];
void enter_user(void *eip, void *esp);
void leave_user(void) __noreturn;

/* Each guest's own; it does not return. */
void guest_main(void);

/* guest.c */
extern struct lguest_data lg;
/* What of a saved EFLAGS goes to irq_enabled on the way back from a trap */
extern u32 restore_mask;
/* Called for every trap, if set; the counts go up in any case. */
extern void (*trap_hook)(struct frame *f);
extern volatile u32 trap_count[256];
extern struct frame last_frame;
void on_trap(struct frame *f);

u32 hcall(u32 nr, u32 a, u32 b, u32 c, u32 d);
void gate(u32 vector, u32 flags);
void init(void);

void outl(u16 port, u32 v);
u32 inl(u16 port);
void outb(u16 port, u8 v);
u8 inb(u16 port);
u32 config_read(u32 device, u32 reg);
void config_write(u32 device, u32 reg, u32 v);

void say_char(char c);
void say(const char *s);
void say_hex(u32 v);
/* "name=xxxxxxxx " */
void say_value(const char *name, u32 v);
/* "ok NAME" or "not ok NAME" in a line; what came and what had to come behind it */
void check(bool good, const char *name);
void check_value(u32 got, u32 want, const char *name);
void power_off(const char *why) __noreturn;
bool same(const char *a, const char *b);
/* The command line */
const char *arguments(void);

/* One table of PTEs, which maps the first 2 (PAE) or 4 MiB as they are, and what leads to it */
extern pte_t top_table[PER_TABLE], mid_table[PER_TABLE], low_table[PER_TABLE];
void map_low(void);
static inline pte_t *low_pte(const void *addr)
{
	return &low_table[(u32)addr >> 12 & (PER_TABLE - 1)];
}

#endif
