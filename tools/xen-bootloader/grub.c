// SPDX-License-Identifier: GPL-2.0
/*
 * grub.cfg, as generators write it
 *
 * Read are menuentry, submenu, linux, initrd (with the suffixes 16 and efi),
 * set, unset, load_env, source, blscfg, if with test, true and false, and
 * blocks; functions and loops are skipped; other commands do nothing, and are
 * false as conditions. GRUB runs an entry's body when it is chosen, this when
 * it is read, so a variable is one that was set above.
 *
 * The text is hostile: depth, words, variables and memory are limited.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "bl.h"

#define MAX_DEPTH	24
#define MAX_SOURCES	8
#define MAX_WORDS	256
#define MAX_WORD	8192
#define MAX_VARIABLES	256

enum token { T_END, T_SEPARATOR, T_OPEN, T_CLOSE, T_WORD };

struct variable {
	const char *name;
	const char *value;
};

struct grub {
	struct menu *menu;
	const struct menu_files *files;
	const char *path;
	struct variable vars[MAX_VARIABLES];
	int nr_vars;
	int status;		/* of the last command: 0 is true */
	int depth;
	int sources;
	bool failed;		/* a limit was passed, and reported */
};

/* A text being read, and the word read last */
struct input {
	const char *start;
	const char *p;
	bool pushed;		/* the last token is to be read again */
	enum token last;
	char word[MAX_WORD];
	size_t len;
	bool quoted;		/* the word had quotes: it is no keyword, and may be empty */
};

static int line_number(const struct input *in)
{
	int line = 1;

	for (const char *p = in->start; p < in->p; p++)
		line += *p == '\n';
	return line;
}

static void give_up(struct grub *g, const struct input *in, const char *what)
{
	if (!g->failed)
		bad("%s: line %d: %s", g->path, line_number(in), what);
	g->failed = true;
}

static const char *get_var(const struct grub *g, const char *name, size_t len)
{
	for (int i = 0; i < g->nr_vars; i++)
		if (!strncmp(g->vars[i].name, name, len) && !g->vars[i].name[len])
			return g->vars[i].value;
	return "";
}

static void set_var(struct grub *g, const char *name, size_t len, const char *value)
{
	char *copy = arena_strdup(g->menu->arena, value);
	int i = 0;

	if (!copy)
		return;
	while (i < g->nr_vars &&
	       (strncmp(g->vars[i].name, name, len) || g->vars[i].name[len]))
		i++;
	if (i == g->nr_vars) {
		if (i == MAX_VARIABLES)
			return;
		g->vars[i].name = arena_strndup(g->menu->arena, name, len);
		if (!g->vars[i].name)
			return;
		g->nr_vars++;
	}
	g->vars[i].value = copy;
}

static void put(struct grub *g, struct input *in, char c)
{
	if (in->len + 1 < MAX_WORD)
		in->word[in->len++] = c;
	else
		give_up(g, in, "a word is longer than 8191 bytes");
}

static size_t name_length(const char *p)
{
	size_t len = 0;

	if (isdigit((unsigned char)*p) || *p == '?' || *p == '#' || *p == '@' || *p == '*')
		return 1;
	while (isalnum((unsigned char)p[len]) || p[len] == '_')
		len++;
	return len;
}

/* At a dollar sign: put the variable's value */
static void expand(struct grub *g, struct input *in)
{
	const char *name = in->p + 1, *value;
	bool braces = *name == '{';
	char status[2] = { (char)('0' + !!g->status), '\0' };
	size_t len;

	name += braces;
	len = name_length(name);
	if (!len || (braces && name[len] != '}')) {
		put(g, in, *in->p++);
		return;
	}
	in->p = name + len + braces;
	value = len == 1 && *name == '?' ? status : get_var(g, name, len);
	while (*value && !g->failed)
		put(g, in, *value++);
}

