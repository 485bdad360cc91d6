// SPDX-License-Identifier: GPL-2.0
/* bzimage: look into, check, take apart and draw a Linux/x86 boot image */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bzimage.h"
#include "output.h"
#include "render.h"
#include "units.h"
#include "util.h"

/* Smallest cap on output that makes sense: a page */
#define MIN_MAX_SIZE	4096

struct options {
	bool json;
	bool svg;
	bool wrapper;
	bool rules;
	bool relocs;
	const char *output;
	struct bzimage_limits limits;
	char **args;
	int nr_args;
};

struct command {
	const char *name;
	const char *usage;
	const char *help;
	int (*run)(const struct options *opt);
	int min_args;
	int max_args;
	const char *flags;	/* the options it takes, by their letters below */
};

enum {
	OPT_JSON = 'j',
	OPT_SVG = 's',
	OPT_WRAPPER = 'w',
	OPT_RULES = 'r',
	OPT_RELOCS = 'R',
	OPT_OUTPUT = 'o',
	OPT_MAX_SIZE = 'm',
	OPT_MAX_RATIO = 'M',
	OPT_HELP = 'h',
	OPT_VERSION = 'V',
};

static const struct option long_options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "svg", no_argument, NULL, OPT_SVG },
	{ "wrapper", no_argument, NULL, OPT_WRAPPER },
	{ "rules", no_argument, NULL, OPT_RULES },
	{ "with-relocs", no_argument, NULL, OPT_RELOCS },
	{ "output", required_argument, NULL, OPT_OUTPUT },
	{ "max-size", required_argument, NULL, OPT_MAX_SIZE },
	{ "max-ratio", required_argument, NULL, OPT_MAX_RATIO },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ }
};

static void report(const char *file, const struct bzimage_error *err)
{
	if (err->has_offset)
		fprintf(stderr, "bzimage: %s: %s at 0x%" PRIx64 ": %s\n", file, err->field,
			err->offset, err->what);
	else
		fprintf(stderr, "bzimage: %s: %s\n", file, err->what);
}

static int report_status(const char *file, const struct bzimage_error *err)
{
	report(file, err);
	return err->status;
}

static int no_memory(const char *file)
{
	fprintf(stderr, "bzimage: %s: no memory for JSON\n", file);
	return BZIMAGE_SYSTEM;
}

/* Open and analyse; @img and @an are to be given to unload() in any case */
static int load(const char *file, const struct options *opt, struct bzimage *img,
		struct bzimage_analysis *an)
{
	struct bzimage_error err = { 0 };

	memset(an, 0, sizeof(*an));
	if (bzimage_open(img, file, opt->limits.max_size, &err) ||
	    bzimage_analyse(an, img, &opt->limits, &err))
		return report_status(file, &err);
	return 0;
}

static void unload(struct bzimage *img, struct bzimage_analysis *an)
{
	bzimage_analysis_free(an);
	bzimage_close(img);
}

/* The exit status of a command that shows whatever could be read */
static int first_error(const char *file, const struct bzimage_analysis *an)
{
	const struct bzimage_error *err = bzimage_analysis_error(an);

	if (!err)
		return 0;
	fflush(stdout);
	return report_status(file, err);
}

static int run_info(const struct options *opt)
{
	const char *file = opt->args[0];
	struct bzimage_analysis an;
	struct bzimage img;
	int ret = load(file, opt, &img, &an);

	if (ret)
		goto out;
	if (!opt->json)
		info_text(stdout, file, &an);
	else if (info_json(stdout, file, &an))
		ret = no_memory(file);
	if (!ret)
		ret = first_error(file, &an);
out:
	unload(&img, &an);
	return ret;
}

static int run_check(const struct options *opt)
{
	const char *file = opt->args[0];
	struct bzimage_findings findings = { 0 };
	struct bzimage_analysis an;
	struct bzimage_error err;
	struct bzimage img;
	int ret;

	if (opt->rules) {
		if (!opt->json)
			rules_text(stdout);
		else if (rules_json(stdout))
			return no_memory("rules");
		return 0;
	}
	ret = load(file, opt, &img, &an);
	if (ret)
		goto out;
	if (bzimage_check(&an, opt->wrapper, &findings, &err)) {
		ret = report_status(file, &err);
		goto out;
	}
	if (!opt->json)
		check_text(stdout, file, &findings);
	else if (check_json(stdout, file, &findings))
		ret = no_memory(file);
	if (!ret && findings.count[BZIMAGE_ERROR])
		ret = BZIMAGE_BAD;
out:
	bzimage_findings_free(&findings);
	unload(&img, &an);
	return ret;
}

static int run_map(const struct options *opt)
{
	const char *file = opt->args[0];
	struct bzimage_map map = { 0 };
	struct bzimage_analysis an;
	struct bzimage_error err;
	struct bzimage img;
	int ret = load(file, opt, &img, &an);

	if (ret)
		goto out;
	if (bzimage_map(&an, &map, &err)) {
		ret = report_status(file, &err);
		goto out;
	}
	if (opt->svg)
		map_svg(stdout, file, &map);
	else if (!opt->json)
		map_text(stdout, file, &map);
	else if (map_json(stdout, file, &map))
		ret = no_memory(file);
	if (!ret)
		ret = first_error(file, &an);
out:
	bzimage_map_free(&map);
	unload(&img, &an);
	return ret;
}

