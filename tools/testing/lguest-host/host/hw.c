// SPDX-License-Identifier: GPL-2.0
/*
 * QEMU's "pc" machine, as much as the host needs: a serial port for the
 * console, the HPET as clock and timer, the RTC for the date, the PICs.
 */
#include "host.h"

#define PIC1		0x20
#define PIC2		0xa0
#define PIC_EOI		0x20
#define IRQ_HPET0	0
#define IRQ_CASCADE	2
#define IRQ_COM1	4
#define IRQ_HPET1	8

#define COM1		0x3f8
#define UART_DATA	(COM1 + 0)
#define UART_IER	(COM1 + 1)
#define UART_FCR	(COM1 + 2)
#define UART_LCR	(COM1 + 3)
#define UART_MCR	(COM1 + 4)
#define UART_LSR	(COM1 + 5)
#define UART_IER_RX	0x01
#define UART_LCR_8N1	0x03
#define UART_FCR_ON	0x07
#define UART_MCR_ON	0x0b
#define UART_LSR_DATA	0x01
#define UART_LSR_ROOM	0x20
#define UART_LSR_IDLE	0x40

#define CMOS_INDEX	0x70
#define CMOS_DATA	0x71

/* iobase of the isa-debug-exit device in the launcher's command line */
#define DEBUG_EXIT	0xf4

#define HPET		0xfed00000
#define HPET_ID		0x000
#define HPET_PERIOD	0x004
#define HPET_CONFIG	0x010
#define HPET_COUNTER	0x0f0
#define HPET_T0_CONFIG	0x100
#define HPET_T0_COMPARE	0x108
#define HPET_T1_CONFIG	0x120
#define HPET_T1_COMPARE	0x128
/* Run; timer 0 is IRQ 0, timer 1 is IRQ 8. */
#define HPET_ENABLE	0x3
#define HPET_T_IRQ	0x004
#define HPET_T_32BIT	0x100

/* A real host has a tick, which makes the guest exit now and then. */
#define TICK_NS		4000000
/* What the launcher's thread of a device takes to notice */
#define SOON_NS		30000

static u32 hpet_ns;
static u64 wall_base_ns;
static u32 wall_base_sec;
static char last_char = '\n';

static u32 hpet_read(u32 reg)
{
	return *(volatile u32 *)(HPET + reg);
}

static void hpet_write(u32 reg, u32 v)
{
	*(volatile u32 *)(HPET + reg) = v;
}

u64 now_ns(void)
{
	u32 hi, lo;

	do {
		hi = hpet_read(HPET_COUNTER + 4);
		lo = hpet_read(HPET_COUNTER);
	} while (hi != hpet_read(HPET_COUNTER + 4));
	return ((u64)hi << 32 | lo) * hpet_ns;
}

static void tick_in(u32 ns)
{
	hpet_write(HPET_T1_COMPARE, hpet_read(HPET_COUNTER) + ns / hpet_ns);
	hpet_write(HPET_T1_CONFIG, HPET_T_32BIT | HPET_T_IRQ);
}

void tick_soon(void)
{
	tick_in(SOON_NS);
}

static void hpet_init(void)
{
	u32 period, rest;

	if (hpet_read(HPET_ID) == 0 || hpet_read(HPET_ID) == ~0u)
		die("host: this machine has no HPET");
	/* In femtoseconds */
	period = hpet_read(HPET_PERIOD);
	hpet_ns = period / 1000000;
	rest = period % 1000000;
	if (!hpet_ns || rest)
		die("host: the HPET's period, %u fs, is not in nanoseconds", period);
	hpet_write(HPET_CONFIG, 0);
	hpet_write(HPET_COUNTER, 0);
	hpet_write(HPET_COUNTER + 4, 0);
	hpet_write(HPET_T0_CONFIG, HPET_T_32BIT);
	hpet_write(HPET_CONFIG, HPET_ENABLE);
	tick_in(TICK_NS);
}

void timer_set(u64 deadline)
{
	u64 now, delta;
	u32 rest;

	if (!deadline) {
		hpet_write(HPET_T0_CONFIG, HPET_T_32BIT);
		return;
	}
	now = now_ns();
	delta = deadline > now ? deadline - now : 0;
	/* Never behind the counter: it would come round only after its wrap. */
	hpet_write(HPET_T0_COMPARE, hpet_read(HPET_COUNTER) + div64(delta, hpet_ns, &rest) + 100);
	hpet_write(HPET_T0_CONFIG, HPET_T_32BIT | HPET_T_IRQ);
}

