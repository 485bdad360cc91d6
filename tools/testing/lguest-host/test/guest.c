// SPDX-License-Identifier: GPL-2.0
/* What the test guests share: hypercalls, traps, the emergency console, page tables */
#include "guest.h"

#define CAP_ACCESS	0x84
#define CAP_BAR		4
#define CAP_OFFSET	8
#define CAP_LENGTH	12
#define CAP_DATA	16
#define EMERG_WR	(0x3c + 8)

struct lguest_data lg __attribute__((aligned(4096)));
u32 restore_mask = 0x200;
void (*trap_hook)(struct frame *f);
volatile u32 trap_count[256];
struct frame last_frame;

pte_t top_table[PER_TABLE] __attribute__((aligned(4096)));
pte_t mid_table[PER_TABLE] __attribute__((aligned(4096)));
pte_t low_table[PER_TABLE] __attribute__((aligned(4096)));

void on_trap(struct frame *f)
{
	trap_count[f->vector]++;
	last_frame = *f;
	if (trap_hook)
		trap_hook(f);
}

u32 hcall(u32 nr, u32 a, u32 b, u32 c, u32 d)
{
	asm volatile("int $0x1f" : "+a"(nr) : "b"(a), "c"(b), "d"(c), "S"(d) : "memory");
	return nr;
}

void gate(u32 vector, u32 flags)
{
	u32 to = trap_entry[vector];

	hcall(HC_LOAD_IDT, vector, GUEST_CS << 16 | (to & 0xffff), (to & 0xffff0000) | flags, 0);
}

void init(void)
{
	u32 i;

	for (i = 0; i < 64; i++)
		lg.status[i] = 0xff;
	lg.kernel_address = KERNEL_ADDRESS;
	lg.syscall_vec = SYSCALL_VECTOR;
	if (!lg.noirq_iret)
		lg.noirq_iret = (u32)noirq_iret;
	hcall(HC_INIT, (u32)&lg, 0, 0, 0);
}

void outl(u16 port, u32 v)
{
	asm volatile("outl %0, %1" : : "a"(v), "d"(port));
}

u32 inl(u16 port)
{
	u32 v;

	asm volatile("inl %1, %0" : "=a"(v) : "d"(port));
	return v;
}

void outb(u16 port, u8 v)
{
	asm volatile("outb %0, %1" : : "a"(v), "d"(port));
}

u8 inb(u16 port)
{
	u8 v;

	asm volatile("inb %1, %0" : "=a"(v) : "d"(port));
	return v;
}

static void select(u32 device, u32 reg)
{
	outl(0xcf8, 1u << 31 | device << 11 | (reg & 0xfc));
}

u32 config_read(u32 device, u32 reg)
{
	select(device, reg);
	return inl(0xcfc);
}

void config_write(u32 device, u32 reg, u32 v)
{
	select(device, reg);
	outl(0xcfc, v);
}

void say_char(char c)
{
	select(1, CAP_ACCESS + CAP_BAR);
	outb(0xcfc, 0);
	config_write(1, CAP_ACCESS + CAP_LENGTH, 4);
	config_write(1, CAP_ACCESS + CAP_OFFSET, EMERG_WR);
	config_write(1, CAP_ACCESS + CAP_DATA, (u8)c);
}

void say(const char *s)
{
	while (*s)
		say_char(*s++);
}

void say_hex(u32 v)
{
	u32 i;

	for (i = 0; i < 8; i++, v <<= 4)
		say_char("0123456789abcdef"[v >> 28]);
}

void say_value(const char *name, u32 v)
{
	say(name);
	say_char('=');
	say_hex(v);
	say_char(' ');
}

void power_off(const char *why)
{
	hcall(HC_SHUTDOWN, (u32)why, 1, 0, 0);
	for (;;)
		;
}

bool same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

const char *arguments(void)
{
	u32 ptr;

	/* The zero page's cmd_line_ptr; by a register, as the page lies at address 0 */
	asm("movl (%1), %0" : "=r"(ptr) : "r"(0x228));
	return (const char *)ptr;
}

void map_low(void)
{
	u32 i;

	for (i = 0; i < PER_TABLE; i++)
		low_table[i] = i << 12 | 3;
#ifdef PAE
	mid_table[0] = (u32)low_table | 0x67;
	top_table[0] = (u32)mid_table | TOP_FLAGS;
#else
	top_table[0] = (u32)low_table | TOP_FLAGS;
#endif
}

void check(bool good, const char *name)
{
	say(good ? "ok " : "not ok ");
	say(name);
	say_char('\n');
}

void check_value(u32 got, u32 want, const char *name)
{
	check(got == want, name);
	if (got != want) {
		say("# ");
		say_value("got", got);
		say_value("wanted", want);
		say_char('\n');
	}
}
