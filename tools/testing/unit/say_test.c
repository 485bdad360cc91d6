// SPDX-License-Identifier: GPL-2.0
/* arch/i386/boot/say.c: command line, consoles, printing, the end */
#include "harness.h"

/*
 * in_ring_0() is the one place of say.c with an asm() that is not volatile:
 * there, the test says what is in %cs.  Those that are volatile are run.
 */
static u16 fake_cs;
#define asm(code...)	(cs = fake_cs)
#include "arch/i386/boot/say.c"
#undef asm

#define RING_0	0x10
#define RING_1	0x61

static struct boot_params bp;

/* -- A UART at one port, nothing at the others -- */

static struct {
	u16 port;
	u8 ier, lcr, divisor[2];
	unsigned int busy;		/* reads of LSR until it is free; ~0: never */
	unsigned int accesses, stray;	/* stray: written to other ports */
	char text[512];
	unsigned int len;
} uart;

u8 unit_in(u16 port)
{
	uart.accesses++;
	switch (port - uart.port) {
	case UART_IER:
		return uart.ier;
	case UART_LCR:
		return uart.lcr;
	case UART_LSR:
		if (!uart.busy)
			return UART_LSR_EMPTY;
		if (uart.busy != ~0u)
			uart.busy--;
		return 0;
	}
	return 0xff;
}

void unit_out(u16 port, u8 value)
{
	uart.accesses++;
	switch (port - uart.port) {
	case UART_DATA:
	case UART_IER:
		if (uart.lcr & UART_LCR_DLAB)
			uart.divisor[port - uart.port] = value;
		else if (port == uart.port + UART_IER)
			uart.ier = value;
		else if (uart.len < sizeof(uart.text) - 1)
			uart.text[uart.len++] = value;
		return;
	case UART_LCR:
		uart.lcr = value;
		return;
	}
	uart.stray++;
}

static void new_uart(u16 port)
{
	memset(&uart, 0, sizeof(uart));
	uart.port = port;
	uart.lcr = UART_LCR_8N1;
	uart.ier = 5;
	uart.divisor[0] = 77;
}

/* -- Screen -- */

static void clear(u16 *screen, unsigned int cells)
{
	while (cells--)
		*screen++ = 0x1700 | '.';
}

/* Rows as in WANT, with | between them; . is a cell not written to. */
static bool screen_is(const u16 *screen, unsigned int cols, unsigned int lines, const char *want)
{
	char got[256];
	unsigned int i, n = 0;
	bool good = true;

	for (i = 0; i < cols * lines; i++) {
		if (i && i % cols == 0)
			got[n++] = '|';
		got[n] = screen[i];
		if ((screen[i] & 0xff00) != (got[n] == '.' ? 0x1700 : VGA_GREY))
			good = false;
		n++;
	}
	got[n] = 0;
	if (good && !strcmp(got, want))
		return true;
	note("screen is  %s", got);
	note("and not    %s%s", want, good ? "" : " (and attributes are wrong)");
	return false;
}

static bool same(const char *what, const char *got, const char *want)
{
	if (!strcmp(got, want))
		return true;
	note("%s is  \"%s\"", what, got);
	note("and not \"%s\"", want);
	return false;
}

static bool ended(enum outcome how, enum outcome want)
{
	if (how != want)
		note("%s, at 0x%x, address 0x%x", outcome_names[how], (u32)unit_fault_ip,
		     (u32)unit_fault_address);
	return how == want;
}

/* -- boot_option() -- */

/* A buffer of COMMAND_LINE_SIZE with nothing behind it */
static char *command_line;

static void set_command_line(const char *text)
{
	memset(command_line, 'z', COMMAND_LINE_SIZE);
	memcpy(command_line, text, strlen(text) + 1);
	bp.hdr.cmd_line_ptr = (unsigned long)command_line;
	bp.ext_cmd_line_ptr = 0;
}

