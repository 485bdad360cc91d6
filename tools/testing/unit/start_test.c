// SPDX-License-Identifier: GPL-2.0
/* arch/i386/boot/compressed/start.c: header, memory, where everything goes */
#include "harness.h"
#include "link.h"
#include "arch/i386/boot/compressed/start.c"

static struct boot_params bp;
static unsigned int cpu_checks;

void boot_stop(const struct boot_params *params, const char *fmt, ...)
{
	va_list args;

	(void)params;
	va_start(args, fmt);
	unit_vstop(fmt, args);
}

void check_cpu_features(const struct boot_params *params)
{
	/* It looks for options: the header has to be whole by then. */
	if (params->hdr.header == HDRS_MAGIC)
		cpu_checks++;
}

static bool ended(enum outcome how, enum outcome want)
{
	if (how != want)
		note("%s, at 0x%x, address 0x%x: %s", outcome_names[how], (u32)unit_fault_ip,
		     (u32)unit_fault_address, unit_message);
	return how == want;
}

/* -- is_ram() -- */

#define MAX	E820_MAX_ENTRIES_ZEROPAGE
#define RAM	E820_TYPE_RAM
#define RESERVED E820_TYPE_RESERVED
#define M	0x100000ull

/* Of [16 MiB, 32 MiB) */
static const struct {
	const char *name;
	unsigned int entries;		/* 0: as many as there are below */
	struct boot_e820_entry map[8];
	u32 ram_end;			/* 0: all of it is RAM, or may be */
} maps[] = {
	{ "no map", ~0u, { }, 0 },
	{ "one entry, exactly", 1, { { 16 * M, 16 * M, RAM } }, 0 },
	{ "one entry, larger", 1, { { 1 * M, 100 * M, RAM } }, 0 },
	{ "one entry, a byte short at the end", 1, { { 16 * M, 16 * M - 1, RAM } }, 32 * M - 1 },
	{ "one entry, a byte short at the start", 1, { { 16 * M + 1, 16 * M, RAM } }, 16 * M },
	{ "reserved", 1, { { 0, 100 * M, RESERVED } }, 16 * M },
	{ "ACPI data", 1, { { 0, 100 * M, E820_TYPE_ACPI } }, 16 * M },
	{ "adjoining", 2, { { 0, 20 * M, RAM }, { 20 * M, 80 * M, RAM } }, 0 },
	{ "adjoining, in reverse", 2, { { 20 * M, 80 * M, RAM }, { 0, 20 * M, RAM } }, 0 },
	{ "unsorted", 5, { { 24 * M, 2 * M, RAM }, { 31 * M, 9 * M, RAM }, { 16 * M, 8 * M, RAM },
			   { 26 * M, 5 * M, RAM }, { 0, 1 * M, RAM } }, 0 },
	{ "overlapping", 3, { { 10 * M, 12 * M, RAM }, { 20 * M, 8 * M, RAM }, { 21 * M, 20 * M,
										 RAM } }, 0 },
	{ "one in the other", 2, { { 0, 100 * M, RAM }, { 17 * M, 1 * M, RAM } }, 0 },
	{ "hole of a byte", 2, { { 0, 20 * M, RAM }, { 20 * M + 1, 80 * M, RAM } }, 20 * M },
	{ "hole, unsorted", 3, { { 30 * M, 80 * M, RAM }, { 0, 18 * M, RAM }, { 18 * M, 7 * M,
										RAM } }, 25 * M },
	{ "hole that is reserved", 3, { { 0, 20 * M, RAM }, { 20 * M, 1 * M, RESERVED }, { 21 * M,
											   80 * M,
											   RAM } },
	  20 * M },
	{ "RAM elsewhere", 2, { { 0, 1 * M, RAM }, { 64 * M, 64 * M, RAM } }, 16 * M },
	{ "RAM up to the start", 1, { { 0, 16 * M, RAM } }, 16 * M },
	{ "size 0", 2, { { 16 * M, 0, RAM }, { 0, 20 * M, RAM } }, 20 * M },
	{ "above 4 GiB", 1, { { 0x100000000ull + 16 * M, 16 * M, RAM } }, 16 * M },
	{ "over 4 GiB", 1, { { 0, 0x200000000ull, RAM } }, 0 },
	{ "wraps around to 0", 2, { { 0, 18 * M, RAM }, { ~0ull - M, 64 * M, RAM } }, 18 * M },
	{ "wraps around past the start", 1, { { 1 * M, ~0ull, RAM } }, 16 * M },
	{ "as many entries as there is room for: more may follow elsewhere", MAX, { { 0, 1 * M,
										      RAM } }, 0 },
	{ "more entries than there is room for", 255, { { 0, 1 * M, RAM } }, 0 },
	{ "nearly as many entries as there is room for", MAX - 1, { { 0, 1 * M, RAM } }, 16 * M },
};

