// SPDX-License-Identifier: GPL-2.0
/* A 32-bit process without C library, see harness.h */
#include <asm/signal.h>
#include <asm/sigcontext.h>
#include <asm/siginfo.h>
#include <asm/ucontext.h>
#include <asm/unistd_32.h>
#include <linux/mman.h>
#include <linux/time.h>
#include "harness.h"
#include "start.h"

/* The kernel's, not the one of <asm/signal.h> */
struct signal_action {
	void (*handler)(int number, siginfo_t *info, struct ucontext *uc);
	unsigned long flags;
	void (*restorer)(void);
	u32 mask[2];
};

const char * const outcome_names[] = {
	[RETURNED] = "returned",
	[HALTED] = "halted",
	[SPINNING] = "goes on and on",
	[STOPPED] = "stopped with a message",
	[FAULTED] = "touched memory that is not there",
	[TRAPPED] = "ran into undefined behaviour",
};

unsigned long unit_fault_address, unit_fault_ip;
unsigned int unit_halts;
char unit_message[256];
bool unit_untimed;

static void *way_out[5];
static enum outcome ended;
static bool attempting;
static unsigned int tests, failures;

static long call(int number, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
	long result;

	asm volatile("int $0x80" : "=a" (result)
		     : "a" (number), "b" (a), "c" (b), "d" (c), "S" (d) : "memory");
	return result;
}

void quit(int status)
{
	for (;;)
		call(__NR_exit_group, status, 0, 0, 0);
}

/* -- C library, what there is of it -- */

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n && *a && *a == *b; n--) {
		a++;
		b++;
	}
	return n ? *(const u8 *)a - *(const u8 *)b : 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, ~0u);
}

char *strstr(const char *s, const char *part)
{
	size_t n = strlen(part);

	for (; *s; s++)
		if (!strncmp(s, part, n))
			return (char *)s;
	return NULL;
}

void *memset(void *p, int c, size_t n)
{
	void *start = p;

	asm volatile("rep stosb" : "+D" (p), "+c" (n) : "a" (c) : "memory");
	return start;
}