static void double_quoted(struct grub *g, struct input *in)
{
	while (*in->p && *in->p != '"' && !g->failed) {
		if (*in->p == '$') {
			expand(g, in);
			continue;
		}
		if (*in->p == '\\' && in->p[1] == '\n') {
			in->p += 2;
			continue;
		}
		if (*in->p == '\\' && in->p[1] && strchr("\"$\\", in->p[1]))
			in->p++;
		put(g, in, *in->p++);
	}
	if (*in->p)
		in->p++;
}

static enum token read_word(struct grub *g, struct input *in)
{
	in->len = 0;
	in->quoted = false;
	while (*in->p && !strchr(" \t\r\n;{}", *in->p) && !g->failed) {
		switch (*in->p) {
		case '\'':
			in->quoted = true;
			for (in->p++; *in->p && *in->p != '\''; in->p++)
				put(g, in, *in->p);
			if (*in->p)
				in->p++;
			break;
		case '"':
			in->quoted = true;
			in->p++;
			double_quoted(g, in);
			break;
		case '\\':
			in->p++;
			if (*in->p == '\n') {
				in->p++;
			} else if (*in->p) {
				in->quoted = true;
				put(g, in, *in->p++);
			}
			break;
		case '$':
			expand(g, in);
			break;
		default:
			put(g, in, *in->p++);
		}
	}
	in->word[in->len] = '\0';
	return T_WORD;
}

static enum token next(struct grub *g, struct input *in)
{
	if (in->pushed) {
		in->pushed = false;
		return in->last;
	}
	do {
		while (*in->p == ' ' || *in->p == '\t' || *in->p == '\r' ||
		       (*in->p == '\\' && in->p[1] == '\n'))
			in->p += *in->p == '\\' ? 2 : 1;
		if (*in->p == '#')
			in->p += strcspn(in->p, "\n");
		if (!*in->p || g->failed)
			return in->last = T_END;
		switch (*in->p) {
		case '\n':
		case ';':
			in->p++;
			return in->last = T_SEPARATOR;
		case '{':
			in->p++;
			return in->last = T_OPEN;
		case '}':
			in->p++;
			return in->last = T_CLOSE;
		default:
			in->last = read_word(g, in);
		}
		/* An unquoted variable without a value is no word */
	} while (!in->len && !in->quoted);
	return in->last;
}

/* "(hd0,msdos1)/path" and "/path" are the same here */
static const char *strip_device(const char *path)
{
	const char *end = *path == '(' ? strchr(path, ')') : NULL;

	return end ? end + 1 : path;
}

static const char *join(struct grub *g, char **words, int nr)
{
	size_t size = 1;
	char *text, *p;

	for (int i = 0; i < nr; i++)
		size += strlen(words[i]) + 1;
	p = text = arena_alloc(g->menu->arena, size);
	if (!text)
		return "";
	for (int i = 0; i < nr; i++) {
		if (i)
			*p++ = ' ';
		p = stpcpy(p, words[i]);
	}
	return text;
}

static bool test(struct grub *g, char **w, int nr)
{
	/* The last -o, then the last -a: they bind in this order */
	for (int i = nr - 1; i > 0; i--)
		if (!strcmp(w[i], "-o"))
			return test(g, w, i) || test(g, w + i + 1, nr - i - 1);
	for (int i = nr - 1; i > 0; i--)
		if (!strcmp(w[i], "-a"))
			return test(g, w, i) && test(g, w + i + 1, nr - i - 1);
	if (nr && !strcmp(w[0], "!"))
		return !test(g, w + 1, nr - 1);
	if (nr == 1)
		return *w[0];
	if (nr == 2 && !strcmp(w[0], "-n"))
		return *w[1];
	if (nr == 2 && !strcmp(w[0], "-z"))
		return !*w[1];
	if (nr == 2 && strlen(w[0]) == 2 && w[0][0] == '-' && strchr("efs", w[0][1]))
		return g->files->exists(g->files->opaque, strip_device(w[1]));
	if (nr == 3 && (!strcmp(w[1], "=") || !strcmp(w[1], "==")))
		return !strcmp(w[0], w[2]);
	if (nr == 3 && !strcmp(w[1], "!="))
		return strcmp(w[0], w[2]);
	return false;
}

