// SPDX-License-Identifier: GPL-2.0
/* The ways into the kernel: int $0x80, the vDSO's entry, and what they keep */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness.h"

struct call {
	uint32_t eax, ebx, ecx, edx, esi, edi, ebp;
};

extern void call_int80(struct call *c);
extern void call_vdso(struct call *c);
extern uint32_t call_entry, call_flags_in, call_flags_out;

typedef void (*call_fn)(struct call *c);

#define FLAG_CF	0x0001
#define FLAG_DF	0x0400
#define FLAG_NT	0x4000
#define FLAG_OF	0x0800
#define FLAG_AC	0x40000
#define FLAG_ID	0x200000

static void one_way(call_fn call, const char *way)
{
	static const uint32_t flags[] = { 0, FLAG_CF | FLAG_OF, FLAG_DF, FLAG_ID, FLAG_NT };
	static const uint32_t bad[] = { 0xffffffff, 0x7fffffff, 0x80000000, 0x40000014, 9999, 1000 };
	uint32_t mask = FLAG_CF | FLAG_OF | FLAG_DF | FLAG_ID, i;
	struct call c, before;
	int fd, k, wrong = 0;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		c = (struct call){ SYS_getpid, 1, 2, 3, 4, 5, 6 };
		before = c;
		call_flags_in = flags[i];
		call(&c);
		before.eax = getpid();
		check(!memcmp(&c, &before, sizeof(c)), "%s: result and all registers, eflags %#x",
		      way, flags[i]);
		if (flags[i] != FLAG_NT)
			equal(call_flags_out & mask, flags[i], "%s: flags", way);
	}
	call_flags_in = 0;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		c = (struct call){ bad[i], 1, 2, 3, 4, 5, 6 };
		call(&c);
		equal(c.eax, (uint32_t)-ENOSYS, "%s: no call %#x", way, bad[i]);
	}

	/* Six arguments; the sixth one is in ebp, which the vDSO's entry has its own use for. */
	fd = open("/proc/self/exe", O_RDONLY);
	c = (struct call){ SYS_mmap2, 0, PAGE, PROT_READ, MAP_PRIVATE, fd, 1 };
	call(&c);
	if (check(c.eax < 0xfffff000, "%s: mmap2 with six arguments", way)) {
		uint8_t page[PAGE];

		check(pread(fd, page, PAGE, PAGE) == PAGE &&
		      !memcmp(page, (void *)c.eax, PAGE), "%s: the second page", way);
		check(c.ebp == 1 && c.edi == (uint32_t)fd && c.ecx == PAGE, "%s: they are kept",
		      way);
		munmap((void *)c.eax, PAGE);
	}
	close(fd);
	c = (struct call){ SYS_write, 1, 0xc0000000, 16, 0, 0, 0 };
	call(&c);
	equal(c.eax, (uint32_t)-EFAULT, "%s: an address in the kernel", way);
	for (k = 0; k < 10000; k++) {
		c = (struct call){ SYS_getpid, k, ~k, 3, 4, 5, 6 };
		call(&c);
		wrong += c.eax != (uint32_t)getpid() || c.ebx != (uint32_t)k;
	}
	equal(wrong, 0, "%s: 10000 calls", way);
}

/* The stack that the vDSO's entry uses may not be there. */
static void no_stack(void *arg)
{
	(void)arg;
	asm volatile("movl %1, %%edi; movl $16, %%esp; int $0x80; testl %%eax, %%eax; jle 1f;"
		     "movl $1, %%eax; movl $7, %%ebx; int $0x80; 1: hlt"
		     : : "a" (SYS_getpid), "r" (0));
}

static void area(void)
{
	call_entry = auxv(AT_SYSINFO);
	check(call_entry, "AT_SYSINFO: %#x", call_entry);
	check(auxv(AT_SYSINFO_EHDR) && !memcmp((void *)auxv(AT_SYSINFO_EHDR), "\x7f" "ELF", 4),
	      "AT_SYSINFO_EHDR: %#lx", auxv(AT_SYSINFO_EHDR));
	one_way(call_int80, "int $0x80");
	if (call_entry) {
		const uint8_t *code = (const uint8_t *)call_entry;

		/* Which instruction this machine's vDSO enters the kernel with */
		diag("the vDSO's entry: %02x %02x %02x %02x %02x %02x %02x %02x %02x", code[0],
		     code[1], code[2], code[3], code[4], code[5], code[6], code[7], code[8]);
		one_way(call_vdso, "vDSO");
	}
	equal_status(in_child(no_stack, NULL), EXITED(7), "int $0x80 without a stack");
}

const struct area area_syscall = {
	"syscall", "int $0x80 and the vDSO's entry: arguments, registers, flags", area, 30, false
};
