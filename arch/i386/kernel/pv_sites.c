// SPDX-License-Identifier: GPL-2.0
/*
 * Turns the sites of paravirt calls into calls: see asm/paravirt_xxl.h
 *
 * Natively this does nothing but for the option "pv_sites=call", which makes a
 * native kernel go through pv_ops everywhere: to try the layer without a
 * hypervisor.
 */
#include <linux/elf.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/insn.h>
#include <asm/paravirt.h>
#include <asm/pv_sites.h>
#include <asm/sync_core.h>
#include <asm/text-patching.h>

static bool diverted __ro_after_init;

static u8 *site_address(const struct pv_site *site)
{
	return (u8 *)&site->offset + site->offset;
}

static void *site_op(const struct pv_site *site)
{
	return (u8 *)&pv_ops + site->op;
}

static void make_indirect_call(u8 *insn, const struct pv_site *site)
{
	u32 op = (u32)site_op(site);

	insn[0] = 0xff;		/* call *op */
	insn[1] = 0x15;
	memcpy(insn + 2, &op, sizeof(op));
}

static void make_direct_call(u8 *insn, const struct pv_site *site, const u8 *ip)
{
	u8 *func = *(u8 **)site_op(site);
	s32 disp = func - (ip + PV_SITE_SIZE);

	if (!func)
		panic("pv_ops has nothing at %#x, for %pS\n", site->op, ip);
	if (func == (u8 *)nop_func) {
		memcpy(insn, x86_nops[PV_SITE_SIZE], PV_SITE_SIZE);
		return;
	}
	insn[0] = PV_FILL_BYTE;
	insn[1] = CALL_INSN_OPCODE;
	memcpy(insn + 2, &disp, sizeof(disp));
}

/**
 * pv_sites_divert() - make all sites of the kernel call through pv_ops
 *
 * To be called by the boot CPU before the first site is met that must not do what
 * it does natively, with events off and the kernel's text writable.
 */
void __init pv_sites_divert(void)
{
	const struct pv_site *site;

	for (site = __pv_sites; site < __pv_sites_end; site++)
		make_indirect_call(site_address(site), site);
	diverted = true;
}

static void __init_or_module bind(const struct pv_site *site, const struct pv_site *end)
{
	u8 insn[PV_SITE_SIZE];

	for (; site < end; site++) {
		make_direct_call(insn, site, site_address(site));
		text_poke_early(site_address(site), insn, sizeof(insn));
	}
}

/**
 * pv_sites_bind() - make all sites call directly what is in pv_ops now
 *
 * From now on pv_ops must not be changed.  Before other CPUs run and before the
 * kernel's text is made read-only.
 *
 * Return: whether there was something to do
 */
bool __init pv_sites_bind(void)
{
	if (diverted)
		bind(__pv_sites, __pv_sites_end);
	return diverted;
}

/**
 * pv_sites_module() - the same for a module that is being loaded
 * @hdr:	its ELF file
 * @sechdrs:	its section headers, with addresses
 */
void __init_or_module pv_sites_module(const void *hdr, const void *sechdrs)
{
	const Elf_Ehdr *ehdr = hdr;
	const Elf_Shdr *s = sechdrs;
	const char *names = hdr + s[ehdr->e_shstrndx].sh_offset;
	int i;

	for (i = 0; diverted && i < ehdr->e_shnum; i++, s++)
		if (!strcmp(".pv_sites", names + s->sh_name))
			bind((void *)s->sh_addr, (void *)s->sh_addr + s->sh_size);
}

static int __init divert_natively(char *arg)
{
	if (strcmp(arg, "call"))
		return -EINVAL;
	if (!diverted)
		pv_sites_divert();
	return 0;
}
early_param("pv_sites", divert_natively);
