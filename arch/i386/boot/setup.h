/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _I386_BOOT_SETUP_H
#define _I386_BOOT_SETUP_H

/* In the last four bytes of the 16-bit setup code; header.S looks for it. */
#define SETUP_SIGNATURE		0x5a5aaa55

/* Both of the PE header */
#define PE_SECTION_ALIGN	0x1000
#define PE_FILE_ALIGN		0x200

#endif
