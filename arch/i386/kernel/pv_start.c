// SPDX-License-Identifier: GPL-2.0
/*
 * What guests outside of ring 0 do in the place of head_32.S, whoever their host is
 *
 * At PAGE_OFFSET, on the boot CPU, before i386_start_kernel().
 */
#include <linux/init.h>
#include <asm/cpu.h>
#include <asm/pgtable.h>
#include <asm/processor.h>
#include <asm/proto.h>
#include <asm/pv_start.h>
#include <asm/setup.h>
#include <asm/text-patching.h>
#include "../../x86/kernel/cpu/cpu.h"	/* get_cpu_cap() */

/**
 * pv_identify_boot_cpu() - what head_32.S finds out natively
 *
 * Needs the op cpuid.  Keeps capabilities that are set in new_cpu_data, which
 * setup_arch() copies to boot_cpu_data.
 */
void __init pv_identify_boot_cpu(void)
{
	struct cpuinfo_x86 *c = &new_cpu_data;

	cpu_detect(c);
	c->x86_capability[CPUID_1_EDX] = cpuid_edx(1);
	set_cpu_cap(c, X86_FEATURE_DEPRIVILEGED);
	boot_cpu_data = *c;
	get_cpu_cap(&boot_cpu_data);
	*c = boot_cpu_data;
	x86_configure_nx();
}

/**
 * pv_replace_iret() - a jump in the place of the one iret of entry_32.S
 * @iret:	where to; with the frame at %esp, all registers as they are to be behind
 *
 * The kernel's text is writable, and no exception has been taken yet.
 */
void __init pv_replace_iret(const void *iret)
{
	extern u8 irq_return_iret[];	/* has room for it behind */

	__text_gen_insn(irq_return_iret, JMP32_INSN_OPCODE, irq_return_iret, iret,
			JMP32_INSN_SIZE);
}
