// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions that the launcher does for the guest: port I/O and accesses to
 * device memory. What it does not know comes back to the guest as the trap it
 * was, and ends it where there is no handler for that.
 */
#include "host.h"

#define INSN_BYTES	7
#define PREFIX_16BIT	0x66
#define INSN_CLI	0xfa

static void reinject(u32 trap)
{
	if (!deliver_trap(trap))
		die("Reinjecting trap %u for fault at %#x: Invalid argument", trap, regs->eip);
}

static u32 size_mask(u32 size)
{
	return size == 4 ? ~0u : (1u << size * 8) - 1;
}

static void set_part(u32 *reg, u32 shift, u32 size, u32 val)
{
	u32 mask = size_mask(size) << shift;

	*reg = (*reg & ~mask) | (val << shift & mask);
}

static bool port_in(u16 port, u32 size)
{
	u32 val = ~0u;

	if (port >= PCI_ADDRESS && port < PCI_DATA + 4)
		pci_in(port, size, &val);
	else if (port == 0x64)
		val = 1;
	set_part(&regs->eax, 0, size, val);
	return true;
}

static bool port_out(u16 port, u32 size)
{
	if (port < PCI_ADDRESS || port >= PCI_DATA + 4)
		return true;
	if (pci_out(port, size, regs->eax & size_mask(size)))
		return true;
	warn("Attempt to write to port %u (%#x mask)", port, size_mask(size));
	return false;
}

void emulate_insn(void)
{
	u8 insn[INSN_BYTES];
	u32 len = 0, size;
	u16 port;
	bool done;

	guest_read_virt(regs->eip, insn, sizeof(insn));
	trace(2, "general protection at %08x: %02x %02x %02x %02x", regs->eip, insn[0], insn[1],
	      insn[2], insn[3]);
	if ((regs->cs & 3) != GUEST_PL)
		goto refuse;
	if (insn[0] == INSN_CLI) {
		regs->eip++;
		return;
	}
	if (insn[0] == PREFIX_16BIT)
		len++;
	size = insn[len] & 1 ? (len ? 2 : 4) : 1;
	switch (insn[len++]) {
	case 0xe4:
	case 0xe5:
		port = insn[len++];
		done = port_in(port, size);
		break;
	case 0xe6:
	case 0xe7:
		port = insn[len++];
		done = port_out(port, size);
		break;
	case 0xec:
	case 0xed:
		done = port_in(regs->edx, size);
		break;
	case 0xee:
	case 0xef:
		done = port_out(regs->edx, size);
		break;
	default:
		goto refuse;
	}
	if (!done)
		goto refuse;
	regs->eip += len;
	return;
refuse:
	reinject(13);
}

/* A register by its number in a ModRM byte; of the byte registers, 4 to 7 are high halves. */
static u32 *modrm_reg(u32 nr, u32 size, u32 *shift)
{
	u32 *const by_nr[8] = {
		&regs->eax, &regs->ecx, &regs->edx, &regs->ebx,
		&regs->esp, &regs->ebp, &regs->esi, &regs->edi,
	};

	*shift = 0;
	if (size == 1 && nr >= 4) {
		*shift = 8;
		nr -= 4;
	}
	return by_nr[nr];
}

/* Bytes of the ModRM byte and what belongs to it; 0: a form that the launcher mis-sizes */
static u32 modrm_len(u8 modrm)
{
	u32 mod = modrm >> 6, rm = modrm & 7;

	if (rm == 4 || mod == 3 || (mod == 0 && rm == 5))
		return 0;
	return mod == 0 ? 1 : mod == 1 ? 2 : 5;
}

void emulate_mmio(u32 addr)
{
	u8 insn[INSN_BYTES], op;
	u32 len = 0, size, shift, val, *reg, modrm;

	guest_read_virt(regs->eip, insn, sizeof(insn));
	if (insn[0] == PREFIX_16BIT)
		len++;
	op = insn[len++];
	modrm = modrm_len(insn[len]);
	if ((op & 0xfc) != 0x88 || !modrm) {
		warn("Unknown MMIO instruction touching %#08x: %02x %02x %02x %02x at %#x", addr,
		     insn[0], insn[1], insn[2], insn[3], regs->eip);
		goto refuse;
	}
	size = op & 1 ? (insn[0] == PREFIX_16BIT ? 2 : 4) : 1;
	reg = modrm_reg(insn[len] >> 3 & 7, size, &shift);
	if (op & 2) {
		if (!mmio_read(addr, size, &val))
			goto absent;
		set_part(reg, shift, size, val);
	} else if (!mmio_write(addr, size, *reg >> shift & size_mask(size))) {
		goto absent;
	}
	regs->eip += len + modrm;
	return;
absent:
	warn("MMIO touching %#08x (not a device)", addr);
refuse:
	reinject(14);
}
