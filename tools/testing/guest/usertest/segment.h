/* SPDX-License-Identifier: GPL-2.0 */
/* Loads of segment registers and accesses through them, for tls.c and ldt.c */
#ifndef USERTEST_SEGMENT_H
#define USERTEST_SEGMENT_H

#include <asm/ldt.h>
#include <stdint.h>

#define GDT_SELECTOR(slot)	((slot) * 8 + 3)
#define LDT_SELECTOR(entry)	((entry) * 8 + 7)

static inline void load_fs(unsigned int selector)
{
	asm volatile("movw %w0, %%fs" : : "r" (selector) : "memory");
}

static inline unsigned int get_fs(void)
{
	unsigned int selector;

	asm volatile("movl %%fs, %0" : "=r" (selector));
	return selector & 0xffff;
}

static inline unsigned int get_gs(void)
{
	unsigned int selector;

	asm volatile("movl %%gs, %0" : "=r" (selector));
	return selector & 0xffff;
}

static inline uint32_t read_fs(uint32_t offset)
{
	uint32_t value;

	asm volatile("movl %%fs:(%1), %0" : "=r" (value) : "r" (offset) : "memory");
	return value;
}

static inline void write_fs(uint32_t offset, uint32_t value)
{
	asm volatile("movl %1, %%fs:(%0)" : : "r" (offset), "r" (value) : "memory");
}

/* For faults(): these take the offset. */
static inline void try_read_fs(void *offset)
{
	read_fs((uintptr_t)offset);
}

static inline void try_write_fs(void *offset)
{
	write_fs((uintptr_t)offset, 0);
}

static inline void try_load_fs(void *selector)
{
	load_fs((uintptr_t)selector);
}

#endif