/* An environment block: lines of name=value, and # to fill it up */
static void load_env(struct grub *g, char **w, int nr)
{
	const char *path = NULL, *text;

	for (int i = 1; i + 1 < nr; i++)
		if (!strcmp(w[i], "-f") || !strcmp(w[i], "--file"))
			path = strip_device(w[i + 1]);
	if (!path)
		path = arena_printf(g->menu->arena, "%s/grubenv",
				    strip_device(get_var(g, "prefix", 6)));
	text = path ? g->files->read(g->files->opaque, g->menu->arena, path) : NULL;
	while (text && *text) {
		size_t len = strcspn(text, "\n"), name = name_length(text);
		char *value;

		if (name && name < len && text[name] == '=') {
			value = arena_strndup(g->menu->arena, text + name + 1, len - name - 1);
			if (!value)
				return;
			set_var(g, text, name, value);
		}
		text += len + !!text[len];
	}
}

static void run_text(struct grub *g, const char *text, bool active, int parent);

static void source(struct grub *g, const char *path, int parent)
{
	const char *text, *before = g->path;

	if (g->sources == MAX_SOURCES)
		return;
	g->sources++;
	text = g->files->read(g->files->opaque, g->menu->arena, strip_device(path));
	if (text) {
		g->path = path;
		run_text(g, text, true, parent);
		g->path = before;
	}
}

static const char *expand_for_bls(void *opaque, struct arena *a, const char *text)
{
	struct input *in = calloc(1, sizeof(*in));
	struct grub *g = opaque;
	char *copy = NULL;

	if (!in)
		return NULL;
	in->start = in->p = text;
	while (*in->p && !g->failed) {
		if (*in->p == '$')
			expand(g, in);
		else
			put(g, in, *in->p++);
	}
	if (!g->failed)
		copy = arena_strndup(a, in->word, in->len);
	free(in);
	return copy;
}

/* The folder that has loader/entries: the one above grub or grub2 */
static const char *boot_folder(struct grub *g)
{
	const char *prefix = strip_device(get_var(g, "prefix", 6));
	const char *slash = strrchr(prefix, '/');

	return slash ? arena_strndup(g->menu->arena, prefix, (size_t)(slash - prefix)) : "";
}

static void add_initrds(struct grub *g, struct entry *e, char **w, int nr)
{
	e->nr_initrds = 0;
	for (int i = 1; i < nr && e->nr_initrds < MAX_INITRDS; i++) {
		const char *name = arena_strdup(g->menu->arena, strip_device(w[i]));

		if (name && *name && *name != '-')
			e->initrd[e->nr_initrds++] = name;
	}
}

static bool is_one_of(const char *word, const char *stem)
{
	size_t len = strlen(stem);

	return !strncmp(word, stem, len) &&
		(!word[len] || !strcmp(word + len, "16") || !strcmp(word + len, "efi"));
}

static bool assign(struct grub *g, const char *text, int parent)
{
	size_t name = name_length(text);

	if (!name || text[name] != '=')
		return false;
	/* A submenu's default is for those who open it */
	if (parent < 0 || strncmp(text, "default=", 8))
		set_var(g, text, name, text + name + 1);
	return true;
}

