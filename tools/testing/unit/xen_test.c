// SPDX-License-Identifier: GPL-2.0
/* arch/i386/xen: start_info to boot_params, early console, refusals; and say.c on top of that */
#include "harness.h"

#define CONFIG_XEN_PV	1

/* %cs is what the test says, as in say_test.c. */
static u16 fake_cs;
#define asm(code...)	(cs = fake_cs)
#include "arch/i386/boot/say.c"
#undef asm
#include "arch/i386/boot/compressed/xen.c"

#define RING_0	0x10
#define RING_1	0xe019

#define EPERM	1

/* Where the builder has put things: P=V, as everything */
#define START_INFO	0x1a5c000
#define RING		0x1a5e000
#define NR_PAGES	0x2000
#define RING_MFN	0x123456

static struct start_info *si;
static struct xencons_interface *ring;
static struct boot_params *made;
static xen_pfn_t frames[NR_PAGES];

/* -- A hypervisor -- */

static struct {
	/* what it does */
	int iopl_result, send_result, console_result, yield_result, shutdown_result;
	unsigned int reads;		/* characters that a reader takes at each yield */
	/* what it was asked for */
	unsigned int iopls, sends, writes, yields, shutdowns, others;
	unsigned int iopl, port, reason;
	char text[8192];		/* what came out of the ring */
	unsigned int len;
	char hypervisor[512];		/* what came to the hypervisor's console */
	unsigned int hypervisor_len;
} xen;

static void read_ring(unsigned int n)
{
	for (; n && ring->out_cons != ring->out_prod; n--) {
		char c = ring->out[ring->out_cons++ % sizeof(ring->out)];

		if (xen.len < sizeof(xen.text) - 1)
			xen.text[xen.len++] = c;
	}
}

static void stopped(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	unit_vstop(fmt, args);
}

/* The first N arguments are used up: what is in them then is nobody's business. */
static u32 done(u32 *regs, unsigned int n, int result)
{
	while (n)
		regs[--n] = 0xdeadbeef;
	return result;
}

u32 unit_hypercall(u32 number, u32 *regs)
{
	const void *arg = (const void *)(unsigned long)regs[1];

	switch (number) {
	case __HYPERVISOR_physdev_op:
		if (regs[0] != PHYSDEVOP_set_iopl)
			break;
		xen.iopls++;
		xen.iopl = ((const struct physdev_set_iopl *)arg)->iopl;
		return done(regs, 2, xen.iopl_result);
	case __HYPERVISOR_event_channel_op:
		if (regs[0] != EVTCHNOP_send)
			break;
		xen.sends++;
		xen.port = ((const struct evtchn_send *)arg)->port;
		return done(regs, 2, xen.send_result);
	case __HYPERVISOR_console_io:
		if (regs[0] != CONSOLEIO_write || regs[1] != 1)
			break;
		xen.writes++;
		if (xen.console_result >= 0 && xen.hypervisor_len < sizeof(xen.hypervisor) - 1)
			xen.hypervisor[xen.hypervisor_len++] = *(const char *)(unsigned long)regs[2];
		return done(regs, 3, xen.console_result);
	case __HYPERVISOR_sched_op:
		if (regs[0] == SCHEDOP_yield) {
			xen.yields++;
			read_ring(xen.reads);
			return done(regs, 2, xen.yield_result);
		}
		if (regs[0] != SCHEDOP_shutdown)
			break;
		xen.shutdowns++;
		xen.reason = ((const struct sched_shutdown *)arg)->reason;
		if (!xen.shutdown_result)
			stopped("shutdown %u", xen.reason);
		return done(regs, 2, xen.shutdown_result);
	}
	xen.others++;
	return done(regs, 0, -38);
}

/* No devices: whoever looks for one is counted. */
static unsigned int accesses;

u8 unit_in(u16 port)
{
	accesses++;
	return 0xff;
}

void unit_out(u16 port, u8 value)
{
	accesses++;
}

/* -- A domain -- */

static void new_domain(const char *command_line)
{
	memset(&xen, 0, sizeof(xen));
	xen.console_result = -EPERM;
	xen.reads = ~0u;
	memset(si, 0, UNIT_PAGE);
	memset(ring, 0, UNIT_PAGE);
	memset(made, 0xa5, UNIT_PAGE);
	memset(frames, 0, sizeof(frames));
	memcpy(si->magic, "xen-3.0-x86_32p", 16);
	si->nr_pages = NR_PAGES;
	si->console.domU.mfn = RING_MFN;
	si->console.domU.evtchn = 2;
	si->mfn_list = (unsigned long)frames;
	memcpy(si->cmd_line, command_line, strlen(command_line) + 1);
	frames[RING >> 12] = RING_MFN;
	fake_cs = RING_1;
	accesses = 0;
}

