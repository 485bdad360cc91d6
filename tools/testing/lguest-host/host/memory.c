// SPDX-License-Identifier: GPL-2.0
/* The guest's memory, by the addresses that the guest gives. */
#include "host.h"

bool guest_address_ok(u32 addr, u32 len)
{
	return addr + len >= addr && addr + len <= guest.mem;
}

void guest_read(u32 addr, void *to, u32 len)
{
	if (!guest_address_ok(addr, len))
		die("bad read address %#x len %u", addr, len);
	memcpy(to, guest.base + addr, len);
}

void guest_write(u32 addr, const void *from, u32 len)
{
	if (!guest_address_ok(addr, len))
		die("bad write address %#x len %u", addr, len);
	memcpy(guest.base + addr, from, len);
}

void guest_read_virt(u32 vaddr, void *to, u32 len)
{
	u32 first = PAGE_SIZE - vaddr % PAGE_SIZE;

	if (first > len)
		first = len;
	guest_read(guest_pa(vaddr), to, first);
	if (first < len)
		guest_read(guest_pa(vaddr + first), (u8 *)to + first, len - first);
}
