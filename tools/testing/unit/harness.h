/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A 32-bit process without C library, to run boot code in
 *
 * Boot code is compiled for it as it stands: 32-bit pointers, privileged
 * instructions and all.  What the processor refuses in ring 3 arrives as a
 * signal and is acted out: inb and outb by the test's unit_in() and unit_out(),
 * Xen's hypercalls by its unit_hypercall(), hlt by counting it.  Undefined
 * behaviour, as the compiler sees it, is a trap.
 */
#ifndef _UNIT_HARNESS_H
#define _UNIT_HARNESS_H

#include <linux/compiler.h>
#include <linux/stdarg.h>
#include <linux/types.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define UNIT_PAGE	4096

/* How an attempt ended */
enum outcome {
	RETURNED,
	HALTED,		/* in a loop of hlt */
	SPINNING,	/* still going on after a while, without hlt */
	STOPPED,	/* by unit_vstop() or unit_stop(): boot_stop() or error() was called */
	FAULTED,	/* memory that is not ours, at unit_fault_address */
	TRAPPED,	/* undefined behaviour, or no instruction at all */
};

extern const char * const outcome_names[];
extern unsigned long unit_fault_address, unit_fault_ip;
extern unsigned int unit_halts;
extern char unit_message[256];
extern bool unit_untimed;	/* for very many attempts */

/* Given by each test */
int unit_main(void);
u8 unit_in(u16 port);
void unit_out(u16 port, u8 value);
/* int $0x82: REGS are %ebx, %ecx, %edx, %esi and %edi, and may be changed; returns %eax. */
u32 unit_hypercall(u32 number, u32 *regs);

/* Run FN and say how it ended; a loop without hlt is given up after 0.5 s of CPU time. */
enum outcome attempt(void (*fn)(void));

/* End the attempt; the message ends up in unit_message. */
__noreturn __printf(1, 0) void unit_vstop(const char *fmt, va_list args);
/* The same, as the decompressor's error() */
__noreturn void unit_stop(char *message);

/* TAP */
__printf(2, 3) bool ok(bool good, const char *fmt, ...);
__printf(1, 2) void note(const char *fmt, ...);
int finish(void);

/*
 * SIZE bytes that end right before a page that can't be touched; also one
 * in front of the first page.  AT: where to put the first page, or NULL.
 */
void *guarded(void *at, unsigned int size);
void unmap(void *p, unsigned int size);

/* Returns false at the end of the file. */
bool read_all(void *p, unsigned int size);
void write_all(const void *p, unsigned int size);
__noreturn void quit(int status);

int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
size_t strlen(const char *s);
char *strstr(const char *s, const char *part);
void *memset(void *p, int c, size_t n);
void *memcpy(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);

#endif
