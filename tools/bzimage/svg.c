// SPDX-License-Identifier: GPL-2.0
/*
 * The map as a standalone SVG picture.
 *
 * All memory stages share one axis, so that the same address is at the same
 * height in every column. The axis is not to scale: it is cut at every address
 * where something starts or ends, and each stretch is given a height by the
 * logarithm of its size, so that a page and 16 MiB are both legible.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "render.h"
#include "units.h"

/* Sizes in pixels */
#define MARGIN		24
#define AXIS_WIDTH	92
#define COLUMN_WIDTH	188
#define COLUMN_GAP	18
#define LEGEND_TOP	50
#define TITLE_TOP	108
#define TITLE_LINE	16
#define BODY_TOP	160
#define MIN_HEIGHT	18
#define MAX_HEIGHT	74
#define GAP_HEIGHT	22
#define DOUBLING	5	/* more height each time the size doubles, from a page on */
#define LINE		18
#define LABEL_CHARS	27	/* that fit into a column at the label's size */
#define NOTE_CHARS	150	/* of an explanation on a line */

static const char *const colours[BZIMAGE_PART_COUNT] = {
	[BZIMAGE_PART_SETUP] = "#8ecae6",
	[BZIMAGE_PART_HEAP] = "#d6ecf5",
	[BZIMAGE_PART_CMDLINE] = "#b8c0ff",
	[BZIMAGE_PART_HEADERS] = "#ffd166",
	[BZIMAGE_PART_ENTRY] = "#ef8354",
	[BZIMAGE_PART_PAYLOAD] = "#b39ddb",
	[BZIMAGE_PART_LOADER] = "#f4a6a0",
	[BZIMAGE_PART_WINDOW] = "#f3f3ee",
	[BZIMAGE_PART_OUTPUT] = "#a5d6a7",
	[BZIMAGE_PART_RELOCS] = "#dce775",
	[BZIMAGE_PART_TEXT] = "#66bb6a",
	[BZIMAGE_PART_DATA] = "#9ccc65",
	[BZIMAGE_PART_BSS] = "#cfd8dc",
	[BZIMAGE_PART_BRK] = "#90a4ae",
	[BZIMAGE_PART_PADDING] = "#fafafa",
	[BZIMAGE_PART_OTHER] = "#e0e0e0",
};

/**
 * struct axis - heights for addresses
 * @at:		addresses where something starts or ends, ascending
 * @y:		their places in the picture
 * @used:	whether anything is between this address and the next
 * @nr:		their number
 */
struct axis {
	uint64_t *at;
	unsigned int *y;
	bool *used;
	size_t nr;
};

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static unsigned int height(uint64_t size)
{
	unsigned int h = MIN_HEIGHT;

	while (size > BZIMAGE_ELF_PAGE_SIZE && h < MAX_HEIGHT) {
		size >>= 1;
		h += DOUBLING;
	}
	return h;
}

static bool covered(const struct bzimage_stage *st, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < st->nr_regions; i++) {
		const struct bzimage_region *r = &st->regions[i];

		if (r->start < end && start < r->start + r->size)
			return true;
	}
	return false;
}

static void axis_free(struct axis *a)
{
	free(a->at);
	free(a->y);
	free(a->used);
}

/* The axis of the file (one stage) or of memory (all others) */
static int axis_make(struct axis *a, const struct bzimage_map *map, bool is_file)
{
	size_t room = 0, nr = 0;

	memset(a, 0, sizeof(*a));
	for (size_t i = 0; i < map->nr_stages; i++)
		room += 2 * map->stages[i].nr_regions;
	a->at = calloc(room + 1, sizeof(*a->at));
	a->y = calloc(room + 1, sizeof(*a->y));
	a->used = calloc(room + 1, sizeof(*a->used));
	if (!a->at || !a->y || !a->used)
		return -1;

	for (size_t i = 0; i < map->nr_stages; i++) {
		const struct bzimage_stage *st = &map->stages[i];

		for (size_t j = 0; j < st->nr_regions && st->is_file == is_file; j++) {
			a->at[nr++] = st->regions[j].start;
			a->at[nr++] = st->regions[j].start + st->regions[j].size;
		}
	}
	qsort(a->at, nr, sizeof(*a->at), compare);
	for (size_t i = 0; i < nr; i++)
		if (!a->nr || a->at[i] != a->at[a->nr - 1])
			a->at[a->nr++] = a->at[i];

	for (size_t i = 0; i < a->nr; i++) {
		if (!i) {
			a->y[i] = BODY_TOP;
			continue;
		}
		for (size_t j = 0; j < map->nr_stages; j++)
			if (map->stages[j].is_file == is_file &&
			    covered(&map->stages[j], a->at[i - 1], a->at[i]))
				a->used[i - 1] = true;
		a->y[i] = a->y[i - 1] +
			(a->used[i - 1] ? height(a->at[i] - a->at[i - 1]) : GAP_HEIGHT);
	}
	return 0;
}

static unsigned int axis_y(const struct axis *a, uint64_t at)
{
	const uint64_t *found = bsearch(&at, a->at, a->nr, sizeof(at), compare);

	return found ? a->y[found - a->at] : BODY_TOP;
}