static void run_command(struct grub *g, char **w, int nr, int parent)
{
	struct menu *m = g->menu;
	struct entry *e = parent < 0 ? NULL : m->entries[parent];
	const char *boot;

	g->status = 0;
	if (e && e->submenu)
		e = NULL;
	if (!strcmp(w[0], "[") || !strcmp(w[0], "test")) {
		nr -= nr > 1 && *w[0] == '[' && !strcmp(w[nr - 1], "]");
		g->status = !test(g, w + 1, nr - 1);
	} else if (!strcmp(w[0], "set")) {
		for (int i = 1; i < nr; i++)
			assign(g, w[i], parent);
	} else if (!strcmp(w[0], "unset")) {
		for (int i = 1; i < nr; i++)
			set_var(g, w[i], strlen(w[i]), "");
	} else if (!strcmp(w[0], "load_env")) {
		load_env(g, w, nr);
	} else if ((!strcmp(w[0], "source") || !strcmp(w[0], ".")) && nr > 1) {
		source(g, w[1], parent);
	} else if (!strcmp(w[0], "blscfg")) {
		boot = boot_folder(g);
		if (boot && bls_read(m, g->files, boot, parent, expand_for_bls, g))
			g->failed = true;
	} else if (e && is_one_of(w[0], "linux") && nr > 1) {
		e->kernel = arena_strdup(m->arena, strip_device(w[1]));
		e->args = join(g, w + 2, nr - 2);
	} else if (e && is_one_of(w[0], "initrd")) {
		add_initrds(g, e, w, nr);
	} else if (strcmp(w[0], "true") && strcmp(w[0], "insmod") && strcmp(w[0], "export") &&
		   !assign(g, w[0], parent)) {
		g->status = 1;
	}
}

/* The words of menuentry: the title, and --id among the options */
static int add_entry(struct grub *g, char **w, int nr, int parent)
{
	static const char * const with_value[] = { "--class", "--users", "--hotkey" };
	const char *title = NULL, *id = NULL;
	struct entry *e;

	for (int i = 1; i < nr; i++) {
		bool skip = false;

		for (size_t n = 0; n < ARRAY_SIZE(with_value); n++)
			skip |= !strcmp(w[i], with_value[n]);
		if (skip)
			i++;
		else if (!strcmp(w[i], "--id") && i + 1 < nr)
			id = w[++i];
		else if (!strncmp(w[i], "--id=", 5))
			id = w[i] + 5;
		else if (!title && w[i][0] != '-')
			title = w[i];
	}
	e = menu_add(g->menu, parent, title ? title : "");
	if (!e)
		return -1;
	if (id)
		e->id = arena_strdup(g->menu->arena, id);
	e->submenu = !strcmp(w[0], "submenu");
	return g->menu->nr - 1;
}

/* What ended a list of commands */
enum stop { S_END, S_CLOSE, S_THEN, S_ELSE, S_ELIF, S_FI, S_DO, S_DONE, S_NONE };

static enum stop run_list(struct grub *g, struct input *in, bool active, int parent,
			  unsigned int stops);

#define BIT_OF(stop) (1U << (stop))

static void run_if(struct grub *g, struct input *in, bool active, int parent)
{
	bool taken = !active;
	enum stop stop = S_ELIF;

	while (stop == S_ELIF) {
		bool now = false;

		g->status = 1;
		if (run_list(g, in, !taken, parent, BIT_OF(S_THEN)) != S_THEN)
			return;
		now = !taken && !g->status;
		taken |= now;
		stop = run_list(g, in, now, parent,
				BIT_OF(S_ELIF) | BIT_OF(S_ELSE) | BIT_OF(S_FI));
	}
	if (stop == S_ELSE)
		run_list(g, in, !taken, parent, BIT_OF(S_FI));
}

static enum stop keyword(const char *word)
{
	static const char * const words[] = {
		[S_THEN] = "then", [S_ELSE] = "else", [S_ELIF] = "elif", [S_FI] = "fi",
		[S_DO] = "do", [S_DONE] = "done",
	};

	for (int i = S_THEN; i <= S_DONE; i++)
		if (!strcmp(words[i], word))
			return (enum stop)i;
	return S_NONE;
}