static u32 ram_end;
static bool ram;

static void ask_ram(void)
{
	ram = is_ram(&bp, 16 * M, 32 * M, &ram_end);
}

static void set_map(unsigned int i)
{
	memset(&bp, 0, sizeof(bp));
	bp.e820_entries = maps[i].entries == ~0u ? 0 : maps[i].entries;
	memcpy(bp.e820_table, maps[i].map, sizeof(maps[i].map));
}

static void test_is_ram(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(maps); i++) {
		bool good;

		set_map(i);
		ram_end = 0;
		good = ended(attempt(ask_ram), RETURNED) && ram == !maps[i].ram_end &&
		       (ram || ram_end == maps[i].ram_end);
		if (!ok(good, "is_ram: %s", maps[i].name))
			note("%s up to 0x%x", ram ? "yes" : "no", ram_end);
	}

	/* The last entry counts, too. */
	memset(&bp, 0, sizeof(bp));
	bp.e820_entries = MAX - 1;
	for (i = 0; i < MAX - 1; i++)
		bp.e820_table[MAX - 2 - i] = (struct boot_e820_entry) { i * M, M, RAM };
	ok(ended(attempt(ask_ram), RETURNED) && ram, "is_ram: 127 entries in reverse");
}

/* -- complete_header() -- */

#define FIELD(name)	{ #name, offsetof(struct setup_header, name), sizeof(bp.hdr.name) }

static const struct {
	const char *name;
	unsigned int offset, size;
} fields[] = {
	FIELD(setup_sects), FIELD(root_flags), FIELD(syssize), FIELD(ram_size), FIELD(vid_mode),
	FIELD(root_dev),
	FIELD(boot_flag), FIELD(jump), FIELD(header), FIELD(version), FIELD(realmode_swtch),
	FIELD(start_sys_seg),
	FIELD(kernel_version), FIELD(type_of_loader), FIELD(loadflags), FIELD(setup_move_size),
	FIELD(code32_start), FIELD(ramdisk_image), FIELD(ramdisk_size), FIELD(bootsect_kludge),
	FIELD(heap_end_ptr), FIELD(ext_loader_ver), FIELD(ext_loader_type), FIELD(cmd_line_ptr),
	FIELD(initrd_addr_max), FIELD(kernel_alignment), FIELD(relocatable_kernel),
	FIELD(min_alignment),
	FIELD(xloadflags), FIELD(cmdline_size), FIELD(hardware_subarch),
	FIELD(hardware_subarch_data),
	FIELD(payload_offset), FIELD(payload_length), FIELD(setup_data), FIELD(pref_address),
	FIELD(init_size),
	FIELD(handover_offset), FIELD(kernel_info_offset),
};

#define ALWAYS		" type_of_loader ext_loader_ver ext_loader_type " \
			"ramdisk_image ramdisk_size cmd_line_ptr "
#define SINCE_207	"hardware_subarch hardware_subarch_data "
#define SINCE_209	"setup_data "

static bool in_list(const char *list, const char *name)
{
	unsigned int n = strlen(name);

	for (; *list; list++)
		if (list[0] == ' ' && !strncmp(list + 1, name, n) && list[n + 1] == ' ')
			return true;
	return false;
}

/* What the header has to be like, but for the loader's fields */
static struct setup_header own_header(void)
{
	struct setup_header hdr = linked_header;

	hdr.syssize = UNIT_SYSSIZE;
	hdr.payload_offset = UNIT_PAYLOAD - UNIT_STARTUP;
	hdr.payload_length = UNIT_PAYLOAD_LENGTH;
	hdr.init_size = UNIT_INIT_SIZE;
	hdr.handover_offset = UNIT_HANDOVER_OFFSET;
	hdr.kernel_info_offset = UNIT_KERNEL_INFO_OFFSET;
	return hdr;
}