static unsigned int axis_bottom(const struct axis *a)
{
	return a->nr ? a->y[a->nr - 1] : BODY_TOP;
}

static void print_escaped(FILE *out, const char *s, size_t max)
{
	for (size_t i = 0; s[i] && i < max; i++) {
		switch (s[i]) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		default:
			/* XML has no way to write control characters */
			fputc(s[i] >= ' ' && s[i] <= '~' ? s[i] : '?', out);
		}
	}
}

static void print_axis(FILE *out, const struct axis *a, unsigned int x, unsigned int width)
{
	for (size_t i = 0; i < a->nr; i++) {
		fprintf(out, "<line class=\"grid\" x1=\"%u\" y1=\"%u\" x2=\"%u\" y2=\"%u\"/>\n",
			x + AXIS_WIDTH - 6, a->y[i], x + AXIS_WIDTH + width, a->y[i]);
		fprintf(out, "<text class=\"addr\" x=\"%u\" y=\"%u\">%08" PRIx64 "</text>\n",
			x + AXIS_WIDTH - 10, a->y[i] + 4, a->at[i]);
		if (i + 1 < a->nr && !a->used[i])
			fprintf(out, "<text class=\"gap\" x=\"%u\" y=\"%u\">&#8942;</text>\n",
				x + AXIS_WIDTH - 10, (a->y[i] + a->y[i + 1]) / 2 + 4);
	}
}

static void print_region(FILE *out, const struct axis *a, const struct bzimage_region *r,
			 unsigned int x)
{
	unsigned int y = axis_y(a, r->start), h = axis_y(a, r->start + r->size) - y;
	unsigned int middle = y + h / 2;
	char text[UNITS_SIZE];
	size_t len = strlen(r->label);

	fprintf(out, "<g><title>");
	print_escaped(out, r->label, len);
	fprintf(out, ": 0x%" PRIx64 " to 0x%" PRIx64 ", %" PRIu64 " bytes</title>\n", r->start,
		r->start + r->size, r->size);
	fprintf(out, "<rect x=\"%u\" y=\"%u\" width=\"%d\" height=\"%u\" fill=\"%s\"/>\n", x, y,
		COLUMN_WIDTH, h, colours[r->part]);
	units(r->size, text);
	/* Two lines where they fit, else the label and the size on one, else the label */
	if (h >= 34) {
		fprintf(out, "<text class=\"label\" x=\"%u\" y=\"%u\">", x + COLUMN_WIDTH / 2,
			middle - 3);
		print_escaped(out, r->label, LABEL_CHARS + 4);
		fprintf(out, "</text><text class=\"size\" x=\"%u\" y=\"%u\">%s</text></g>\n",
			x + COLUMN_WIDTH / 2, middle + 12, text);
		return;
	}
	fprintf(out, "<text class=\"label\" x=\"%u\" y=\"%u\">", x + COLUMN_WIDTH / 2, middle + 4);
	print_escaped(out, r->label, LABEL_CHARS + 4);
	if (len + strlen(text) + 2 <= LABEL_CHARS)
		fprintf(out, " <tspan class=\"size\">%s</tspan>", text);
	fprintf(out, "</text></g>\n");
}

/* A title on up to two lines, broken at the last space that fits */
static void print_title(FILE *out, const struct bzimage_stage *st, unsigned int number,
			unsigned int x)
{
	size_t len = strlen(st->title), cut = len;

	if (len > 22)
		for (cut = 22; cut && st->title[cut] != ' '; cut--)
			;
	fprintf(out, "<text class=\"stage\" x=\"%u\" y=\"%d\">%u. ", x + COLUMN_WIDTH / 2,
		TITLE_TOP + (cut == len ? TITLE_LINE : 0), number);
	print_escaped(out, st->title, cut);
	if (cut < len) {
		fprintf(out, "</text><text class=\"stage\" x=\"%u\" y=\"%d\">",
			x + COLUMN_WIDTH / 2, TITLE_TOP + TITLE_LINE);
		print_escaped(out, st->title + cut + 1, len);
	}
	fprintf(out, "</text>\n");
}

static void print_columns(FILE *out, const struct bzimage_map *map, const struct axis *file,
			  const struct axis *memory)
{
	unsigned int x = MARGIN;
	bool axis_done = false;

	for (size_t i = 0; i < map->nr_stages; i++) {
		const struct bzimage_stage *st = &map->stages[i];
		const struct axis *a = st->is_file ? file : memory;
		unsigned int nr = (unsigned int)(map->nr_stages - i);

		if (st->is_file) {
			print_axis(out, a, x, COLUMN_WIDTH);
			x += AXIS_WIDTH;
		} else if (!axis_done) {
			print_axis(out, a, x, nr * (COLUMN_WIDTH + COLUMN_GAP) - COLUMN_GAP);
			x += AXIS_WIDTH;
			axis_done = true;
		}
		print_title(out, st, (unsigned int)i + 1, x);
		fprintf(out, "<text class=\"kind\" x=\"%u\" y=\"%d\">%s</text>\n",
			x + COLUMN_WIDTH / 2, TITLE_TOP + 2 * TITLE_LINE,
			st->is_file ? "file offsets" : "physical memory");
		for (size_t j = 0; j < st->nr_regions; j++)
			print_region(out, a, &st->regions[j], x);
		x += COLUMN_WIDTH + COLUMN_GAP;
	}
}