static bool ended(enum outcome how, enum outcome want)
{
	if (how != want)
		note("%s, at 0x%x, address 0x%x: %s", outcome_names[how], (u32)unit_fault_ip,
		     (u32)unit_fault_address, unit_message);
	return how == want;
}

/* TEXT, with all that is still in the ring */
static bool said(const char *want)
{
	read_ring(~0u);
	xen.text[xen.len] = 0;
	if (!strcmp(xen.text, want))
		return true;
	note("console has: %s", xen.text);
	return false;
}

static bool crashed(enum outcome how)
{
	return ended(how, STOPPED) && !strcmp(unit_message, "shutdown 3") && xen.shutdowns == 1;
}

/* -- start_info to boot_params -- */

static const struct {
	const char *name, *line;
	unsigned long nr_pages;
	u32 flags;
	unsigned long mod_start, mod_len;
	u32 ramdisk;
	u64 ram;
} domains[] = {
	{ "no initrd, no command line", "", 0x2000, 0, 0, 0, 0, 0x2000000 },
	{ "a command line", "console=hvc0 quiet", 0x2000, 0, 0, 0, 0, 0x2000000 },
	{ "an initrd at an address", "", 0x2000, 0, 0x1a41000, 0x1000, 0x1a41000, 0x2000000 },
	{ "an initrd, mapped, up to the end", "", 0x2000, 0, 0x1fff000, 0x1000, 0x1fff000, 0x2000000 },
	{ "an initrd by frame number", "", 0x2000, SIF_MOD_START_PFN, 0x1c00, 0x12345, 0x1c00000,
	  0x2000000 },
	{ "an initrd by frame number, up to the end", "", 0x2000, SIF_MOD_START_PFN, 0x1fff, 0x1000,
	  0x1fff000, 0x2000000 },
	{ "a frame number without initrd", "", 0x2000, SIF_MOD_START_PFN, 0x1fff, 0, 0, 0x2000000 },
	{ "other flags", "", 0x2000, 0xffffff00 | 1 << 4, 0x1000000, 5, 0x1000000, 0x2000000 },
	{ "4 GiB - 4 KiB", "", 0xfffff, SIF_MOD_START_PFN, 0xffffe, 0x1000, 0xffffe000, 0xfffff000ull },
	{ "5 GiB, initrd right below 4", "", 0x140000, SIF_MOD_START_PFN, 0xfffff, 0x1000, 0xfffff000,
	  0x140000000ull },
	{ "64 GiB", "", 0x1000000, 0, 0, 0, 0, 0x1000000000ull },
};

static struct boot_params *result;

static void make(void)
{
	result = xen_make_boot_params(si);
}

static void test_translation(void)
{
	static struct boot_params want;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(domains); i++) {
		bool good;

		new_domain(domains[i].line);
		si->nr_pages = domains[i].nr_pages;
		si->flags = domains[i].flags;
		si->mod_start = domains[i].mod_start;
		si->mod_len = domains[i].mod_len;

		/* Documentation/arch/x86/boot.rst, zero-page.rst */
		memset(&want, 0, sizeof(want));
		want.hdr.header = 0x53726448;
		want.hdr.version = 0x20f;
		want.hdr.type_of_loader = 0x90;
		want.hdr.loadflags = 0x41;
		want.hdr.hardware_subarch = 2;
		want.hdr.hardware_subarch_data = START_INFO;
		want.hdr.cmd_line_ptr = START_INFO + 0x50;
		want.hdr.ramdisk_image = domains[i].ramdisk;
		want.hdr.ramdisk_size = domains[i].mod_len;
		want.e820_entries = 1;
		want.e820_table[0].size = domains[i].ram;
		want.e820_table[0].type = 1;

		good = ended(attempt(make), RETURNED) && result == made &&
		       (unsigned long)made == 0x90000;
		for (j = 0; good && j < sizeof(want); j++)
			if (((u8 *)made)[j] != ((u8 *)&want)[j]) {
				note("boot_params: 0x%x at 0x%x, not 0x%x", ((u8 *)made)[j], j,
				     ((u8 *)&want)[j]);
				good = false;
			}
		ok(good && !strcmp((const char *)si->cmd_line, domains[i].line), "boot_params: %s",
		   domains[i].name);
		if (!ok(xen.iopls == 1 && xen.iopl == 1 && !xen.others && !xen.sends && !xen.writes &&
			!accesses,
			"boot_params: %s: one hypercall, for IOPL 1; no word, no port", domains[i].name))
			note("%u, IOPL %u, others %u", xen.iopls, xen.iopl, xen.others);
	}

	new_domain("");
	memset(si->cmd_line, 'x', sizeof(si->cmd_line));
	si->first_p2m_pfn = 0x78787878;
	ok(ended(attempt(make), RETURNED) && strlen((const char *)si->cmd_line) == 1023,
	   "boot_params: a command line without end ends where its room does");
}