/* A header of nothing but the loader's marks, that is not valid in itself */
static void sparse_header(u16 version)
{
	memset(&bp, 0, sizeof(bp));
	memset(&bp.hdr, 0xb5, sizeof(bp.hdr));
	bp.hdr.version = version;
}

static bool fields_survive(const char *list)
{
	struct setup_header own = own_header(), said = bp.hdr;
	const u8 *got = (const u8 *)&bp.hdr;
	bool good = true;
	unsigned int i;

	own.loadflags |= said.loadflags;
	complete_header(&bp);
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		bool survives = in_list(list, fields[i].name);
		const u8 *want = survives ? (const u8 *)&said : (const u8 *)&own;

		if (memcmp(got + fields[i].offset, want + fields[i].offset, fields[i].size)) {
			note("%s is not %s", fields[i].name,
			     survives ? "what the loader said" : "our own");
			good = false;
		}
	}
	return good;
}

static void test_complete_header(void)
{
	static const u16 valid[] = { 0x0200, 0x0206, 0x0207, 0x0209, 0x020f, 0x0300 };
	static const struct {
		u16 version;
		const char *list;
	} sparse[] = {
		{ 0, ALWAYS },
		{ 0x0204, ALWAYS },
		{ 0x0206, ALWAYS },
		{ 0x0207, ALWAYS SINCE_207 },
		{ 0x0208, ALWAYS SINCE_207 },
		{ 0x0209, ALWAYS SINCE_207 SINCE_209 },
		{ 0x020f, ALWAYS SINCE_207 SINCE_209 },
	};
	unsigned int i, size = 0;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		size += fields[i].size;
	ok(size == sizeof(struct setup_header), "the test knows all fields of the setup header");

	for (i = 0; i < ARRAY_SIZE(sparse); i++) {
		sparse_header(sparse[i].version);
		ok(fields_survive(sparse[i].list), "complete_header: no magic, version 0x%x",
		   sparse[i].version);
	}

	sparse_header(0x01ff);
	bp.hdr.header = HDRS_MAGIC;
	ok(fields_survive(ALWAYS), "complete_header: magic, but version 0x1ff");

	memset(&bp, 0, sizeof(bp));
	bp.hdr.loadflags = KEEP_SEGMENTS;
	ok(fields_survive(ALWAYS) && bp.hdr.loadflags == (LOADED_HIGH | KEEP_SEGMENTS),
	   "complete_header: a zero page that only says KEEP_SEGMENTS");

	for (i = 0; i < ARRAY_SIZE(valid); i++) {
		static struct boot_params was;

		sparse_header(valid[i]);
		bp.hdr.header = HDRS_MAGIC;
		was = bp;
		complete_header(&bp);
		ok(!memcmp(&bp, &was, sizeof(bp)),
		   "complete_header: valid, version 0x%x: left alone", valid[i]);
	}
}

/* -- choose_output(), start_decompressor() -- */

static const struct {
	const char *name;
	u32 startup, alignment;
	u32 output;
	bool stays;		/* the payload, where it was loaded */
} loads[] = {
#ifdef CONFIG_RELOCATABLE
	{ "in place", UNIT_STARTUP, 0x200000, 0x1000000, false },
	{ "in place, whatever the alignment", UNIT_STARTUP, 0x10000000, 0x1000000, false },
	{ "at 1 MiB", 0x100000, 0x200000, 0x1000000, true },
	{ "at pref_address", 0x1000000, 0x200000, 0x1000000, false },
	{ "above", 0x3000000, 0x200000, 0x3000000, false },
	{ "above, one page off", 0x3001000, 0x200000, 0x3200000, false },
	{ "above, one byte below the next", 0x31fffff, 0x200000, 0x3200000, false },
	{ "above, wants little alignment", 0x3001000, 0x2000, 0x3002000, false },
	{ "above, wants much alignment", 0x3001000, 0x1000000, 0x4000000, true },
	{ "alignment 0", 0x3001000, 0, 0x3200000, false },
	{ "alignment that is no power of two", 0x3001000, 0x300000, 0x3200000, false },
	{ "alignment below the least", 0x3001000, 0x1000, 0x3200000, false },
	{ "payload ends at the window", 0x1000000 - 0x301000, 0x200000, 0x1000000, true },
	{ "payload reaches a byte into the window", 0x1000000 - 0x301000 + 1, 0x200000, 0x1000000,
	  false },
	{ "a page below where it is linked to", UNIT_STARTUP - 0x1000, 0x200000, 0x1400000, false },
	{ "a page above where it is linked to", UNIT_STARTUP + 0x1000, 0x200000, 0x1600000, false },
	{ "all of it up to 4 GiB", 0xff000000 - 0x1000000, 0x200000, 0xfe000000, false },
#else
	{ "fixed: in place", UNIT_STARTUP, 0x200000, 0x1000000, false },
	{ "fixed: at 1 MiB", 0x100000, 0x200000, 0x1000000, true },
	{ "fixed: at pref_address", 0x1000000, 0x200000, 0x1000000, false },
	{ "fixed: above", 0x5000000, 0x200000, 0x1000000, true },
	{ "fixed: payload begins behind the window", 0x2000000 - 0x1000, 0x200000, 0x1000000,
	  true },
	{ "fixed: payload begins a byte before that", 0x2000000 - 0x1001, 0x200000, 0x1000000,
	  false },
	{ "fixed: payload ends at the window", 0x1000000 - 0x301000, 0x200000, 0x1000000, true },
	{ "fixed: payload reaches a byte into the window", 0x1000000 - 0x301000 + 1, 0x200000,
	  0x1000000, false },
#endif
};