static const struct {
	const char *line, *name;
	const char *values;		/* what follows, up to | */
} options[] = {
	{ "", "console", "" },
	{ " ", "console", "" },
	{ "console", "console", "|" },
	{ "console=", "console", "|" },
	{ "console= quiet", "console", " quiet|" },
	{ "console quiet", "console", " quiet|" },
	{ "console=ttyS0", "console", "ttyS0|" },
	{ "quiet console=ttyS0 ro", "console", "ttyS0 ro|" },
	{ "   console=ttyS0", "console", "ttyS0|" },
	{ "xconsole=a", "console", "" },
	{ "x=console", "console", "" },
	{ "x=console=a", "console", "" },
	{ "consoles=a", "console", "" },
	{ "consol", "console", "" },
	{ "CONSOLE=a", "console", "" },
	{ "console=a console=b", "console", "a console=b|b|" },
	{ "console=console=a console=b", "console", "console=a console=b|b|" },
	{ "console console console=c", "console", " console console=c| console=c|c|" },
	{ "console=aa consoleconsole=b console=c", "console", "aa consoleconsole=b console=c|c|" },
	{ "a=1 b=2 a=3 ", "a", "1 b=2 a=3 |3 |" },
};

static void test_options(void)
{
	static char got[1024];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(options); i++) {
		const char *value = NULL;
		unsigned int n = 0;

		set_command_line(options[i].line);
		while ((value = boot_option(&bp, options[i].name, value)) && n < 900) {
			memcpy(got + n, value, strlen(value));
			n += strlen(value);
			got[n++] = '|';
		}
		got[n] = 0;
		ok(same("what was found", got, options[i].values), "boot_option: %s in \"%s\"",
		   options[i].name, options[i].line);
	}

	set_command_line("console=a");
	bp.hdr.cmd_line_ptr = 0;
	ok(!boot_option(&bp, "console", NULL), "boot_option: no command line");
	set_command_line("console=a");
	bp.ext_cmd_line_ptr = 1;
	ok(!boot_option(&bp, "console", NULL), "boot_option: command line above 4 GiB");
}

static const char *found;

static void find_console(void)
{
	found = boot_option(&bp, "console", NULL);
}

static void test_command_line_end(void)
{
	char *last = command_line + COMMAND_LINE_SIZE - 10;
	char *more;

	set_command_line("");
	memset(command_line, 'x', COMMAND_LINE_SIZE);
	ok(ended(attempt(find_console), RETURNED) && !found,
	   "boot_option: no NUL, reads no more than there is");
	memcpy(last, " console=", 10);
	ok(ended(attempt(find_console), RETURNED) && found == command_line + COMMAND_LINE_SIZE - 1,
	   "boot_option: the last option, with an empty value");

	more = guarded(NULL, COMMAND_LINE_SIZE + 100);
	memset(more, 'x', COMMAND_LINE_SIZE - 1);
	memcpy(more + COMMAND_LINE_SIZE - 1, " console=ttyS0", 15);
	bp.hdr.cmd_line_ptr = (unsigned long)more;
	ok(ended(attempt(find_console), RETURNED) && !found,
	   "boot_option: behind COMMAND_LINE_SIZE is nothing");
	memcpy(more + COMMAND_LINE_SIZE - 5, " console=ttyS0", 15);
	ok(ended(attempt(find_console), RETURNED) && !found,
	   "boot_option: an option cut off by the end is none");
	unmap(more, COMMAND_LINE_SIZE + 100);
}

/* -- Ports -- */

