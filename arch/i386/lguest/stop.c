// SPDX-License-Identifier: GPL-2.0
/* How a boot that fails ends, see early.h */
#include <linux/types.h>
#include <asm/lguest.h>
#include <asm/page_types.h>
#include "../boot/say.h"
#include "early.h"

#ifdef BOOT_SAY_IN_KERNEL
#include "guest.h"

static char text_buffer[LGUEST_TEXT_SIZE] __initdata;

__say char *lguest_early_text(void)
{
	return (char *)__pa_nodebug(text_buffer);
}

/* The host has filled this in if the call was made. */
static __say struct lguest_data *prepare(bool *made)
{
	struct lguest_data *data = (void *)__pa_nodebug(&lguest_data);

	*made = data->reserve_mem;
	return data;
}
#else
/*
 * Memory for all this: pages that no launcher uses, as it has boot_params at 0, the
 * command line behind, a bzImage at 1 MiB, an ELF file where that says, and an
 * initrd at the end.  The decompressor may have no .bss yet, and none in RAM.
 */
#define SCRATCH_DATA	0x90000
#define SCRATCH_TEXT	0x91000

char *lguest_early_text(void)
{
	return (char *)SCRATCH_TEXT;
}

static struct lguest_data *prepare(bool *made)
{
	struct lguest_data *data = (void *)SCRATCH_DATA;
	unsigned int i;

	data->blocked_interrupts = ~0u;
	for (i = 0; i < LGUEST_RING_SIZE; i++)
		data->hcall_status[i] = LGUEST_SLOT_FREE;
	data->kernel_address = __PAGE_OFFSET;
	data->syscall_vec = 0x80;
	*made = false;
	return data;
}
#endif

__noreturn __say void lguest_early_stop(const char *text)
{
	struct lguest_data *data;
	bool made;

	/* No other call is taken before this one, not even that to stop. */
	data = prepare(&made);
	if (!made)
		lguest_call(LHCALL_LGUEST_INIT, (unsigned long)data, 0, 0, 0);
	for (;;)
		lguest_call(LHCALL_SHUTDOWN, (unsigned long)text, LGUEST_POWER_OFF, 0, 0);
}

__say bool lguest_earlyprintk(const struct boot_params *bp)
{
	const char *name = SAY_STR("lguest"), *value = NULL;
	unsigned int i;

	while ((value = boot_option(bp, SAY_STR("earlyprintk"), value))) {
		for (i = 0; name[i] && value[i] == name[i]; i++)
			;
		if (!name[i] && (!value[i] || value[i] == ' ' || value[i] == ','))
			return true;
	}
	return false;
}