static const struct {
	const char *name;
	char magic[32];
} magics[] = {
	{ "64-bit", "xen-3.0-x86_64" },
	{ "no PAE", "xen-3.0-x86_32" },
	{ "longer", "xen-3.0-x86_32pp" },
	{ "other version", "xen-4.0-x86_32p" },
	{ "empty", "" },
	{ "no end", { 'x', 'e', 'n', '-', '3', '.', '0', '-', 'x', '8', '6', '_', '3', '2', 'p', 'x',
		      'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x' } },
};

static bool hypervisor_has(const char *text)
{
	if (!strcmp(xen.hypervisor, text))
		return true;
	note("hypervisor's console has: %s", xen.hypervisor);
	return false;
}

static void test_refusals(void)
{
	static const struct {
		const char *name;
		u32 flags;
		unsigned long start, len;
		const char *said;
	} initrds[] = {
		{ "mapped", 0, 0x1fff000, 0x1001,
		  "Cannot boot: xen: initrd of 0x1001 bytes at 0x1fff000, memory of 0x2000 pages" },
		{ "by frame number", SIF_MOD_START_PFN, 0x1fff, 0x1001,
		  "Cannot boot: xen: initrd of 0x1001 bytes at 0x1fff000, memory of 0x2000 pages" },
		{ "wrapped around", 0, 0xfffff000, 0x2000,
		  "Cannot boot: xen: initrd of 0x2000 bytes at 0xfffff000, memory of 0x2000 pages" },
	};
	static char want[512];
	unsigned int i;

	/* Nothing in it can be trusted then, the ring neither. */
	for (i = 0; i < ARRAY_SIZE(magics); i++) {
		new_domain("earlyprintk=xen");
		xen.console_result = 1;
		memcpy(si->magic, magics[i].magic, sizeof(si->magic));
		ok(crashed(attempt(make)) && said("") && !xen.iopls &&
		   hypervisor_has("Cannot boot: xen: start_info at 0x1a5c000 is not one of xen-3.0-x86_32p\n-- System halted\n"),
		   "start_info: %s: says so to the hypervisor, domain crashed", magics[i].name);
	}

	for (i = 0; i < ARRAY_SIZE(initrds); i++) {
		new_domain("");
		si->flags = initrds[i].flags;
		si->mod_start = initrds[i].start;
		si->mod_len = initrds[i].len;
		memcpy(want, initrds[i].said, strlen(initrds[i].said) + 1);
		memcpy(want + strlen(want), "\r\n-- System halted\r\n", 21);
		ok(crashed(attempt(make)) && said(want), "initrd outside of memory, %s: crashed",
		   initrds[i].name);
	}

	new_domain("");
	si->nr_pages = 0x200000;
	si->mfn_list = 0;
	si->flags = SIF_MOD_START_PFN | SIF_INITDOMAIN;
	si->mod_start = 0xfffff;
	si->mod_len = 0x1001;
	ok(crashed(attempt(make)), "initrd across 4 GiB: crashed");

	new_domain("");
	xen.iopl_result = -EPERM;
	ok(crashed(attempt(make)) &&
	   said("Cannot boot: xen: PHYSDEVOP_set_iopl(0x1) refused: errno -1\r\n-- System halted\r\n"),
	   "IOPL refused: says what, with what, and the errno; crashed");
	new_domain("");
	xen.iopl_result = -38;
	ok(crashed(attempt(make)) &&
	   said("Cannot boot: xen: PHYSDEVOP_set_iopl(0x1) refused: errno -38\r\n-- System halted\r\n"),
	   "IOPL not implemented: likewise");

	new_domain("");
	xen.iopl_result = -EPERM;
	xen.shutdown_result = -EPERM;
	ok(ended(attempt(make), TRAPPED) && xen.shutdowns == 1,
	   "shutdown refused: ends in a trap");
}

