// SPDX-License-Identifier: GPL-2.0
/* Virtual 8086 mode: works, or is refused cleanly */
#include <asm/vm86.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness.h"

#define CODE	0x1000

static struct vm86plus_struct vm;

static void run_some(void)
{
	/* movw $0x1234, %ax; addw $0x1111, %ax; movw %ax, (0x10); int $0x77 */
	static const uint8_t program[] = { 0xb8, 0x34, 0x12, 0x05, 0x11, 0x11, 0xa3, 0x10, 0x00,
					   0xcd, 0x77, 0xf4 };
	int ret;

	if (mmap(NULL, 0x10000, PROT_READ | PROT_WRITE | PROT_EXEC,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0))
		give_up("mapping of address 0");
	memcpy((void *)CODE, program, sizeof(program));
	memset(&vm, 0, sizeof(vm));
	memset(&vm.int_revectored, 0xff, sizeof(vm.int_revectored));
	vm.cpu_type = 3;
	vm.regs.cs = CODE >> 4;
	vm.regs.ds = 0x200;
	vm.regs.ss = 0x300;
	vm.regs.esp = 0x100;
	ret = syscall(SYS_vm86, VM86_ENTER, &vm);
	equal(VM86_TYPE(ret), VM86_INTx, "int leaves virtual 8086 mode");
	equal(VM86_ARG(ret), 0x77, "with its number");
	equal(vm.regs.eax & 0xffff, 0x2345, "ax");
	equal(*(volatile uint16_t *)(uintptr_t)0x2010, 0x2345, "memory through ds");
	ret = syscall(SYS_vm86, VM86_ENTER, &vm);
	equal(VM86_TYPE(ret), VM86_UNKNOWN, "hlt leaves it as a fault");
}

static void area(void)
{
	if (refused("vm86")) {
		fails(syscall(SYS_vm86, VM86_PLUS_INSTALL_CHECK, 0), ENOSYS, "vm86");
		fails(syscall(SYS_vm86, VM86_ENTER, &vm), ENOSYS, "vm86 with a good argument");
		fails(syscall(SYS_vm86, VM86_ENTER, 0xc0000000), ENOSYS, "vm86 with a bad one");
		fails(syscall(SYS_vm86old, &vm), ENOSYS, "vm86old");
		return;
	}
	equal(syscall(SYS_vm86, VM86_PLUS_INSTALL_CHECK, 0), 0, "vm86 is there");
	fails(syscall(SYS_vm86, VM86_ENTER, 0xc0000000), EFAULT, "vm86 with a bad argument");
	run_some();
}

const struct area area_vm86 = {
	"vm86", "virtual 8086 mode, or its refusal", area, 20, false
};