static const struct {
	const char *name, *line;
	u16 port;
	u32 baud;
} ports[] = {
	{ "console", "console=ttyS0", 0x3f8, 0 },
	{ "console", "console=ttyS1", 0x2f8, 0 },
	{ "console", "console=ttyS2", 0x3e8, 0 },
	{ "console", "console=ttyS3", 0x2e8, 0 },
	{ "console", "console=ttyS4", 0, 0 },
	{ "console", "console=ttyS10", 0, 0 },
	{ "console", "console=ttyS0,115200", 0x3f8, 115200 },
	{ "console", "console=ttyS0,115200n8", 0x3f8, 115200 },
	{ "console", "console=ttyS1,9600e7r", 0x2f8, 9600 },
	{ "console", "console=ttyS0, quiet", 0x3f8, 0 },
	{ "console", "console=tty0", 0, 0 },
	{ "console", "console=hvc0", 0, 0 },
	{ "console", "console=", 0, 0 },
	{ "console", "console", 0, 0 },
	{ "console", "quiet", 0, 0 },
	{ "console", "console=uart8250,io,0x2f8", 0x2f8, 0 },
	{ "console", "console=uart8250,io,0x2f8,38400n8", 0x2f8, 38400 },
	{ "console", "console=uart,io,0x3e8,19200", 0x3e8, 19200 },
	{ "console", "console=uart,io,1016", 0x3f8, 0 },
	{ "console", "console=uart8250,mmio,0xfe000000", 0, 0 },
	{ "console", "console=ttyS0,9600 console=tty0", 0x3f8, 9600 },
	{ "console", "console=tty0 console=ttyS1,19200", 0x2f8, 19200 },
	{ "console", "console=ttyS0,9600 console=ttyS1", 0x2f8, 0 },
	{ "console", "earlyprintk=ttyS0", 0, 0 },
	{ "earlyprintk", "earlyprintk", 0, 0 },
	{ "earlyprintk", "earlyprintk=vga", 0, 0 },
	{ "earlyprintk", "earlyprintk=serial", 0x3f8, 0 },
	{ "earlyprintk", "earlyprintk=serial,ttyS1", 0x2f8, 0 },
	{ "earlyprintk", "earlyprintk=serial,ttyS1,19200", 0x2f8, 19200 },
	{ "earlyprintk", "earlyprintk=serial,ttyS0,115200,keep", 0x3f8, 115200 },
	{ "earlyprintk", "earlyprintk=serial,0x2e8", 0x2e8, 0 },
	{ "earlyprintk", "earlyprintk=serial,0x2E8,57600", 0x2e8, 57600 },
	{ "earlyprintk", "earlyprintk=serial,keep", 0x3f8, 0 },
	{ "earlyprintk", "earlyprintk=ttyS1,9600,keep", 0x2f8, 9600 },
};

static void test_ports(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ports); i++) {
		unsigned int baud = 0;
		u16 port;

		set_command_line(ports[i].line);
		port = named_port(&bp, ports[i].name, true, &baud);
		if (!ok(port == ports[i].port && (!port || baud == ports[i].baud),
			"%s: port 0x%x, %u baud", ports[i].line, ports[i].port, ports[i].baud))
			note("port 0x%x, %u baud", port, baud);
	}
}

static const struct {
	const char *line;
	u16 there;			/* where a UART is */
	u8 lcr;				/* as firmware has left it */
	u16 port;			/* that is used */
	u16 divisor;			/* 0: left alone */
	bool early;			/* boot_early_uart(), not find_uart() */
} uarts[] = {
	{ "console=ttyS0", 0x3f8, UART_LCR_8N1, 0x3f8, 0, false },
	{ "console=ttyS0", 0x2f8, UART_LCR_8N1, 0, 0, false },
	{ "console=ttyS0", 0x3f8, 0, 0x3f8, 12, false },
	{ "console=ttyS0", 0x3f8, 0x1a, 0x3f8, 12, false },
	{ "console=ttyS1,115200", 0x2f8, UART_LCR_8N1, 0x2f8, 1, false },
	{ "console=ttyS1,300n8", 0x2f8, 0, 0x2f8, 384, false },
	{ "console=ttyS0,4000000", 0x3f8, UART_LCR_8N1, 0x3f8, 0, false },
	{ "console=uart,io,0xe0", 0xe0, UART_LCR_8N1, 0xe0, 0, false },
	{ "earlyprintk=serial,ttyS1,9600", 0x2f8, UART_LCR_8N1, 0x2f8, 12, false },
	{ "earlyprintk=ttyS1 console=ttyS0", 0x3f8, UART_LCR_8N1, 0x3f8, 0, false },
	{ "earlyprintk=ttyS1 console=tty0", 0x2f8, UART_LCR_8N1, 0x2f8, 0, false },
	{ "console=ttyS0", 0x3f8, UART_LCR_8N1, 0, 0, true },
	{ "console=ttyS0 earlyprintk=ttyS1", 0x2f8, UART_LCR_8N1, 0x2f8, 12, true },
	{ "earlyprintk=serial,ttyS0,115200", 0x3f8, UART_LCR_8N1, 0x3f8, 1, true },
	{ "earlyprintk=vga console=uart8250,io,0x2f8,38400", 0x2f8, 0, 0x2f8, 3, true },
	{ "earlyprintk=ttyS0", 0x2f8, UART_LCR_8N1, 0, 0, true },
	{ "quiet", 0x3f8, 0, 0, 0, false },
};