/* A command from its first word, which was read, to its end; and its block, if it has one */
static void run_simple(struct grub *g, struct input *in, bool active, int parent)
{
	char *words[MAX_WORDS];
	enum token t = T_WORD;
	int nr = 0, body = parent;
	bool menu;

	while (t == T_WORD && !g->failed) {
		if (nr == MAX_WORDS) {
			give_up(g, in, "a command has more than 256 words");
			return;
		}
		words[nr] = arena_strndup(g->menu->arena, in->word, in->len);
		if (!words[nr])
			return;
		nr++;
		t = next(g, in);
	}
	if (g->failed)
		return;
	menu = !strcmp(words[0], "menuentry") || !strcmp(words[0], "submenu");
	if (t == T_CLOSE) {
		in->pushed = true;
	} else if (t == T_OPEN) {
		/* Bodies of functions and of what is not known are passed over */
		if (!menu) {
			run_list(g, in, false, parent, BIT_OF(S_CLOSE));
			return;
		}
		if (active)
			body = add_entry(g, words, nr, parent);
		if (active && body < 0)
			return;
		run_list(g, in, active, body, BIT_OF(S_CLOSE));
		return;
	}
	if (active && !menu)
		run_command(g, words, nr, parent);
}

static enum stop run_list(struct grub *g, struct input *in, bool active, int parent,
			  unsigned int stops)
{
	enum stop stop = S_NONE;

	if (++g->depth > MAX_DEPTH)
		give_up(g, in, "is nested deeper than 24 levels");
	while (stop == S_NONE && !g->failed && !g->menu->arena->full) {
		enum token t = next(g, in);

		if (t == T_END) {
			stop = S_END;
		} else if (t == T_OPEN) {
			run_list(g, in, active, parent, BIT_OF(S_CLOSE));
		} else if (t == T_CLOSE) {
			stop = S_CLOSE;
		} else if (t == T_WORD) {
			stop = in->quoted ? S_NONE : keyword(in->word);
			if (stop != S_NONE) {
				/* Taken, or misplaced and ignored, below */
			} else if (!in->quoted && !strcmp(in->word, "if")) {
				run_if(g, in, active, parent);
			} else if (!in->quoted && (!strcmp(in->word, "for") ||
						   !strcmp(in->word, "while") ||
						   !strcmp(in->word, "until"))) {
				run_list(g, in, false, parent, BIT_OF(S_DONE));
			} else {
				run_simple(g, in, active, parent);
			}
		}
		if (stop != S_NONE && stop != S_END && !(stops & BIT_OF(stop)))
			stop = S_NONE;
	}
	g->depth--;
	return stop == S_NONE ? S_END : stop;
}

static void run_text(struct grub *g, const char *text, bool active, int parent)
{
	struct input *in = calloc(1, sizeof(*in));

	if (!in) {
		g->menu->arena->full = true;
		return;
	}
	in->start = in->p = text;
	run_list(g, in, active, parent, 0);
	free(in);
}

int grub_parse(struct menu *m, const struct menu_files *f, const char *path, const char *text)
{
	static const struct variable preset[] = {
		{ "grub_platform", "xen" }, { "grub_cpu", "i386" }, { "feature_menuentry_id", "y" },
		{ "menuentry_id_option", "--id" }, { "feature_timeout_style", "y" },
		{ "feature_default_font_path", "y" }, { "feature_all_video_module", "y" },
	};
	const char *slash = strrchr(path, '/');
	struct grub *g = calloc(1, sizeof(*g));
	char *prefix;
	bool failed;

	if (!g)
		return system_error("%s: no memory to read it", path);
	g->menu = m;
	g->files = f;
	g->path = path;
	for (size_t i = 0; i < ARRAY_SIZE(preset); i++)
		set_var(g, preset[i].name, strlen(preset[i].name), preset[i].value);
	prefix = arena_strndup(m->arena, path, slash ? (size_t)(slash - path) : 0);
	if (prefix) {
		set_var(g, "prefix", 6, prefix);
		set_var(g, "config_directory", 16, prefix);
		run_text(g, text, true, -1);
	}
	m->chosen = arena_strdup(m->arena, get_var(g, "default", 7));
	if (m->chosen && !*m->chosen)
		m->chosen = NULL;
	failed = g->failed;
	free(g);
	if (failed)
		return ST_BAD;
	if (m->arena->full)
		return bad("%s: more than %d entries, or too much text", path, MAX_ENTRIES);
	return ST_OK;
}