/**
 * struct piece - what extract writes
 * @data:	inside the image or its uncompressed payload
 * @size:	number of bytes
 */
struct piece {
	const unsigned char *data;
	size_t size;
};

/* An image's payload, or an error that says why there is none */
static int need_payload(const struct bzimage_analysis *an, struct bzimage_error *err)
{
	if (!an->payload.present && an->payload_error.status == BZIMAGE_OK)
		return fail(err, BZIMAGE_OFF_PAYLOAD_OFFSET, "payload_offset",
			    "the image has no payload");
	if (!an->payload.present) {
		*err = an->payload_error;
		return -1;
	}
	return 0;
}

static int find_setup(const struct bzimage_analysis *an, const struct options *opt,
		      struct piece *piece, struct bzimage_error *err)
{
	(void)opt;
	(void)err;
	piece->data = an->img->data;
	piece->size = an->img->setup_size;
	return 0;
}

static int find_elf(const struct bzimage_analysis *an, const struct options *opt,
		    struct piece *piece, struct bzimage_error *err)
{
	const struct bzimage *img = an->img;

	(void)opt;
	if (!img->elf_offset)
		return fail(err, img->setup_size, "wrapper",
			    "the image has no ELF wrapper before its block");
	if (!an->has_wrapper) {
		*err = an->wrapper_error;
		return -1;
	}
	piece->data = img->data + img->elf_offset;
	piece->size = img->size - img->elf_offset;
	return 0;
}

static int find_payload(const struct bzimage_analysis *an, const struct options *opt,
			struct piece *piece, struct bzimage_error *err)
{
	(void)opt;
	if (need_payload(an, err))
		return -1;
	piece->data = an->img->data + an->payload.offset;
	piece->size = an->payload.length;
	return 0;
}

static int find_vmlinux(const struct bzimage_analysis *an, const struct options *opt,
			struct piece *piece, struct bzimage_error *err)
{
	const struct bzimage_payload *p = &an->payload;

	if (need_payload(an, err))
		return -1;
	if (!an->has_vmlinux) {
		*err = an->payload_error.status == BZIMAGE_OK ? an->vmlinux_error :
			an->payload_error;
		return -1;
	}
	if (p->has_stated_size && p->stated_size != (uint32_t)p->size)
		return fail(err, p->offset + p->length - 4, "payload",
			    "states an uncompressed size of %u, but it is %zu", p->stated_size,
			    p->size);
	piece->data = p->data;
	piece->size = opt->relocs ? p->size : an->vmlinux.extent;
	return 0;
}

static int run_extract(const struct options *opt)
{
	static const struct {
		const char *name;
		int (*find)(const struct bzimage_analysis *an, const struct options *opt,
			    struct piece *piece, struct bzimage_error *err);
	} pieces[] = {
		{ "setup", find_setup },
		{ "elf", find_elf },
		{ "vmlinux", find_vmlinux },
		{ "payload", find_payload },
	};
	const char *what = opt->args[0], *file = opt->args[1];
	struct bzimage_analysis an;
	struct bzimage_error err = { 0 };
	struct bzimage img;
	struct piece piece;
	size_t i = 0;
	int ret;

	while (i < ARRAY_SIZE(pieces) && strcmp(pieces[i].name, what))
		i++;
	if (i == ARRAY_SIZE(pieces)) {
		fprintf(stderr, "bzimage: extract: no such part: %s (try extract --help)\n", what);
		return BZIMAGE_SYSTEM;
	}
	if (opt->json && !opt->output) {
		fprintf(stderr, "bzimage: extract: --json needs -o\n");
		return BZIMAGE_SYSTEM;
	}
	ret = load(file, opt, &img, &an);
	if (ret)
		goto out;
	if (pieces[i].find(&an, opt, &piece, &err) ||
	    output_write(opt->output, piece.data, piece.size, &err))
		ret = report_status(file, &err);
	else if (opt->json && extract_json(stdout, file, what, opt->output, piece.size))
		ret = no_memory(file);
out:
	unload(&img, &an);
	return ret;
}

static const struct command commands[] = {
	{ "info", "info FILE", "Show everything that an image says about itself.",
	  run_info, 1, 1, "j" },
	{ "check", "check [--wrapper] FILE | check --rules",
	  "Hold an image against the boot protocol and the rules of its ELF wrapper.\n"
	  "One line a finding; exit status 1 when there are errors.\n\n"
	  "  --wrapper          make it an error not to have an ELF wrapper\n"
	  "  --rules            list all rules and exit\n",
	  run_check, 1, 1, "jwr" },
	{ "extract", "extract setup|elf|vmlinux|payload FILE [-o OUT]",
	  "Write a part of an image to OUT, or to standard output.\n\n"
	  "  setup              boot sector, setup header and 16-bit code\n"
	  "  elf                the ELF wrapper\n"
	  "  vmlinux            the kernel, uncompressed\n"
	  "  payload            the kernel as it is in the image\n\n"
	  "  -o, --output OUT   write to OUT, all of it or nothing\n"
	  "  --with-relocs      vmlinux: with the relocations behind it\n",
	  run_extract, 2, 2, "joR" },
	{ "map", "map [--svg] FILE",
	  "Draw the file, and memory at each step of a boot.\n\n"
	  "  --svg              as an SVG picture rather than text\n",
	  run_map, 1, 1, "js" },
};