/* -- earlyprintk=xen -- */

static const struct {
	const char *line;
	bool wanted;
} lines[] = {
	{ "", false },
	{ "earlyprintk", false },
	{ "earlyprintk=", false },
	{ "earlyprintk=ttyS0", false },
	{ "earlyprintk=xe", false },
	{ "earlyprintk=xen", true },
	{ "earlyprintk=xen quiet", true },
	{ "earlyprintk=xen,keep", true },
	{ "earlyprintk=xenon", false },
	{ "earlyprintk=ttyS0 earlyprintk=xen", true },
	{ "earlyprintk=xen earlyprintk=ttyS0", true },
	{ "xearlyprintk=xen", false },
	{ "console=xen", false },
};

static const char *putting;
static bool put_result;

static void putstr(void)
{
	put_result = xen_putstr(made, putting);
}

static void test_earlyprintk(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		new_domain(lines[i].line);
		si->mod_start = 0x1000000;
		si->mod_len = 0x1234;
		ok(ended(attempt(make), RETURNED) &&
		   said(lines[i].wanted ?
			"Xen has entered the decompressor: start_info at 0x1a5c000, 0x2000 pages, initrd of 0x1234 bytes at 0x1000000\r\n" :
			"") && xen.sends == 2 * lines[i].wanted && !accesses,
		   "earlyprintk: \"%s\": %s", lines[i].line, lines[i].wanted ? "speaks" : "silent");
	}

	/* Once for the life of the decompressor: in ring 0 first, it must not look for a domain. */
	new_domain("earlyprintk=xen");
	make();
	putting = "elsewhere";
	fake_cs = RING_0;
	xen.sends = 0;
	xen.writes = 0;
	xen.len = 0;
	ok(ended(attempt(putstr), RETURNED) && !put_result && !xen.sends && !xen.writes,
	   "decompressor: in ring 0 text goes where it always went");
	fake_cs = RING_1;
	made->hdr.hardware_subarch = 1;
	ok(ended(attempt(putstr), RETURNED) && !put_result && !xen.sends && !xen.writes,
	   "decompressor: in lguest, likewise");
	made->hdr.hardware_subarch = 2;
	read_ring(~0u);
	xen.len = 0;
	putting = "\nDecompressing... ";
	ok(ended(attempt(putstr), RETURNED) && put_result && xen.sends == 1 && xen.port == 2,
	   "decompressor: in a domain it is taken, and the reader told");
	putting = "done.\n";
	ok(ended(attempt(putstr), RETURNED) && put_result &&
	   said("\r\nDecompressing... done.\r\n") && xen.sends == 2 && !accesses,
	   "decompressor: and comes out of the ring");
}

/* -- The ring -- */

static struct say say_;

static void start_saying(void)
{
	boot_say_start(&say_, made);
}

static char long_text[5000];

static void say_long(void)
{
	boot_say(&say_, "%s", long_text);
}

static void stop(void)
{
	boot_stop(made, "no %s\n", "reason");
}

static void new_console(void)
{
	new_domain("");
	make();
	memset(&xen.iopls, 0, (char *)&xen.text - (char *)&xen.iopls);
}

