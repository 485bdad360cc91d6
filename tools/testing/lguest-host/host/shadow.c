// SPDX-License-Identifier: GPL-2.0
/*
 * Shadow page tables: what the processor walks while the guest runs. They have
 * the guest's entries with the host's frames, come into being fault by fault,
 * and go when the guest says that its own have changed.
 *
 * Built twice, with and without PAE.
 */
#include "host.h"

#ifdef PAE
typedef u64 pte_t;
#define PER_TABLE	512u
#define SLOT_SHIFT	21		/* what one page of PTEs maps */
#define TOP_SHIFT	30
#define TOP_ENTRIES	4u
#define TOP_FLAGS	P_PRESENT
#define FRAME_MASK	0x000ffffffffff000ull
#else
typedef u32 pte_t;
#define PER_TABLE	1024u
#define SLOT_SHIFT	22
#define TOP_SHIFT	22
#define TOP_ENTRIES	1024u
#define TOP_FLAGS	P_TABLE
#define FRAME_MASK	0xfffff000u
#endif

#define P_PRESENT	0x001
#define P_RW		0x002
#define P_USER		0x004
#define P_ACCESSED	0x020
#define P_DIRTY		0x040
#define P_BIG		0x080
#define P_GLOBAL	0x100
/* All that an entry for a table may have set */
#define P_TABLE		(P_PRESENT | P_RW | P_USER | P_ACCESSED | P_DIRTY)
#define P_NX		(1ull << 63)
#define P_RESERVED	(0x7ffull << 52)

/* Bits of a page fault's error code */
#define PF_PRESENT	1
#define PF_WRITE	2
#define PF_USER		4

/* Beside a faulting page, present and accessed pages of this aligned group are mapped, too. */
#define GROUP		16

#define NR_TOPS		4

struct top {
	u32 guest_top;
	pte_t *shadow;
};

static struct top tops[NR_TOPS];
static u32 current_top;
static bool linear;
static bool nx;
static u32 random = 1;

static u8 *pool_start;
static u32 pool_pages;
static void *free_pages;
static u32 nr_free;

static pte_t host_top[TOP_ENTRIES] __attribute__((aligned(4096)));
static pte_t host_last[PER_TABLE] __attribute__((aligned(4096)));
#ifdef PAE
static pte_t host_mid[4][PER_TABLE] __attribute__((aligned(4096)));
#endif
static u8 stack_page[PAGE_SIZE] __attribute__((aligned(4096)));
static u8 state_page[PAGE_SIZE] __attribute__((aligned(4096)));

static void *get_page(void)
{
	void *page = free_pages;

	if (!page)
		die("host: no page left for a shadow table");
	free_pages = *(void **)page;
	nr_free--;
	memset(page, 0, PAGE_SIZE);
	return page;
}

static void free_page(void *page)
{
	*(void **)page = free_pages;
	free_pages = page;
	nr_free++;
}

static void *table(pte_t e)
{
	return (void *)(u32)(e & FRAME_MASK);
}

static u32 index(u32 vaddr)
{
	return vaddr >> PAGE_SHIFT & (PER_TABLE - 1);
}

bool linear_mode(void)
{
	return linear;
}

/* The switcher, in a page of PTEs for the end of the address space */
static void map_switcher(pte_t *ptes, bool for_guest)
{
	u32 flags = P_PRESENT | P_ACCESSED | P_DIRTY, rw = for_guest ? 0 : P_RW;

	ptes[index(SWITCHER_TEXT)] = (u32)switcher_load | flags;
	ptes[index(SWITCHER_STACK)] = (u32)stack_page | flags | P_RW;
	ptes[index(SWITCHER_STATE)] = (u32)state_page | flags | rw;
}

/* Identity, in big pages, but for the last one, which has the switcher. */
u32 host_page_tables(void)
{
	u32 i, flags = P_PRESENT | P_RW | P_ACCESSED | P_DIRTY;
	u32 last = (0u - 1) >> SLOT_SHIFT;
	u32 a, b, c, d;

	for (i = 0; i <= last; i++) {
		pte_t e = (pte_t)i << SLOT_SHIFT | flags | P_BIG;

		if (i == last)
			e = (u32)host_last | flags;
#ifdef PAE
		host_mid[i / PER_TABLE][i % PER_TABLE] = e;
	}
	for (i = 0; i < TOP_ENTRIES; i++)
		host_top[i] = (u32)host_mid[i] | P_PRESENT;
#else
		host_top[i] = e;
	}