static void print_common_options(FILE *out)
{
	fputs("  --json             write JSON\n"
	      "  --max-size SIZE    refuse files and payloads larger than SIZE (default 1G)\n"
	      "  --max-ratio N      refuse payloads that grow more than N times (default 256;\n"
	      "                     the first 16 MiB are free)\n"
	      "  -h, --help         show this\n"
	      "  -V, --version      show the version\n", out);
}

static void print_help(void)
{
	printf("usage: bzimage COMMAND [OPTIONS] FILE\n\n"
	       "Look into, check, take apart and draw a Linux/x86 boot image.\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		printf("  %-10s %.*s\n", commands[i].name, (int)strcspn(commands[i].help, "\n"),
		       commands[i].help);
	printf("\n");
	print_common_options(stdout);
	printf("\nbzimage COMMAND --help tells more. See also bzimage(1).\n");
}

static void print_command_help(const struct command *cmd)
{
	printf("usage: bzimage %s\n\n%s%s", cmd->usage, cmd->help,
	       strchr(cmd->help, '\n') ? "" : "\n\n");
	print_common_options(stdout);
}

static int usage_error(const char *what, const char *arg)
{
	fprintf(stderr, "bzimage: %s%s%s (try bzimage --help)\n", what, *arg ? " " : "", arg);
	return BZIMAGE_SYSTEM;
}

/* Returns -1 to go on, or the exit status */
static int parse_options(int argc, char **argv, const struct command *cmd, struct options *opt)
{
	int c;

	while ((c = getopt_long(argc, argv, "+:o:hV", long_options, NULL)) != -1) {
		if (c == '?' || c == ':')
			return usage_error(c == '?' ? "unknown option" : "no value for option",
					   argv[optind - 1]);
		if (cmd && strchr("jswrRo", c) && !strchr(cmd->flags, c))
			return usage_error("not an option of this command:", argv[optind - 1]);
		switch (c) {
		case OPT_JSON:
			opt->json = true;
			break;
		case OPT_SVG:
			opt->svg = true;
			break;
		case OPT_WRAPPER:
			opt->wrapper = true;
			break;
		case OPT_RULES:
			opt->rules = true;
			break;
		case OPT_RELOCS:
			opt->relocs = true;
			break;
		case OPT_OUTPUT:
			opt->output = optarg;
			break;
		case OPT_MAX_SIZE:
			if (!parse_units(optarg, 0, MIN_MAX_SIZE, UINT64_MAX,
					 &opt->limits.max_size))
				return usage_error("--max-size: no size of 4K or more:", optarg);
			break;
		case OPT_MAX_RATIO:
			if (!parse_units(optarg, 0, 1, UINT64_MAX, &opt->limits.max_ratio))
				return usage_error("--max-ratio: no positive number:", optarg);
			break;
		case OPT_HELP:
			if (cmd)
				print_command_help(cmd);
			else
				print_help();
			return 0;
		default:
			printf("bzimage %s\n", BZIMAGE_VERSION);
			return 0;
		}
	}
	return -1;
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

/* Options may stand anywhere: getopt_long() stops at each operand, which is kept */
static int run(int argc, char **argv)
{
	struct options opt = { .limits = BZIMAGE_DEFAULT_LIMITS };
	const struct command *cmd = NULL;
	char **operands;
	int ret = -1;

	operands = calloc((size_t)argc + 1, sizeof(*operands));
	if (!operands)
		return BZIMAGE_SYSTEM;
	opt.args = operands;
	opterr = 0;
	while (ret < 0 && optind < argc) {
		ret = parse_options(argc, argv, cmd, &opt);
		if (ret >= 0 || optind >= argc)
			break;
		if (cmd) {
			operands[opt.nr_args++] = argv[optind++];
			continue;
		}
		cmd = find_command(argv[optind]);
		if (!cmd)
			ret = usage_error("no such command:", argv[optind]);
		optind++;
	}
	if (ret >= 0)
		goto out;
	if (!cmd)
		ret = usage_error("no command", "");
	else if (opt.nr_args < cmd->min_args && !opt.rules)
		ret = usage_error("too few arguments: usage: bzimage", cmd->usage);
	else if (opt.nr_args > cmd->max_args)
		ret = usage_error("too many arguments from", operands[cmd->max_args]);
	else if (opt.svg && opt.json)
		ret = usage_error("--svg and --json exclude each other", "");
	else
		ret = cmd->run(&opt);
out:
	free(operands);
	return ret;
}

int main(int argc, char **argv)
{
	int ret = run(argc, argv);

	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "bzimage: cannot write to standard output: %s\n", strerror(errno));
		return BZIMAGE_SYSTEM;
	}
	return ret;
}
