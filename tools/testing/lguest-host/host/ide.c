// SPDX-License-Identifier: GPL-2.0
/* The disks of QEMU's machine, which hold the files of --block: one sector at a time by PIO. */
#include "host.h"

/* Offsets from a channel's first port */
#define R_DATA		0
#define R_COUNT		2
#define R_LBA0		3
#define R_LBA1		4
#define R_LBA2		5
#define R_DRIVE		6
#define R_COMMAND	7
#define R_STATUS	7

#define ST_ERR		0x01
#define ST_DRQ		0x08
#define ST_DF		0x20
#define ST_BUSY		0x80

#define DRIVE_LBA	0xe0
#define DRIVE_SECOND	0x10

#define CMD_READ	0x20
#define CMD_READ_EXT	0x24
#define CMD_WRITE	0x30
#define CMD_WRITE_EXT	0x34
#define CMD_FLUSH	0xe7
#define CMD_IDENTIFY	0xec

#define CONTROL_NO_IRQ	0x02

/* Words of what IDENTIFY gives */
#define ID_LBA28_SECTORS	60
#define ID_COMMANDS		83
#define ID_LBA48_SECTORS	100
#define ID_HAS_LBA48		(1 << 10)

#define LBA28_MAX	0x0fffffff

static u16 channel(u32 disk)
{
	return disk < 2 ? 0x1f0 : 0x170;
}

static u16 control(u32 disk)
{
	return disk < 2 ? 0x3f6 : 0x376;
}

/* Until the disk has or wants data, or, with want 0, has done its work */
static bool wait(u32 disk, u8 want)
{
	u8 st;

	do {
		st = inb(channel(disk) + R_STATUS);
		if (st == 0xff)
			return false;
	} while (st & ST_BUSY);
	return !(st & (ST_ERR | ST_DF)) && (st & want) == want;
}

static void set_lba(u32 disk, u32 lba, bool high)
{
	u16 port = channel(disk);
	u8 drive = DRIVE_LBA | (disk % 2 ? DRIVE_SECOND : 0);

	outb(control(disk), CONTROL_NO_IRQ);
	if (high) {
		outb(port + R_DRIVE, drive);
		outb(port + R_COUNT, 0);
		outb(port + R_LBA0, lba >> 24);
		outb(port + R_LBA1, 0);
		outb(port + R_LBA2, 0);
	} else {
		outb(port + R_DRIVE, drive | (lba >> 24 & 15));
	}
	outb(port + R_COUNT, 1);
	outb(port + R_LBA0, lba);
	outb(port + R_LBA1, lba >> 8);
	outb(port + R_LBA2, lba >> 16);
}

u32 ide_sectors(u32 disk)
{
	u16 port = channel(disk), id[SECTOR_SIZE / 2], *to = id;
	u32 n = ARRAY_SIZE(id);

	set_lba(disk, 0, false);
	outb(port + R_COMMAND, CMD_IDENTIFY);
	/* No disk: no status */
	if (!inb(port + R_STATUS) || !wait(disk, ST_DRQ))
		return 0;
	asm volatile("rep insw" : "+D"(to), "+c"(n) : "d"(port) : "memory");
	if (id[ID_COMMANDS] & ID_HAS_LBA48)
		return id[ID_LBA48_SECTORS + 2] || id[ID_LBA48_SECTORS + 3] ? ~0u :
		       id[ID_LBA48_SECTORS] | (u32)id[ID_LBA48_SECTORS + 1] << 16;
	return id[ID_LBA28_SECTORS] | (u32)id[ID_LBA28_SECTORS + 1] << 16;
}

bool ide_read(u32 disk, u32 sector, void *to)
{
	bool high = sector > LBA28_MAX;
	u32 n = SECTOR_SIZE / 2;

	set_lba(disk, sector, high);
	outb(channel(disk) + R_COMMAND, high ? CMD_READ_EXT : CMD_READ);
	if (!wait(disk, ST_DRQ))
		return false;
	asm volatile("rep insw" : "+D"(to), "+c"(n) : "d"(channel(disk)) : "memory");
	return true;
}

bool ide_write(u32 disk, u32 sector, const void *from)
{
	bool high = sector > LBA28_MAX;
	u32 n = SECTOR_SIZE / 2;

	set_lba(disk, sector, high);
	outb(channel(disk) + R_COMMAND, high ? CMD_WRITE_EXT : CMD_WRITE);
	if (!wait(disk, ST_DRQ))
		return false;
	asm volatile("rep outsw" : "+S"(from), "+c"(n) : "d"(channel(disk)) : "memory");
	return wait(disk, 0);
}

bool ide_flush(u32 disk)
{
	set_lba(disk, 0, false);
	outb(channel(disk) + R_COMMAND, CMD_FLUSH);
	return wait(disk, 0);
}
