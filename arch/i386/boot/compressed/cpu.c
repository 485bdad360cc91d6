// SPDX-License-Identifier: GPL-2.0
/*
 * Refuse a CPU that the kernel can't run on, and name what it lacks
 *
 * The 16-bit setup checks, too, but many loaders never run it, and a kernel
 * that goes on dies at its first PAE page table or CMOV without a word.
 */
#include <linux/kernel.h>
#include <asm/cpufeatures.h>
#include <asm/required-features.h>
#include <asm/processor-flags.h>
#include "../say.h"
#include "start.h"
#include "cpustr.h"

/*
 * Of required-features.h, the words that are a CPUID leaf each.  Others hold
 * what the kernel finds out in other ways (NOPL by trying).
 */

struct cpuid_regs {
	u32 eax, ebx, ecx, edx;
};

static struct cpuid_regs cpuid_leaf(u32 leaf)
{
	struct cpuid_regs r;

	asm volatile("cpuid"
		     : "=a" (r.eax), "=b" (r.ebx), "=c" (r.ecx), "=d" (r.edx)
		     : "0" (leaf), "2" (0));
	return r;
}

/* A 386 or an early 486 has no CPUID: the flag that announces it is stuck. */
static bool has_cpuid(void)
{
	u32 was, now;

	asm volatile("pushfl\n\t"
		     "pushfl\n\t"
		     "popl %0\n\t"
		     "movl %0, %1\n\t"
		     "xorl %2, %1\n\t"
		     "pushl %1\n\t"
		     "popfl\n\t"
		     "pushfl\n\t"
		     "popl %1\n\t"
		     "popfl"
		     : "=&r" (was), "=&r" (now) : "ri" (X86_EFLAGS_ID));
	return (was ^ now) & X86_EFLAGS_ID;
}

/* Pentium M with PAE, but without the bit that says so; SIGNATURE: of CPUID leaf 1 */
static bool pae_hidden(const struct boot_params *bp, u32 signature)
{
	u32 model = signature & 0xf0ff0;	/* and family; with its high half */

	return (model == 0x690 || model == 0x6d0) && boot_option(bp, SAY_STR("forcepae"), NULL);
}

/*
 * VIA and Transmeta have made CPUs that do CMPXCHG8B and don't say so; the
 * kernel makes them (arch/x86/kernel/cpu/{centaur,transmeta}.c).
 */
static bool hides_cx8(const struct cpuid_regs *vendor)
{
	return vendor->ebx == 0x746e6543 ||					/* CentaurHauls */
	       vendor->ebx == 0x6e617254 ||					/* TransmetaCPU */
	       (vendor->ebx == 0x756e6547 && vendor->ecx == 0x3638784d);	/* GenuineTMx86 */
}

/* Names from cpustr.h: word, bit, string, NUL, again and again in order */
static const char *feature_name(u32 word, u32 bit)
{
	const unsigned char *p = (const unsigned char *)x86_cap_strs;

	while (p[0] < word || (p[0] == word && p[1] < bit)) {
		p += 2;
		while (*p++)
			;
	}
	return p[0] == word && p[1] == bit && p[2] ? (const char *)p + 2 : NULL;
}

static void add_missing(struct say *say, u32 word, u32 missing)
{
	u32 bit;

	for (bit = 0; bit < 32; bit++) {
		const char *name;

		if (!(missing & (1u << bit)))
			continue;
		name = feature_name(word, bit);
		if (name)
			boot_say(say, SAY_STR(" %s"), name);
		else
			boot_say(say, SAY_STR(" %u:%u"), word, bit);
	}
}

/**
 * check_cpu_features() - stop with a message on a CPU that lacks what is needed
 * @bp:	boot_params, for the command line (forcepae) and the consoles
 */
void check_cpu_features(const struct boot_params *bp)
{
	u32 missing0 = REQUIRED_MASK0, missing1 = REQUIRED_MASK1, missing4 = REQUIRED_MASK4;
	struct cpuid_regs vendor = { }, standard;
	struct say say;

	/* Without CPUID, an FPU shows only by being there: the kernel will try. */
	if (has_cpuid())
		vendor = cpuid_leaf(0);
	else
		missing0 &= ~(1u << (X86_FEATURE_FPU & 31));
	if (vendor.eax >= 1) {
		standard = cpuid_leaf(1);
		missing0 &= ~standard.edx;
		if (hides_cx8(&vendor))
			missing0 &= ~(1u << (X86_FEATURE_CX8 & 31));
		missing4 &= ~standard.ecx;
		if ((cpuid_leaf(0x80000000).eax >> 16) == 0x8000)
			missing1 &= ~cpuid_leaf(0x80000001).edx;
		if (missing0 == (1 << (X86_FEATURE_PAE & 31)) && pae_hidden(bp, standard.eax))
			missing0 = 0;
	}
	if (!(missing0 | missing1 | missing4))
		return;

	boot_say_start(&say, bp);
	boot_say(&say, SAY_STR("Cannot boot: this kernel needs features not present on the CPU:"));
	add_missing(&say, 0, missing0);
	add_missing(&say, 1, missing1);
	add_missing(&say, 4, missing4);
	boot_say(&say, SAY_STR("\n-- System halted\n"));
	boot_halt(&say);
}
