// SPDX-License-Identifier: GPL-2.0
/* bzimage-xl: a program for xl's bootloader= that hands over a bzImage's parts */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bzimage.h"
#include "handover.h"
#include "units.h"

#define MIN_SIZE	4096
/* Twice this and more is added up: no sum wraps */
#define MAX_SIZE	(1ULL << 40)
#define MAX_SECONDS	86400

enum {
	OPT_KERNEL = 256, OPT_RAMDISK, OPT_ARGS, OPT_OUTPUT, OPT_FORMAT, OPT_DIRECTORY, OPT_RUNAS,
	OPT_AS, OPT_ENTRY, OPT_PARTITION, OPT_MAX_KERNEL, OPT_MAX_SIZE, OPT_MAX_RATIO,
	OPT_MAX_RAMDISK, OPT_MAX_CONFIG, OPT_MAX_READS, OPT_MAX_SECONDS,
};

static const struct option long_options[] = {
	{ "kernel", required_argument, NULL, OPT_KERNEL },
	{ "ramdisk", required_argument, NULL, OPT_RAMDISK },
	{ "args", required_argument, NULL, OPT_ARGS },
	{ "output", required_argument, NULL, OPT_OUTPUT },
	{ "output-format", required_argument, NULL, OPT_FORMAT },
	{ "output-directory", required_argument, NULL, OPT_DIRECTORY },
	{ "runas", required_argument, NULL, OPT_RUNAS },
	{ "as", required_argument, NULL, OPT_AS },
	{ "entry", required_argument, NULL, OPT_ENTRY },
	{ "partition", required_argument, NULL, OPT_PARTITION },
	{ "list", no_argument, NULL, 'l' },
	{ "list-entries", no_argument, NULL, 'l' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "max-kernel", required_argument, NULL, OPT_MAX_KERNEL },
	{ "max-size", required_argument, NULL, OPT_MAX_SIZE },
	{ "max-ratio", required_argument, NULL, OPT_MAX_RATIO },
	{ "max-ramdisk", required_argument, NULL, OPT_MAX_RAMDISK },
	{ "max-config", required_argument, NULL, OPT_MAX_CONFIG },
	{ "max-reads", required_argument, NULL, OPT_MAX_READS },
	{ "max-seconds", required_argument, NULL, OPT_MAX_SECONDS },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ }
};

struct options {
	struct handover handover;
	struct request request;
};

static void print_help(void)
{
	fputs("usage: bzimage-xl [OPTIONS] --output-directory=DIR DISK\n"
	      "       bzimage-xl --list [OPTIONS] DISK\n\n"
	      "Take a kernel from DISK, a bzImage or a disk with ext2/3/4 and /boot, and hand\n"
	      "it to xl: bootloader=\"bzimage-xl\" in a domain's configuration.\n\n"
	      "What xl gives:\n"
	      "  --kernel=PATH, --ramdisk=PATH   files on DISK, instead of its configuration's\n"
	      "  --args=TEXT                     append to the kernel's arguments\n"
	      "  --output=FILE                   write the answer there (standard output)\n"
	      "  --output-format=FORMAT          simple0 (default), simple or sxp\n"
	      "  --output-directory=DIR          write the files there\n"
	      "  --runas=UID                     read the disk as this user (nobody)\n\n"
	      "What bootloader_args= may have:\n"
	      "  --as=FORM          wrapper, vmlinux or bzimage; auto (default): the wrapper\n"
	      "                     if it has Xen's notes, else the vmlinux\n"
	      "  --entry=ENTRY      an entry by its index, title or id, as --list has it\n"
	      "  --partition=N      look there only\n"
	      "  -l, --list         list the entries and exit\n"
	      "  -q, --quiet        no warnings\n"
	      "  --max-kernel=SIZE  refuse larger kernel files (128M)\n"
	      "  --max-size=SIZE    refuse larger uncompressed kernels (512M)\n"
	      "  --max-ratio=N      refuse kernels that grow more than N times (256)\n"
	      "  --max-ramdisk=SIZE refuse larger initrds (512M)\n"
	      "  --max-config=SIZE  refuse larger configuration files (1M)\n"
	      "  --max-reads=SIZE   read no more from the disk in all (4G)\n"
	      "  --max-seconds=N    take no more processor time (120)\n"
	      "  -h, --help, -V, --version\n", stdout);
}

static int usage(const char *what, const char *arg)
{
	return system_error("%s%s%s (try bzimage-xl --help)", what, *arg ? " " : "", arg);
}

static int set_size(const char *name, const char *arg, uint64_t *value)
{
	return parse_units(arg, 10, MIN_SIZE, MAX_SIZE, value) ? ST_OK : usage(name, arg);
}