static void test_ring(void)
{
	static const struct {
		const char *name;
		unsigned long at;
	} places[] = {
		{ "behind start_info", RING },
		{ "on start_info's own page number + 1", START_INFO + 0x1000 },
	};
	unsigned int i;
	bool good;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		new_console();
		memset(frames, 0, sizeof(frames));
		frames[places[i].at >> 12] = RING_MFN;
		start_saying();
		ok(say_.xen.here && (unsigned long)say_.xen.ring == places[i].at && say_.xen.port == 2,
		   "ring: %s", places[i].name);
	}
	new_console();
	memset(frames, 0, sizeof(frames));
	frames[0] = RING_MFN;
	start_saying();
	ok(say_.xen.here && !say_.xen.ring, "ring: never at frame 0, which is NULL");
	new_console();
	memset(frames, 0, sizeof(frames));
	frames[1] = RING_MFN;
	start_saying();
	ok((unsigned long)say_.xen.ring == 0x1000, "ring: far in front of start_info");
	new_console();
	memset(frames, 0, sizeof(frames));
	frames[NR_PAGES - 1] = RING_MFN;
	start_saying();
	ok((unsigned long)say_.xen.ring == (NR_PAGES - 1) << 12, "ring: on the last page");
	new_console();
	memset(frames, 0, sizeof(frames));
	ok(ended(attempt(start_saying), RETURNED) && say_.xen.here && !say_.xen.ring,
	   "ring: not in the list of frames");
	new_console();
	si->flags = SIF_INITDOMAIN;
	ok(ended(attempt(start_saying), RETURNED) && say_.xen.here && !say_.xen.ring, "ring: dom0 has none");
	new_console();
	made->hdr.hardware_subarch_data = 0;
	ok(ended(attempt(start_saying), RETURNED) && say_.xen.here && !say_.xen.ring, "ring: no start_info");
	new_console();
	made->hdr.version = 0x206;
	ok(ended(attempt(start_saying), RETURNED) && !say_.xen.here, "no domain by boot protocol 2.06");
	new_console();
	made->hdr.hardware_subarch = 0;
	ok(ended(attempt(start_saying), RETURNED) && !say_.xen.here, "no domain in subarch 0");
	new_console();
	fake_cs = RING_0;
	made->screen_info.orig_video_isVGA = VIDEO_TYPE_EFI;
	ok(ended(attempt(start_saying), RETURNED) && !say_.xen.here, "no domain in ring 0");

	/* More than the ring takes */
	for (i = 0; i < sizeof(long_text) - 1; i++)
		long_text[i] = "0123456789abcdef"[(i * 7 + i / 16) % 16];
	for (i = 1; i <= 2048; i *= 8) {
		new_console();
		xen.reads = i;
		ring->out_cons = 0xfffffe00;
		ring->out_prod = 0xfffffe00;
		start_saying();
		good = ended(attempt(say_long), RETURNED) && said(long_text) && xen.yields;
		ok(good, "ring: 4999 characters, %u read at a time: none is lost", i);
	}

	new_console();
	start_saying();
	ok(ended(attempt(say_long), RETURNED) && xen.sends, "ring: the reader is told when it is full");

	new_console();
	xen.send_result = -9;
	start_saying();
	good = ended(attempt(say_long), RETURNED) && !xen.yields && ring->out_prod == 2048 &&
	       !memcmp(ring->out, long_text, 2048);
	ok(good, "ring: no reader to be told: not waited for, and what fits is there");

	new_console();
	xen.yield_result = -1;
	xen.reads = 0;
	start_saying();
	ok(ended(attempt(say_long), RETURNED) && xen.yields == 1 && ring->out_prod == 2048,
	   "ring: yield refused: waits no more");

	new_console();
	xen.reads = 0;
	start_saying();
	unit_untimed = true;
	good = ended(attempt(say_long), RETURNED) && ring->out_prod == 2048;
	unit_untimed = false;
	ok(good && xen.yields == PATIENCE, "ring: nobody reads: patience has an end, and only once");
}

static void test_stop(void)
{
	static const char last[] = "Cannot boot: no reason\r\n-- System halted\r\n";

	new_console();
	xen.reads = 1;
	ok(crashed(attempt(stop)) && xen.yields == strlen(last) && said(last) && !accesses &&
	   !unit_halts,
	   "boot_stop: waits until all is read, then crashes the domain; no port, no hlt");

	new_console();
	xen.send_result = -9;
	ok(crashed(attempt(stop)) && !xen.yields && said(last), "boot_stop: nobody to wait for");

	new_console();
	xen.console_result = 1;
	ok(crashed(attempt(stop)) && said(last) &&
	   hypervisor_has("Cannot boot: no reason\n-- System halted\n"),
	   "boot_stop: on both consoles where Xen lets us");

	new_console();
	ok(crashed(attempt(stop)) && xen.writes == 1, "boot_stop: a refused console is not tried again");

	new_console();
	frames[RING >> 12] = 0;
	ok(crashed(attempt(stop)) && !xen.sends && !xen.yields, "boot_stop: without any console, crashes");
}

int unit_main(void)
{
	si = guarded((void *)START_INFO, UNIT_PAGE);
	ring = guarded((void *)RING, UNIT_PAGE);
	made = guarded((void *)XEN_BOOT_PARAMS, UNIT_PAGE);

	test_translation();
	test_refusals();
	test_earlyprintk();
	test_ring();
	test_stop();
	return finish();
}