static void test_uarts(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(uarts); i++) {
		u16 port, divisor;
		bool good;

		set_command_line(uarts[i].line);
		new_uart(uarts[i].there);
		uart.lcr = uarts[i].lcr;
		port = uarts[i].early ? boot_early_uart(&bp) : find_uart(&bp);
		divisor = uart.divisor[0] | uart.divisor[1] << 8;

		good = port == uarts[i].port && !uart.stray && !uart.len;
		if (uarts[i].divisor)
			good = good && divisor == uarts[i].divisor && uart.lcr == UART_LCR_8N1 &&
			       !uart.ier;
		else
			good = good && divisor == 77 && uart.lcr == uarts[i].lcr && uart.ier == 5;
		if (!ok(good, "%s%s, UART at 0x%x, LCR 0x%x: uses 0x%x, divisor %u (0: as it was)",
			uarts[i].early ? "early: " : "", uarts[i].line, uarts[i].there, uarts[i].lcr, uarts[i].port,
			uarts[i].divisor)) {
			note("port 0x%x, divisor %u, LCR 0x%x, IER 0x%x", port, divisor, uart.lcr,
			     uart.ier);
			note("%u writes to other ports, %u bytes sent", uart.stray, uart.len);
		}
	}
}

/* -- Printing -- */

static struct say say;

static void say_numbers(void)
{
	boot_say(&say, "<%s|%s> %u %u %u %x %x %x\n", "", "word", 0, 10, 4294967295u, 0, 0x10,
		 0xdeadbeef);
}

static void say_line(void)
{
	boot_say(&say, "a\nb\n");
}

static void test_uart_printing(void)
{
	new_uart(0x3f8);
	memset(&say, 0, sizeof(say));
	say.port = 0x3f8;
	ok(ended(attempt(say_numbers), RETURNED) &&
	   same("text", uart.text, "<|word> 0 10 4294967295 0 10 deadbeef\r\n"),
	   "%%s, %%u and %%x");

	new_uart(0x3f8);
	uart.busy = 1000;
	ok(ended(attempt(say_line), RETURNED) && same("text", uart.text, "a\r\nb\r\n") &&
	   !uart.busy, "waits for the UART");

	new_uart(0x3f8);
	uart.busy = ~0;
	ok(ended(attempt(say_line), RETURNED) && same("text", uart.text, "a\r\nb\r\n"),
	   "a UART that is never ready does not stop the boot");
	ok(!uart.stray, "writes to no other port");

	new_uart(0x3f8);
	memset(&say, 0, sizeof(say));
	ok(ended(attempt(say_numbers), RETURNED) && !uart.accesses,
	   "no port and no screen: nothing happens");
}