static int set_form(const char *arg, enum form *form)
{
	for (int i = FORM_AUTO; i <= FORM_VMLINUX; i++) {
		if (!strcmp(arg, form_name((enum form)i))) {
			*form = (enum form)i;
			return ST_OK;
		}
	}
	return usage("--as: no wrapper, vmlinux, bzimage or auto:", arg);
}

static int set_format(const char *arg, enum output_format *format)
{
	static const char * const names[] = {
		[OUT_SIMPLE0] = "simple0", [OUT_SIMPLE] = "simple", [OUT_SXP] = "sxp",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(arg, names[i])) {
			*format = (enum output_format)i;
			return ST_OK;
		}
	}
	return usage("--output-format: no simple0, simple or sxp:", arg);
}

static int set_number(int c, struct options *opt)
{
	struct limits *l = &opt->request.limits;
	uint64_t v;

	switch (c) {
	case OPT_RUNAS:
		/* Root would read the disk as root; the highest one means no change */
		if (!parse_units(optarg, 10, 1, UINT32_MAX - 1, &v))
			return usage("--runas: no user id above 0:", optarg);
		opt->handover.uid = (long)v;
		return ST_OK;
	case OPT_PARTITION:
		if (!parse_units(optarg, 10, 1, 65535, &v))
			return usage("--partition: no number:", optarg);
		opt->request.partition = (unsigned int)v;
		return ST_OK;
	case OPT_MAX_RATIO:
		if (!parse_units(optarg, 10, 1, UINT32_MAX, &l->ratio))
			return usage("--max-ratio: no positive number:", optarg);
		return ST_OK;
	default:
		if (!parse_units(optarg, 10, 1, MAX_SECONDS, &v))
			return usage("--max-seconds: no number of seconds:", optarg);
		opt->handover.seconds = (unsigned int)v;
		return ST_OK;
	}
}

static int set_option(int c, struct options *opt)
{
	struct limits *l = &opt->request.limits;
	struct wishes *w = &opt->request.wishes;

	switch (c) {
	case OPT_KERNEL:
		w->kernel = *optarg ? optarg : NULL;
		return ST_OK;
	case OPT_RAMDISK:
		w->ramdisk = optarg;
		return ST_OK;
	case OPT_ARGS:
		w->args = optarg;
		return ST_OK;
	case OPT_OUTPUT:
		opt->handover.output = strcmp(optarg, "-") ? optarg : NULL;
		return ST_OK;
	case OPT_DIRECTORY:
		opt->handover.directory = optarg;
		return ST_OK;
	case OPT_ENTRY:
		w->entry = optarg;
		return ST_OK;
	case OPT_AS:
		return set_form(optarg, &opt->request.form);
	case OPT_FORMAT:
		return set_format(optarg, &opt->handover.format);
	case OPT_MAX_KERNEL:
		return set_size("--max-kernel: no size of 4K or more:", optarg, &l->kernel);
	case OPT_MAX_SIZE:
		return set_size("--max-size: no size of 4K or more:", optarg, &l->vmlinux);
	case OPT_MAX_RAMDISK:
		return set_size("--max-ramdisk: no size of 4K or more:", optarg, &l->ramdisk);
	case OPT_MAX_CONFIG:
		return set_size("--max-config: no size of 4K or more:", optarg, &l->config);
	case OPT_MAX_READS:
		return set_size("--max-reads: no size of 4K or more:", optarg, &l->reads);
	default:
		return set_number(c, opt);
	}
}

int main(int argc, char **argv)
{
	struct options opt = {
		.handover = { .uid = -1, .seconds = 120 },
		.request = { .limits = DEFAULT_LIMITS },
	};
	struct disk disk;
	int c, ret;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":lqhV", long_options, NULL)) != -1) {
		switch (c) {
		case '?':
		case ':':
			return usage(c == '?' ? "unknown option" : "no value for option",
				     argv[optind - 1]);
		case 'l':
			opt.request.wishes.list = true;
			break;
		case 'q':
			warnings_quiet = true;
			break;
		case 'h':
			print_help();
			return fflush(stdout) ? ST_SYSTEM : ST_OK;
		case 'V':
			printf("bzimage-xl %s\n", BZIMAGE_VERSION);
			return fflush(stdout) ? ST_SYSTEM : ST_OK;
		default:
			ret = set_option(c, &opt);
			if (ret)
				return ret;
		}
	}
	if (optind + 1 != argc)
		return usage(optind == argc ? "no disk" : "more than one disk:",
			     optind == argc ? "" : argv[optind + 1]);
	if (!opt.request.wishes.list && !opt.handover.directory)
		return usage("no --output-directory", "");
	ret = disk_open(&disk, argv[optind], opt.request.limits.reads);
	return ret ? ret : hand_over(&opt.handover, &disk, &opt.request);
}