static u32 startup;
static long move;
static struct placement where;

static void start_it(void)
{
	move = start_decompressor(&bp, startup, &where);
}

static void valid_header(u32 alignment)
{
	memset(&bp, 0, sizeof(bp));
	bp.hdr = own_header();
	bp.hdr.kernel_alignment = alignment;
	cpu_checks = 0;
	where.output = 0xdead;
	where.payload_stays = 0xdead;
}

static void test_start_decompressor(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(loads); i++) {
		/* To where it is linked to, against where the output was to be */
		long want = loads[i].output + 0x400000 - loads[i].startup;
		bool good;

		valid_header(loads[i].alignment);
		startup = loads[i].startup;
		good = ended(attempt(start_it), RETURNED) && where.output == loads[i].output &&
		       move == want && where.payload_stays == loads[i].stays && cpu_checks == 1;
		if (!ok(good, "start_decompressor: %s", loads[i].name))
			note("output 0x%x, move 0x%x, payload_stays %u, CPU checked %u times",
			     where.output, (u32)move, where.payload_stays, cpu_checks);
	}
}

/* In words that name both ends of the window and where RAM ends */
static bool stops(void)
{
	static const char * const words[] = { "not enough memory", "0x1000000", "0x2000000",
					      "0x1400000" };
	unsigned int i;

	if (!ended(attempt(start_it), STOPPED))
		return false;
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strstr(unit_message, words[i])) {
			note("does not say %s: %s", words[i], unit_message);
			return false;
		}
	}
	return true;
}

static void test_memory(void)
{
	valid_header(0x200000);
	startup = UNIT_STARTUP;
	bp.e820_entries = 1;
	bp.e820_table[0] = (struct boot_e820_entry) { 0, 20 * M, RAM };
	ok(stops(), "start_decompressor: 20 MiB of RAM, says what is missing");
	ok(where.output == 0xdead && where.payload_stays == 0xdead,
	   "start_decompressor: and has written nothing");

	bp.e820_table[0].size = 32 * M;
	ok(ended(attempt(start_it), RETURNED) && !move, "start_decompressor: 32 MiB are enough");

	memset(&bp, 0, sizeof(bp));
	bp.e820_entries = 1;
	bp.e820_table[0] = (struct boot_e820_entry) { 0, 20 * M, RAM };
	ok(stops() && bp.hdr.header == HDRS_MAGIC,
	   "start_decompressor: the same with a sparse zero page");

#ifdef CONFIG_RELOCATABLE
	valid_header(0x200000);
	startup = 0xffa00000;
	bp.e820_entries = 1;
	bp.e820_table[0] = (struct boot_e820_entry) { 0, 0x100000000ull, RAM };
	ok(ended(attempt(start_it), STOPPED),
	   "start_decompressor: a window that would reach over 4 GiB");
#endif
}

int unit_main(void)
{
#ifdef CONFIG_RELOCATABLE
	test_is_ram();
	test_complete_header();
#endif
	test_start_decompressor();
	test_memory();
	return finish();
}