#endif
	map_switcher(host_last, false);

	asm("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "0"(0x80000000u));
	if (a > 0x80000000u) {
		asm("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "0"(0x80000001u));
#ifdef PAE
		nx = d >> 20 & 1;
#endif
	}
	/* As a PAE kernel does */
	if (nx) {
		asm volatile("rdmsr" : "=a"(a), "=d"(d) : "c"(0xc0000080u));
		asm volatile("wrmsr" : : "a"(a | 1u << 11), "d"(d), "c"(0xc0000080u));
	}
	return (u32)host_top;
}

void shadow_init(u8 *pool, u32 pages)
{
	pool_start = pool;
	pool_pages = pages;
}

/* The host's entry for a slot of PTEs, or NULL where there is no middle table */
static pte_t *slot_entry(pte_t *top, u32 vaddr)
{
#ifdef PAE
	pte_t *e = &top[vaddr >> TOP_SHIFT];

	if (!(*e & P_PRESENT))
		return NULL;
	return (pte_t *)table(*e) + (vaddr >> SLOT_SHIFT & (PER_TABLE - 1));
#else
	return &top[vaddr >> TOP_SHIFT];
#endif
}

static pte_t *find_spte(u32 vaddr)
{
	pte_t *slot = slot_entry(tops[current_top].shadow, vaddr);

	if (!slot || !(*slot & P_PRESENT))
		return NULL;
	return (pte_t *)table(*slot) + index(vaddr);
}

/* Every table that runs has the switcher in it. */
static void make_switcher_slot(pte_t *top)
{
	pte_t *slot;

#ifdef PAE
	pte_t *e = &top[TOP_ENTRIES - 1];

	if (!(*e & P_PRESENT))
		*e = (u32)get_page() | P_PRESENT;
#endif
	slot = slot_entry(top, SWITCHER_ADDR);
	if (!(*slot & P_PRESENT))
		*slot = (u32)get_page() | P_TABLE;
	map_switcher(table(*slot), true);
}

static void release_slot(pte_t *slot, bool last)
{
	if (!(*slot & P_PRESENT))
		return;
	if (last) {
		memset(table(*slot), 0, index(SWITCHER_ADDR) * sizeof(pte_t));
		return;
	}
	free_page(table(*slot));
	*slot = 0;
}

static void release_top_entry(pte_t *top, u32 i)
{
#ifdef PAE
	pte_t *mid;
	u32 j;

	if (!(top[i] & P_PRESENT))
		return;
	mid = table(top[i]);
	for (j = 0; j < PER_TABLE; j++)
		if (mid[j])
			release_slot(&mid[j], i == TOP_ENTRIES - 1 && j == PER_TABLE - 1);
	if (i == TOP_ENTRIES - 1)
		return;
	free_page(mid);
	top[i] = 0;
#else
	release_slot(&top[i], i == TOP_ENTRIES - 1);
#endif
}

static void release_user(struct top *t)
{
	u32 i;

	for (i = 0; i < guest.kernel_address >> TOP_SHIFT; i++)
		release_top_entry(t->shadow, i);
}

static void release_all(void)
{
	u32 i, j;

	for (i = 0; i < NR_TOPS; i++)
		for (j = 0; tops[i].shadow && j < TOP_ENTRIES; j++)
			release_top_entry(tops[i].shadow, j);
}

static void make_top(struct top *t)
{
	t->shadow = get_page();
	make_switcher_slot(t->shadow);
}

/* A guest starts: linear mode */
void shadow_reset(void)
{
	u32 i;

	free_pages = NULL;
	nr_free = 0;
	for (i = 0; i < pool_pages; i++)
		free_page(pool_start + i * PAGE_SIZE);
	memset(tops, 0, sizeof(tops));
	make_top(&tops[0]);
	current_top = 0;
	linear = true;
}

u32 shadow_cr3(void)
{
	/* One trap takes a few pages at most. What is dropped comes back by faults. */
	if (nr_free < 16)
		guest_flush_all();
	return (u32)tops[current_top].shadow;
}

static pte_t guest_entry(u32 addr)
{
	pte_t e;

	guest_read(addr, &e, sizeof(e));
	return e;
}

static u32 guest_top_addr(u32 vaddr)
{
	return tops[current_top].guest_top + (vaddr >> TOP_SHIFT) * sizeof(pte_t);
}

static u32 table_addr(pte_t e, u32 i)
{
	return (u32)(e & FRAME_MASK) + i * sizeof(pte_t);
}

static bool in_mmio(pte_t e)
{
	u64 pfn = (e & FRAME_MASK) >> PAGE_SHIFT;

	return e & P_PRESENT && pfn >= guest.pfn_limit && pfn < guest.device_limit;
}

static bool frame_ok(pte_t e)
{
	return (e & FRAME_MASK) >> PAGE_SHIFT < guest.pfn_limit;
}

static void check_pte(pte_t e)
{
	if (e & P_BIG || !frame_ok(e))
		die("bad page table entry");
#ifdef PAE
	/* The processor would fault for these for ever. */
	if (e & P_NX && !nx)
		die("bad page table entry: NX, and the processor has none");
	if (e & P_RESERVED)
		die("bad page table entry: reserved bits");
#endif
}

static void check_table(pte_t e, u32 allowed, const char *what)
{
	if (e & ~FRAME_MASK & ~(pte_t)allowed || !frame_ok(e))
		die("bad page %sdirectory entry", what);
}

/*
 * Where the guest's PTE for an address is, by its own tables; 0 where those are
 * not present. *flags: what they allow.
 */
static u32 guest_pte_addr(u32 vaddr, u32 *flags)
{
	pte_t e = guest_entry(guest_top_addr(vaddr));

	if (!(e & P_PRESENT))
		return 0;
#ifdef PAE
	e = guest_entry(table_addr(e, vaddr >> SLOT_SHIFT & (PER_TABLE - 1)));
	if (!(e & P_PRESENT))
		return 0;
#endif
	*flags = e & (P_RW | P_USER);
	return table_addr(e, index(vaddr));
}

u32 guest_pa(u32 vaddr)
{
	u32 flags, addr;
	pte_t e = 0;

	if (linear)
		return vaddr;
	addr = guest_pte_addr(vaddr, &flags);
	if (addr)
		e = guest_entry(addr);
	if (!(e & P_PRESENT))
		die("Bad address %#x", vaddr);
	return (u32)(e & FRAME_MASK) | vaddr % PAGE_SIZE;
}

/* The shadow's PTE for an address; the tables that lead to it are made as the guest's say. */
static pte_t *make_spte(u32 vaddr)
{
	struct top *t = &tops[current_top];
	pte_t *slot, e;

#ifdef PAE
	pte_t *up = &t->shadow[vaddr >> TOP_SHIFT];

	if (!(*up & P_PRESENT)) {
		if (!linear)
			check_table(guest_entry(guest_top_addr(vaddr)), TOP_FLAGS, "");
		*up = (u32)get_page() | P_PRESENT;
	}
#endif
	slot = slot_entry(t->shadow, vaddr);
	if (!(*slot & P_PRESENT)) {
		e = P_TABLE & ~P_USER;
		if (!linear) {
			e = guest_entry(guest_top_addr(vaddr));
#ifdef PAE
			e = guest_entry(table_addr(e, vaddr >> SLOT_SHIFT & (PER_TABLE - 1)));
			check_table(e, P_TABLE, "middle ");
#else
			check_table(e, TOP_FLAGS, "");
#endif
		}
		*slot = (u32)get_page() | (e & P_TABLE) | P_ACCESSED;
	}
	return (pte_t *)table(*slot) + index(vaddr);
}

/* A guest's PTE with the frame where the host has it */
static pte_t shadow_pte(pte_t e)
{
	return ((e & ~(pte_t)P_GLOBAL)) + (u32)guest.base;
}

/*
 * Pages near the one that faulted, where the guest's entries allow it without
 * being changed. Nothing of this shows in a guest that tells of changes.
 */
static void map_around(u32 vaddr, u32 pte_addr, pte_t *spte)
{
	u32 i, self = index(vaddr), first = self & ~(GROUP - 1);
	const pte_t *from;

	if (!guest_address_ok(pte_addr - self * sizeof(pte_t), PAGE_SIZE))
		return;
	from = (const pte_t *)(guest.base + pte_addr) - self;
	spte -= self;
	for (i = first; i < first + GROUP; i++) {
		pte_t e = from[i];

		if (spte[i] || (e & (P_PRESENT | P_ACCESSED | P_BIG)) != (P_PRESENT | P_ACCESSED) ||
		    !frame_ok(e) || (vaddr & ~(u32)(PER_TABLE * PAGE_SIZE - 1)) + i * PAGE_SIZE >=
		    SWITCHER_ADDR)
			continue;
#ifdef PAE
		if ((e & P_NX && !nx) || e & P_RESERVED)
			continue;
#endif
		if (!(e & P_DIRTY))
			e &= ~(pte_t)P_RW;
		spte[i] = shadow_pte(e);
	}
}

bool demand_page(u32 vaddr, u32 error, u32 *mmio)
{
	u32 pte_addr = 0, flags;
	pte_t e, new, *spte;

	*mmio = 0;
	if (vaddr >= SWITCHER_ADDR)
		return false;
	if (linear) {
		e = (vaddr & ~(PAGE_SIZE - 1)) | P_PRESENT | P_RW | P_DIRTY | P_ACCESSED;
		flags = P_RW;
		spte = make_spte(vaddr);
	} else {
		pte_addr = guest_pte_addr(vaddr, &flags);
		if (!pte_addr)
			return false;
		/* What leads to a PTE is checked whatever that is. */
		spte = make_spte(vaddr);
		e = guest_entry(pte_addr);
	}
	if (!(e & P_PRESENT))
		return false;
	flags &= e;
	if ((error & PF_WRITE && !(flags & P_RW)) || (error & PF_USER && !(flags & P_USER)))
		return false;
	if (in_mmio(e)) {
		*mmio = (u32)(e & FRAME_MASK) | vaddr % PAGE_SIZE;
		return false;
	}
	check_pte(e);
	new = e | P_ACCESSED;
	if (error & PF_WRITE)
		new |= P_DIRTY;
	if (pte_addr && new != e)
		guest_write(pte_addr, &new, sizeof(new));
	if (!(new & P_DIRTY))
		new &= ~(pte_t)P_RW;
	new = shadow_pte(new);
	/* All that the guest's tables allow is there already: NX, SMEP, ... */
	if (error & PF_PRESENT && *spte == new)
		return false;
	*spte = new;
	if (pte_addr)
		map_around(vaddr, pte_addr, spte);
	return true;
}

void pin_stack(void)
{
	u32 i, vaddr, mmio;
	pte_t *spte;

	for (i = 0; i < guest.stack_pages; i++) {
		vaddr = guest.esp1 - 1 - i * PAGE_SIZE;
		spte = find_spte(vaddr);
		if (spte && (*spte & (P_PRESENT | P_RW)) == (P_PRESENT | P_RW))
			continue;
		if (!demand_page(vaddr, PF_WRITE, &mmio))
			die("bad stack page %#x", vaddr);
	}
}

static void set_spte(struct top *t, u32 vaddr, pte_t e)
{
	pte_t *slot = slot_entry(t->shadow, vaddr), *spte;

	if (!slot || !(*slot & P_PRESENT))
		return;
	spte = (pte_t *)table(*slot) + index(vaddr);
	*spte = 0;
	if (!(e & (P_ACCESSED | P_DIRTY)) || in_mmio(e))
		return;
	check_pte(e);
	*spte = shadow_pte(e);
}

static struct top *find_top(u32 guest_top)
{
	u32 i;

	for (i = 0; i < NR_TOPS; i++)
		if (tops[i].shadow && tops[i].guest_top == guest_top)
			return &tops[i];
	return NULL;
}

void guest_set_pte(u32 guest_top, u32 vaddr, u64 e)
{
	struct top *t;
	u32 i;

	if (vaddr >= SWITCHER_ADDR)
		die("attempt to set pte into Switcher pages");
	if (vaddr >= guest.kernel_address) {
		for (i = 0; i < NR_TOPS; i++)
			if (tops[i].shadow)
				set_spte(&tops[i], vaddr, e);
		return;
	}
	t = find_top(guest_top);
	if (t)
		set_spte(t, vaddr, e);
}

void guest_set_pgd(u32 guest_top, u32 i)
{
	struct top *t;

	if (i >= TOP_ENTRIES)
		die("Attempt to set pgd %u/%u", i, TOP_ENTRIES);
	t = find_top(guest_top);
	if (t)
		release_top_entry(t->shadow, i);
}

void guest_new_pgtable(u32 guest_top)
{
	struct top *t;

	if (linear) {
		release_all();
		linear = false;
		t = NULL;
	} else {
		t = find_top(guest_top);
	}
	if (!t) {
		random = random * 1103515245 + 12345;
		t = &tops[random >> 16 & (NR_TOPS - 1)];
		t->guest_top = guest_top;
		/* What is at and above kernel_address is the same in all of the guest's tables. */
		if (t->shadow)
			release_user(t);
		else
			make_top(t);
	}
	current_top = t - tops;
	pin_stack();
}

void guest_flush_all(void)
{
	release_all();
	pin_stack();
}

void guest_flush_user(void)
{
	release_user(&tops[current_top]);
}