/* On as many lines as it takes, which are two where there are few columns */
static void print_legend(FILE *out, const struct bzimage_map *map, unsigned int width)
{
	bool seen[BZIMAGE_PART_COUNT] = { false };
	unsigned int x = MARGIN, y = LEGEND_TOP;

	for (size_t i = 0; i < map->nr_stages; i++)
		for (size_t j = 0; j < map->stages[i].nr_regions; j++)
			seen[map->stages[i].regions[j].part] = true;
	for (unsigned int i = 0; i < BZIMAGE_PART_COUNT; i++) {
		unsigned int step = 36 + 7 * (unsigned int)strlen(bzimage_part_name(i));

		if (!seen[i])
			continue;
		if (x + step > width - MARGIN && x > MARGIN) {
			x = MARGIN;
			y += LINE;
		}
		fprintf(out, "<rect x=\"%u\" y=\"%u\" width=\"14\" height=\"14\" fill=\"%s\"/>",
			x, y, colours[i]);
		fprintf(out, "<text class=\"legend\" x=\"%u\" y=\"%u\">%s</text>\n", x + 19, y + 11,
			bzimage_part_name(i));
		x += step;
	}
}

/* How many of the next characters go on one line: up to a space, at most @chars */
static size_t line_length(const char *s, size_t chars)
{
	size_t cut = strlen(s);

	if (cut > chars)
		for (cut = chars; cut > 1 && s[cut] != ' '; cut--)
			;
	return cut;
}

/*
 * The explanations under the picture, broken into lines, from height @y on; with
 * no @out they are only counted. Returns where the next line would be.
 */
static unsigned int print_notes(FILE *out, const struct bzimage_map *map, unsigned int y,
				size_t chars)
{
	for (size_t i = 0; i < map->nr_stages; i++) {
		const char *start = map->stages[i].explain, *s = start;

		while (*s) {
			size_t cut = line_length(s, chars);

			if (out) {
				fprintf(out, "<text class=\"note\" x=\"%d\" y=\"%u\">",
					MARGIN + (s == start ? 0 : 16), y);
				if (s == start)
					fprintf(out, "%zu. ", i + 1);
				print_escaped(out, s, cut);
				fprintf(out, "</text>\n");
			}
			s += cut;
			s += strspn(s, " ");
			y += LINE;
		}
	}
	return y;
}

static const char style[] =
	"text{font-family:'DejaVu Sans',Verdana,sans-serif;fill:#222}"
	".head{font-size:17px;font-weight:bold}"
	".stage{font-size:13px;font-weight:bold;text-anchor:middle}"
	".kind{font-size:11px;fill:#777;text-anchor:middle}"
	".label{font-size:11px;text-anchor:middle}"
	".size{font-size:10px;fill:#444;text-anchor:middle}"
	".addr,.gap{font-size:11px;font-family:'DejaVu Sans Mono',monospace;text-anchor:end}"
	".gap{fill:#999}"
	".legend,.note{font-size:12px}"
	".grid{stroke:#ddd;stroke-width:1}"
	"rect{stroke:#555;stroke-width:.6}";

void map_svg(FILE *out, const char *name, const struct bzimage_map *map)
{
	unsigned int nr = (unsigned int)map->nr_stages, width, bottom, total;
	struct axis file, memory;
	size_t chars;

	if (axis_make(&file, map, true) | axis_make(&memory, map, false))
		goto out;
	width = 2 * MARGIN + 2 * AXIS_WIDTH + nr * (COLUMN_WIDTH + COLUMN_GAP) - COLUMN_GAP;
	bottom = axis_bottom(&file) > axis_bottom(&memory) ? axis_bottom(&file) :
		axis_bottom(&memory);
	/* About seven pixels a character at the explanations' size */
	chars = (width - 2 * MARGIN) / 7;
	if (chars > NOTE_CHARS)
		chars = NOTE_CHARS;
	total = print_notes(NULL, map, bottom + 2 * LINE, chars) + MARGIN;

	fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" "
		"viewBox=\"0 0 %u %u\">\n<title>Memory map of ", width, total, width, total);
	print_escaped(out, name, strlen(name));
	fprintf(out, "</title>\n<style>%s</style>\n"
		"<rect width=\"100%%\" height=\"100%%\" style=\"fill:#fff;stroke:none\"/>\n"
		"<text class=\"head\" x=\"%d\" y=\"32\">", style, MARGIN);
	print_escaped(out, name, strlen(name));
	fprintf(out, ": in the file and in memory</text>\n");
	print_legend(out, map, width);
	print_columns(out, map, &file, &memory);
	print_notes(out, map, bottom + 2 * LINE, chars);
	fprintf(out, "</svg>\n");
out:
	axis_free(&file);
	axis_free(&memory);
}
