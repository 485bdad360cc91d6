// SPDX-License-Identifier: GPL-2.0
/*
 * The CPU, as far as 16-bit code is concerned
 */
#include "boot.h"

/**
 * validate_cpu() - put right what a BIOS may have left wrong
 *
 * check_cpu() turns on features that some CPUs have, but hide.  Whether there
 * are enough is decided by the decompressor (compressed/cpu.c), which all
 * loaders come by, and which can say so on a serial console, too.
 *
 * Return: 0, go on.
 */
int validate_cpu(void)
{
	check_cpu(NULL, NULL, NULL);
	return 0;
}
