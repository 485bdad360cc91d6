// SPDX-License-Identifier: GPL-2.0
/*
 * Random mmap, munmap, mprotect, mremap, madvise, fork, write and read, each
 * step compared with a model of what memory has to look like.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"

#define PAGES	1024u
#define STEPS	3000

/* What page i has to be: protection (-1: not there) and the word at its start */
struct model {
	int prot;
	uint32_t word;
};

static struct model model[PAGES];
static char *base;

static uint32_t *word(uint32_t i)
{
	return (uint32_t *)(base + i * PAGE + (i * 64) % PAGE);
}

/* Looks at one page, by an access that may fault. */
static bool as_modelled(uint32_t i)
{
	struct fault f;

	if (model[i].prot <= PROT_NONE)
		return read_faults(&f, word(i)) && f.sig == SIGSEGV &&
			f.addr == (uintptr_t)word(i) &&
			f.code == (model[i].prot < 0 ? SEGV_MAPERR : SEGV_ACCERR);
	if (*word(i) != model[i].word)
		return false;
	return model[i].prot & PROT_WRITE || (write_faults(&f, word(i)) && f.code == SEGV_ACCERR);
}

static bool whole(uint32_t at, uint32_t n)
{
	for (; n; n--, at++)
		if (model[at].prot < 0)
			return false;
	return true;
}

static void see_all(void *arg)
{
	uint32_t i;

	(void)arg;
	for (i = 0; i < PAGES; i++)
		if (!as_modelled(i))
			_exit(1);
	for (i = 0; i < PAGES; i++)
		if (model[i].prot > 0 && model[i].prot & PROT_WRITE)
			*word(i) = 0xbad;
	_exit(0);
}

static const char *const names[] = {
	"mmap", "munmap", "mprotect", "write", "mremap", "madvise", "fork"
};

/* One step; false if a call failed that has to work */
static bool step(uint32_t kind, uint32_t at, uint32_t n, uint32_t r)
{
	static const int prots[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE };
	int prot = prots[r % 3], ret = 0;
	uint32_t i, to;

	switch (kind) {
	case 0:
		ret = mmap(base + at * PAGE, n * PAGE, prot,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED;
		for (i = at; i < at + n; i++)
			model[i] = (struct model){ prot, 0 };
		break;
	case 1:
		ret = munmap(base + at * PAGE, n * PAGE);
		for (i = at; i < at + n; i++)
			model[i].prot = -1;
		break;
	case 2:
		if (!whole(at, n))
			break;
		ret = mprotect(base + at * PAGE, n * PAGE, prot);
		for (i = at; i < at + n; i++)
			model[i].prot = prot;
		break;
	case 3:
		for (i = at; i < at + n; i++)
			if (model[i].prot > 0 && model[i].prot & PROT_WRITE)
				*word(i) = model[i].word = mix(r, i);
		break;
	case 4:
		/* One page: mremap takes what is one mapping only. */
		to = r % PAGES;
		if (to == at || model[at].prot < 0)
			break;
		ret = mremap(base + at * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
			     base + to * PAGE) == MAP_FAILED;
		/* The word's place in the page is the page's: move it along. */
		if (model[at].prot != (PROT_READ | PROT_WRITE))
			mprotect(base + to * PAGE, PAGE, PROT_READ | PROT_WRITE);
		i = *(uint32_t *)(base + to * PAGE + (at * 64) % PAGE);
		if (i != model[at].word)
			return false;
		memset(base + to * PAGE, 0, PAGE);
		*word(to) = i;
		mprotect(base + to * PAGE, PAGE, model[at].prot);
		model[to] = model[at];
		model[at].prot = -1;
		break;
	case 5:
		if (!whole(at, n))
			break;
		ret = madvise(base + at * PAGE, n * PAGE, MADV_DONTNEED);
		for (i = at; i < at + n; i++)
			model[i].word = 0;
		break;
	case 6:
		/* Costs more than all others. */
		if (r % 16)
			break;
		return in_child(see_all, NULL) == 0;
	}
	return !ret;
}

static void area(void)
{
	uint32_t i, k, kind, at, n, r;
	bool good = true;

	base = map(PAGES * PAGE, PROT_NONE);
	munmap(base, PAGES * PAGE);
	for (i = 0; i < PAGES; i++)
		model[i] = (struct model){ -1, 0 };
	/* What the model does not own must not come to lie in there. */
	if (read_faults(&(struct fault){ }, base) == 0)
		give_up("no free range");
	for (i = 0; i < STEPS && good; i++) {
		kind = random32() % ARRAY_SIZE(names);
		at = random32() % PAGES;
		n = 1 + random32() % 32;
		if (at + n > PAGES)
			n = PAGES - at;
		r = random32();
		good = step(kind, at, n, r);
		for (k = at; k < at + n && good; k++)
			good = as_modelled(k);
		if (!good)
			check(0, "step %u, %s of %u pages from %u: page %u", i, names[kind], n,
			      at, k);
	}
	check(good, "%d random steps", STEPS);
	for (i = 0, k = 0; i < PAGES; i++)
		k += !as_modelled(i);
	equal(k, 0, "all pages as they have to be in the end");
	munmap(base, PAGES * PAGE);
}

const struct area area_churn = {
	"churn", "random changes of the address space against a model", area, 120, false
};