static const struct {
	u8 x, y;
	const char *text, *want;
	u8 new_x, new_y;
} screens[] = {
	{ 0, 0, "", "....|....|....", 0, 0 },
	{ 0, 0, "ab", "ab..|....|....", 2, 0 },
	{ 1, 1, "ab", "....|.ab.|....", 3, 1 },
	{ 0, 0, "a\nb", "a   |b...|....", 1, 1 },
	{ 0, 0, "abcd", "abcd|....|....", 4, 0 },
	{ 0, 0, "abcd\n", "abcd|....|....", 0, 1 },
	{ 0, 0, "abcde", "abcd|e...|....", 1, 1 },
	{ 0, 0, "\n\n", "    |    |....", 0, 2 },
	{ 0, 2, "a\n", "....|a   |    ", 0, 2 },
	{ 0, 0, "a\nb\nc\nd", "b   |c   |d   ", 1, 2 },
	{ 0, 0, "aaaabbbbccccd", "bbbb|cccc|d   ", 1, 2 },
	{ 0, 2, "\n\n\n", "    |    |    ", 0, 2 },
};

static const char *text;

static void say_text(void)
{
	boot_say(&say, "%s", text);
}

static void test_screen(void)
{
	const unsigned int cols = 4, lines = 3;
	u16 *screen = guarded(NULL, cols * lines * sizeof(*screen));
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(screens); i++) {
		bool good;

		say = (struct say) {
			.cols = cols, .lines = lines, .x = screens[i].x, .y = screens[i].y,
			.screen = screen
		};
		clear(screen, cols * lines);
		text = screens[i].text;
		good = ended(attempt(say_text), RETURNED) &&
		       screen_is(screen, cols, lines, screens[i].want);
		if (good && (say.x != screens[i].new_x || say.y != screens[i].new_y)) {
			note("cursor is at %u, %u", say.x, say.y);
			good = false;
		}
		ok(good, "screen of 4x3 from %u, %u: case %u", screens[i].x, screens[i].y, i);
	}
	unmap(screen, cols * lines * sizeof(*screen));
}

/* -- Where to print -- */

#define CHARACTERS	(132 * 60)
static u16 *color, *mono;

static void start_saying(void)
{
	boot_say_start(&say, &bp);
}

static void new_params(const char *line)
{
	memset(&bp, 0, sizeof(bp));
	set_command_line(line);
	new_uart(0x3f8);
	clear(color, CHARACTERS);
	clear(mono, CHARACTERS);
	memset(&say, 0xee, sizeof(say));
	fake_cs = RING_0;
}

static bool say_is(u16 port, u8 cols, u8 lines, u8 x, u8 y, u16 *screen)
{
	if (say.port == port && say.cols == cols && say.lines == lines && say.x == x &&
	    say.y == y &&
	    (!lines || say.screen == screen))
		return true;
	note("port 0x%x, %ux%u, at %u, %u, screen 0x%x", say.port, say.cols, say.lines, say.x,
	     say.y,
	     (u32)(unsigned long)say.screen);
	return false;
}

