// SPDX-License-Identifier: GPL-2.0
/*
 * The CPU, as far as 16-bit code is concerned
 */
#include "boot.h"

/**
 * validate_cpu() - put right what a BIOS may have left wrong
 *
 * check_cpu() turns on what some K7 and C3 have and hide.  Whether there is
 * enough is decided by the decompressor (compressed/cpu.c), which all loaders
 * come by, and which can say so on a serial console, too.
 *
 * Return: 0, go on; not 0 on a CPU with an erratum that no such kernel can
 * live with.  That has been said, then.
 */
int validate_cpu(void)
{
	check_cpu(NULL, NULL, NULL);
	return check_knl_erratum();
}