void *memcpy(void *to, const void *from, size_t n)
{
	void *start = to;

	asm volatile("rep movsb" : "+D" (to), "+S" (from), "+c" (n) : : "memory");
	return start;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *p = a, *q = b;

	for (; n; n--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

/* -- Input and output -- */

void write_all(const void *p, unsigned int size)
{
	while (size) {
		long n = call(__NR_write, 1, (unsigned long)p, size, 0);

		if (n <= 0)
			quit(3);
		p += n;
		size -= n;
	}
}

bool read_all(void *p, unsigned int size)
{
	while (size) {
		long n = call(__NR_read, 0, (unsigned long)p, size, 0);

		if (n <= 0)
			return false;
		p += n;
		size -= n;
	}
	return true;
}

static char *add_number(char *p, char *end, u32 n, unsigned int base)
{
	char digits[10];
	unsigned int i = 0;

	do {
		digits[i++] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n);
	while (i && p < end)
		*p++ = digits[--i];
	return p;
}

/* Knows %s, %u, %x, %d and %%. */
static void format(char *p, unsigned int size, const char *fmt, va_list args)
{
	char *end = p + size - 1;
	const char *s;
	int d;

	for (; *fmt && p < end; fmt++) {
		if (*fmt != '%') {
			*p++ = *fmt;
			continue;
		}
		switch (*++fmt) {
		case 's':
			for (s = va_arg(args, const char *); *s && p < end; s++)
				*p++ = *s;
			break;
		case 'd':
			d = va_arg(args, int);
			if (d < 0)
				*p++ = '-';
			p = add_number(p, end, d < 0 ? -(u32)d : (u32)d, 10);
			break;
		case 'u':
			p = add_number(p, end, va_arg(args, u32), 10);
			break;
		case 'x':
			p = add_number(p, end, va_arg(args, u32), 16);
			break;
		case '%':
			*p++ = '%';
			break;
		default:
			quit(4);
		}
	}
	*p = 0;
}

static void print(const char *s)
{
	write_all(s, strlen(s));
}

static __printf(1, 2) void printf_(const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	format(text, sizeof(text), fmt, args);
	va_end(args);
	print(text);
}

bool ok(bool good, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	format(text, sizeof(text), fmt, args);
	va_end(args);
	printf_("%s %u - %s\n", good ? "ok" : "not ok", ++tests, text);
	failures += !good;
	return good;
}

void note(const char *fmt, ...)
{
	char text[1024];
	va_list args;
	char *p;

	va_start(args, fmt);
	format(text, sizeof(text), fmt, args);
	va_end(args);
	for (p = text; *p; p++)
		if (*p < ' ')
			*p = '~';
	printf_("# %s\n", text);
}

int finish(void)
{
	printf_("1..%u\n", tests);
	return failures ? 1 : 0;
}

/* -- Memory -- */

static void *map(unsigned long at, unsigned int size, int prot)
{
	/* The old call: all arguments in memory */
	unsigned long args[6] = {
		at, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED : 0), -1, 0
	};
	long result = call(__NR_mmap, (unsigned long)args, 0, 0, 0);

	if (result < 0 && result > -4096) {
		printf_("Bail out! mmap of %u bytes at 0x%x failed: %d\n",
			size, (u32)at, (int)result);
		quit(3);
	}
	return (void *)result;
}

static unsigned int pages(unsigned int size)
{
	return (size + UNIT_PAGE - 1) & ~(UNIT_PAGE - 1);
}

void *guarded(void *at, unsigned int size)
{
	unsigned int whole = pages(size);
	void *first;

	first = map(at ? (unsigned long)at - UNIT_PAGE : 0, whole + 2 * UNIT_PAGE, PROT_NONE);
	if (whole)
		map((unsigned long)first + UNIT_PAGE, whole, PROT_READ | PROT_WRITE);
	return first + UNIT_PAGE + whole - size;
}

void unmap(void *p, unsigned int size)
{
	unsigned int whole = pages(size);

	call(__NR_munmap, (unsigned long)p + size - whole - UNIT_PAGE, whole + 2 * UNIT_PAGE, 0, 0);
}

/* -- Attempts -- */

static __noreturn void leave(enum outcome how)
{
	ended = how;
	attempting = false;
	__builtin_longjmp(way_out, 1);
}

/* A machine without devices, for tests that bring none */
__attribute__((weak)) u8 unit_in(u16 port)
{
	(void)port;
	return 0xff;
}

__attribute__((weak)) void unit_out(u16 port, u8 value)
{
	(void)port;
	(void)value;
}

/* No such hypercall: -ENOSYS */
__attribute__((weak)) u32 unit_hypercall(u32 number, u32 *regs)
{
	(void)number;
	(void)regs;
	return -38;
}

void unit_vstop(const char *fmt, va_list args)
{
	format(unit_message, sizeof(unit_message), fmt, args);
	leave(STOPPED);
}

static __noreturn __printf(1, 2) void stop(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	unit_vstop(fmt, args);
}

void unit_stop(char *message)
{
	stop("%s", message);
}

static void timer(unsigned int ms)
{
	struct __kernel_old_itimerval when = { .it_value = { .tv_usec = ms * 1000 } };

	call(__NR_setitimer, ITIMER_VIRTUAL, (unsigned long)&when, 0, 0);
}

enum outcome attempt(void (*fn)(void))
{
	unit_halts = 0;
	unit_message[0] = 0;
	attempting = true;
	if (!unit_untimed)
		timer(500);
	if (!__builtin_setjmp(way_out)) {
		fn();
		attempting = false;
		ended = RETURNED;
	}
	if (!unit_untimed)
		timer(0);
	return ended;
}

/* What ring 3 may not do; returns false if it is none of that. */
static bool act_out(struct sigcontext *regs)
{
	const u8 *ip = (const u8 *)regs->eip;
	u32 args[5];

	switch (*ip) {
	case 0xe4:	/* inb $imm8, %al */
		regs->eax = (regs->eax & ~0xfful) | unit_in(ip[1]);
		regs->eip += 2;
		return true;
	case 0xe6:	/* outb %al, $imm8 */
		unit_out(ip[1], regs->eax);
		regs->eip += 2;
		return true;
	case 0xec:	/* inb %dx, %al */
		regs->eax = (regs->eax & ~0xfful) | unit_in(regs->edx);
		regs->eip++;
		return true;
	case 0xee:	/* outb %al, %dx */
		unit_out(regs->edx, regs->eax);
		regs->eip++;
		return true;
	case 0xcd:	/* int $imm8 */
		if (ip[1] != 0x82)
			return false;
		args[0] = regs->ebx;
		args[1] = regs->ecx;
		args[2] = regs->edx;
		args[3] = regs->esi;
		args[4] = regs->edi;
		regs->eax = unit_hypercall(regs->eax, args);
		regs->ebx = args[0];
		regs->ecx = args[1];
		regs->edx = args[2];
		regs->esi = args[3];
		regs->edi = args[4];
		regs->eip += 2;
		return true;
	case 0xf4:	/* hlt: woken up twice */
		if (++unit_halts == 3)
			leave(HALTED);
		regs->eip++;
		return true;
	}
	return false;
}

static void on_signal(int number, siginfo_t *info, struct ucontext *uc)
{
	struct sigcontext *regs = &uc->uc_mcontext;

	if (number == SIGSEGV && info->si_code == SI_KERNEL && act_out(regs))
		return;

	unit_fault_ip = regs->eip;
	unit_fault_address = (unsigned long)info->si_addr;
	if (!attempting) {
		printf_("Bail out! signal %d at 0x%x, address 0x%x\n", number, (u32)unit_fault_ip,
			(u32)unit_fault_address);
		quit(3);
	}
	leave(number == SIGVTALRM ? SPINNING : number == SIGSEGV ? FAULTED : TRAPPED);
}

/* Called by start.S */
void start(void)
{
	static const int signals[] = { SIGSEGV, SIGILL, SIGBUS, SIGFPE, SIGTRAP, SIGVTALRM };
	struct signal_action action = {
		.handler = on_signal,
		.flags = SA_SIGINFO | SA_NODEFER | SA_RESTORER,
		.restorer = restore_signal,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(signals); i++)
		call(__NR_rt_sigaction, signals[i], (unsigned long)&action, 0, sizeof(action.mask));
	quit(unit_main());
}