static void test_start(void)
{
	new_params("");
	ok(ended(attempt(start_saying), RETURNED) && say_is(0, 80, 25, 0, 0, color),
	   "start: a zero page without screen_info: 80x25");

	new_params("console=ttyS0");
	bp.screen_info.orig_video_cols = 132;
	bp.screen_info.orig_video_lines = 60;
	bp.screen_info.orig_y = 7;
	ok(ended(attempt(start_saying), RETURNED) && say_is(0x3f8, 132, 60, 0, 7, color) &&
	   !uart.len,
	   "start: UART, 132x60, goes on at line 7");

	new_params("console=ttyS0");
	bp.screen_info.orig_video_cols = 80;
	bp.screen_info.orig_video_lines = 25;
	bp.screen_info.orig_x = 3;
	bp.screen_info.orig_y = 24;
	ok(ended(attempt(start_saying), RETURNED) && say_is(0x3f8, 80, 25, 0, 24, color) &&
	   same("text", uart.text, "\r\n") && (u8)color[24 * 80] == ' ',
	   "start: in the last line, not at its start: begins a new one");
	ok((color[23 * 80] & 0xff) == '.' && (color[23 * 80 + 2] & 0xff) == '.' &&
	   (color[23 * 80 + 3] & 0xff) == ' ',
	   "start: and leaves what stands in front of the cursor");

	new_params("");
	bp.screen_info.orig_video_cols = 80;
	bp.screen_info.orig_video_lines = 25;
	bp.screen_info.orig_y = 25;
	ok(ended(attempt(start_saying), RETURNED) && say_is(0, 80, 25, 0, 0, color),
	   "start: a cursor that is not on the screen");

	new_params("");
	bp.screen_info.orig_video_mode = 7;
	ok(ended(attempt(start_saying), RETURNED) && say_is(0, 80, 25, 0, 0, mono),
	   "start: monochrome");

	new_params("console=ttyS0");
	bp.screen_info.orig_video_isVGA = VIDEO_TYPE_VLFB;
	ok(ended(attempt(start_saying), RETURNED) && say_is(0x3f8, 0, 0, 0, 0, NULL),
	   "start: VESA graphics: no screen, UART only");

	new_params("");
	bp.screen_info.orig_video_isVGA = VIDEO_TYPE_EFI;
	bp.screen_info.orig_video_cols = 80;
	bp.screen_info.orig_video_lines = 25;
	ok(ended(attempt(start_saying), RETURNED) && say_is(0, 0, 0, 0, 0, NULL),
	   "start: EFI graphics: no screen");

	new_params("console=ttyS0");
	bp.screen_info.orig_x = 3;
	fake_cs = RING_1;
	ok(ended(attempt(start_saying), RETURNED) && say_is(0, 0, 0, 0, 0, NULL) &&
	   !uart.accesses &&
	   (u8)color[0] == '.', "start: in ring 1: no port touched, no screen");
}

/* -- The end -- */

static void stop(void)
{
	boot_stop(&bp, "%s needs %u MiB at 0x%x\n", "it", 16, 0x1000000);
}

static void halt(void)
{
	static struct say none;

	boot_halt(&none);
}

static void test_stop(void)
{
	static const char first[] = "Cannot boot: it needs 16 MiB at 0x1000000";
	static const char second[] = "-- System halted";
	unsigned int i;
	bool good;

	new_params("console=ttyS0");
	ok(ended(attempt(stop), HALTED) &&
	   same("text", uart.text,
		"Cannot boot: it needs 16 MiB at 0x1000000\r\n-- System halted\r\n"),
	   "boot_stop: message on the UART, then hlt");
	ok(unit_halts == 3, "boot_stop: halts again when woken up");
	for (i = 0, good = true; first[i]; i++)
		good = good && color[i] == (VGA_GREY | first[i]);
	for (i = 0; second[i]; i++)
		good = good && color[80 + i] == (VGA_GREY | second[i]);
	ok(good && (u8)color[160] == '.', "boot_stop: message on the screen");

	new_params("console=ttyS0");
	fake_cs = RING_1;
	ok(ended(attempt(stop), SPINNING) && !uart.accesses && (u8)color[0] == '.' && !unit_halts,
	   "boot_stop: in ring 1: no port, no screen, no hlt, does not return");

	fake_cs = RING_0;
	ok(ended(attempt(halt), HALTED), "boot_halt: hlt in ring 0");
	fake_cs = RING_1;
	ok(ended(attempt(halt), SPINNING) && !unit_halts,
	   "boot_halt: no hlt in ring 1, does not return");
}

int unit_main(void)
{
	command_line = guarded(NULL, COMMAND_LINE_SIZE);
	color = guarded((void *)VGA_TEXT, 0x4000);
	mono = guarded((void *)VGA_TEXT_MONO, 0x4000);

	test_options();
	test_command_line_end();
	test_ports();
	test_uarts();
	test_uart_printing();
	test_screen();
	test_start();
	test_stop();
	return finish();
}