static u8 cmos(u8 reg)
{
	outb(CMOS_INDEX, reg);
	return inb(CMOS_DATA);
}

static u32 bcd(u8 v)
{
	return (v >> 4) * 10 + (v & 15);
}

static void rtc_init(void)
{
	u32 sec, min, hour, day, month, year, days;

	do {
		while (cmos(0x0a) & 0x80)
			;
		sec = bcd(cmos(0));
		min = bcd(cmos(2));
		hour = bcd(cmos(4));
		day = bcd(cmos(7));
		month = bcd(cmos(8));
		year = bcd(cmos(9)) + 100 * bcd(cmos(0x32));
	} while (sec != bcd(cmos(0)));
	/* Years begin in March, so that a leap day is the last of one. */
	if (month <= 2) {
		month += 12;
		year--;
	}
	days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 +
	       day - 1 - 719468;
	wall_base_sec = days * 86400 + hour * 3600 + min * 60 + sec;
	wall_base_ns = now_ns();
}

void wall_clock(u32 *sec, u32 *nsec)
{
	*sec = wall_base_sec + div64(now_ns() - wall_base_ns, 1000000000, nsec);
}

u32 measure_tsc_khz(void)
{
	u64 start, t0, t1;
	u32 ms = 50, rest;

	start = now_ns();
	asm volatile("rdtsc" : "=A"(t0));
	while (now_ns() - start < ms * 1000000)
		;
	asm volatile("rdtsc" : "=A"(t1));
	return div64(t1 - t0, ms, &rest);
}

static void pic_init(void)
{
	u16 unmasked = 1 << IRQ_HPET0 | 1 << IRQ_CASCADE | 1 << IRQ_COM1 | 1 << IRQ_HPET1;

	outb(PIC1, 0x11);
	outb(PIC2, 0x11);
	outb(PIC1 + 1, IRQ_VECTOR);
	outb(PIC2 + 1, IRQ_VECTOR + 8);
	outb(PIC1 + 1, 1 << IRQ_CASCADE);
	outb(PIC2 + 1, IRQ_CASCADE);
	outb(PIC1 + 1, 1);
	outb(PIC2 + 1, 1);
	outb(PIC1 + 1, ~unmasked);
	outb(PIC2 + 1, ~unmasked >> 8);
}

void hw_init(void)
{
	outb(UART_IER, 0);
	outb(UART_LCR, UART_LCR_8N1);
	outb(UART_FCR, UART_FCR_ON);
	outb(UART_MCR, UART_MCR_ON);
	outb(UART_IER, UART_IER_RX);
	hpet_init();
	rtc_init();
	pic_init();
}

void serial_write(const void *buf, u32 n)
{
	const u8 *p = buf;

	if (!n)
		return;
	last_char = p[n - 1];
	for (; n; n--) {
		while (!(inb(UART_LSR) & UART_LSR_ROOM))
			;
		outb(UART_DATA, *p++);
	}
}

bool serial_at_line_start(void)
{
	return last_char == '\n';
}

int serial_read(void)
{
	return inb(UART_LSR) & UART_LSR_DATA ? inb(UART_DATA) : -1;
}

void machine_end(void)
{
	while (!(inb(UART_LSR) & UART_LSR_IDLE))
		;
	outb(DEBUG_EXIT, 0);
	for (;;)
		asm volatile("cli; hlt");
}

void hw_irq(u32 irq)
{
	if (irq >= 8)
		outb(PIC2, PIC_EOI);
	outb(PIC1, PIC_EOI);
	switch (irq) {
	case IRQ_HPET0:
		if (!guest.timer)
			break;
		if (now_ns() < guest.timer) {
			timer_set(guest.timer);
			break;
		}
		guest.timer = 0;
		timer_set(0);
		set_virq(0);
		break;
	case IRQ_HPET1:
		tick_in(TICK_NS);
		virtio_work();
		break;
	case IRQ_COM1:
		console_input();
		break;
	}
}

void wait_for_irq(void)
{
	volatile u32 *irqs = (u32 *)HOST_IRQS;
	u32 got, i;

	/* sti lets an interrupt in only after the next instruction. */
	asm volatile("sti; hlt; cli" : : : "memory");
	got = *irqs;
	*irqs = 0;
	for (i = 0; i < 16; i++)
		if (got & 1u << i)
			hw_irq(i);
}
