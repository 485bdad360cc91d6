// SPDX-License-Identifier: GPL-2.0
/*
 * From linear mode to page tables of our own: the first thing that the kernel does
 * in a guest of lguest
 *
 * Runs P=V.  There is no exception handler yet.
 */
#include <linux/align.h>
#include <linux/init.h>
#include <asm/page_types.h>
#include <asm/pgtable.h>
#include <asm/sections.h>
#include <asm/setup.h>
#include "../boot/say.h"
#include "early.h"
#include "guest.h"

/* Page tables without PAE: entries of 32 bits, a page of them for 4 MiB */
#define LEGACY_ENTRIES		1024
#define LEGACY_SHIFT		22
#define LEGACY_SPAN		(LEGACY_ENTRIES * PAGE_SIZE)

/* All that an lguest host takes in an entry for a page table */
#define TABLE_FLAGS		(_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY)

/* A top level of PAE: words of 32 bits */
#define PAE_WORDS		8

asmlinkage __visible void __say lguest_announce(void);
asmlinkage __visible void __say lguest_load_page_tables(void);

/**
 * lguest_announce() - tell the host where our side of the contract is
 *
 * Stops if there is no host.
 */
asmlinkage __visible void __say lguest_announce(void)
{
	const struct boot_params *bp = (void *)__pa_nodebug(&boot_params);
	struct lguest_data *data = (void *)__pa_nodebug(&lguest_data);
	struct say say;

	/* A loader may say what it likes. */
	if (in_ring_0())
		boot_stop(bp, SAY_STR("hardware_subarch is %u (lguest), but lguest is not there\n"),
			  bp->hdr.hardware_subarch);

	lguest_call(LHCALL_LGUEST_INIT, (unsigned long)data, 0, 0, 0);

	if (lguest_earlyprintk(bp)) {
		boot_say_start(&say, bp);
		boot_say(&say, SAY_STR("lguest has entered the kernel: memory of 0x%x bytes, "),
			 (unsigned int)bp->e820_table[0].size);
		boot_say(&say, SAY_STR("initrd of 0x%x bytes at 0x%x, 0x%x bytes are the host's\n"),
			 bp->hdr.ramdisk_size, bp->hdr.ramdisk_image, data->reserve_mem);
	}
}

/*
 * Has the host PAE?  Nothing tells, and a host without PAE that is given page tables
 * with PAE ends the guest without a word that a user could understand.  So it first gets
 * tables that mean the same to both, but for one page: all of the kernel P=V.
 *
 * TOP is read as four entries of 64 bits by the one, as 1024 of 32 bits by the other.
 * The first is that of PAGE_TABLES, for the first GiB with PAE; the others are the other
 * format's, from 16 MiB on, where the kernel is.  With PAE two of them are entries for
 * addresses that nobody uses meanwhile.  The host looks at entries when they are
 * used.
 */
static __say bool host_has_pae(const u32 *page_tables)
{
	const u32 start = ALIGN_DOWN(__pa_nodebug(_text), LEGACY_SPAN);
	const u32 end = ALIGN(__pa_nodebug(_end), LEGACY_SPAN);
	/* Behind the page tables that were just made: free until .brk is used again */
	u32 *top = (void *)ALIGN(*(u32 *)__pa_nodebug(&_brk_end) - __PAGE_OFFSET, PAGE_SIZE);
	u32 *table = top + LEGACY_ENTRIES, *first = table;
	u32 address = start;
	unsigned int i;

	/* The entries for this would be those that PAE uses. */
	if (start >> LEGACY_SHIFT < PAE_WORDS / 2)
		return true;
	if ((u32)top + (1 + ((end - start) >> LEGACY_SHIFT)) * PAGE_SIZE > end)
		return true;

	for (i = 0; i < LEGACY_ENTRIES; i++)
		WRITE_ONCE(top[i], i < 2 ? page_tables[i] : 0);
	for (; address < end; table += LEGACY_ENTRIES) {
		top[address >> LEGACY_SHIFT] = (u32)table | TABLE_FLAGS;
		for (i = 0; i < LEGACY_ENTRIES; i++, address += PAGE_SIZE)
			table[i] = address | _PAGE_PRESENT | _PAGE_RW;
	}
	/* What is TOP's page with PAE is another one without: a table, other in its first word. */
	first[((u32)top - start) >> PAGE_SHIFT] = (u32)first | _PAGE_PRESENT | _PAGE_RW;

	lguest_call(LHCALL_NEW_PGTABLE, (u32)top, 0, 0, 0);
	return READ_ONCE(*top) == page_tables[0];
}

/**
 * lguest_load_page_tables() - leave linear mode for the native page tables
 *
 * Stops, with a message, on a host without PAE.
 */
asmlinkage __visible void __say lguest_load_page_tables(void)
{
	const struct boot_params *bp = (void *)__pa_nodebug(&boot_params);
	const u32 *page_tables = (void *)__pa_nodebug(initial_page_table);

	if (!host_has_pae(page_tables))
		boot_stop(bp, SAY_STR("this kernel has PAE, and the lguest host has not\n"));

	lguest_call(LHCALL_NEW_PGTABLE, (u32)page_tables, 0, 0, 0);
	/* Those that were there for a moment, too */
	lguest_call(LHCALL_FLUSH_TLB, LGUEST_FLUSH_ALL, 0, 0, 0);
}
