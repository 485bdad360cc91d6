// SPDX-License-Identifier: GPL-2.0
/*
 * What stays behind when the image runs: descriptor tables without anything
 * an image could load, and an interrupt table that reports every exception.
 *
 * Exceptions go through task gates. A task brings its own stack, segments and
 * page tables, so the report works with the image's stack pointer at 0, its
 * descriptors gone and most memory unmapped. Its segments come from a local
 * table that only the fault tasks have.
 */
#include "loader.h"

#define GUARD_DATA __section(".guard.data") __aligned(16)

/* Access bytes: present, then ring, then kind. */
#define SEG_CODE	0x9a
#define SEG_DATA	0x92
#define SEG_LDT		0x82
#define SEG_TSS		0x89
#define GATE_TASK	0x85
#define SEG_RING(r)	((r) << 5)

#define SEG_FLAT_CODE	0x00cf9a000000ffffull
#define SEG_FLAT_DATA	0x00cf92000000ffffull

#define IO_PORTS	65536
#define VECTOR_DEBUG	1
#define DR7_GLOBAL_0	0x2
#define DR6_HIT_0	0x1

/* Registers the protocol leaves open hold this on entry. */
#define UNSPECIFIED	0xbadbadee

struct tss {
	u32 link;
	u32 esp0, ss0, esp1, ss1, esp2, ss2;
	u32 cr3, eip, eflags;
	u32 eax, ecx, edx, ebx, esp, ebp, esi, edi;
	u32 es, cs, ss, ds, fs, gs;
	u32 ldt;
	u16 trap;
	u16 io_base;
};

_Static_assert(sizeof(struct tss) == 104, "tss");

/* Ring 1 has no I/O privilege; this bitmap lets it use every port instead. */
struct image_tss {
	struct tss tss;
	u8 io_closed[IO_PORTS / 8];
	u8 io_end;
};

/* 128 bytes apart, none crosses a page, as a task switch wants it. */
struct fault_tss {
	struct tss tss;
} __aligned(128);

GUARD_DATA u64 gdt[GDT_BYTES / 8] = {
	[BOOT_CS / 8] = SEG_FLAT_CODE,
	[BOOT_DS / 8] = SEG_FLAT_DATA,
};
static GUARD_DATA u64 ldt[2] = { SEG_FLAT_CODE, SEG_FLAT_DATA };
static GUARD_DATA u64 idt[NR_VECTORS];
static GUARD_DATA struct fault_tss fault_tss[NR_VECTORS];
static GUARD_DATA struct image_tss image_tss __aligned(4096);
GUARD_DATA struct entry_state entry_state;

#define ENTRY_AT(member, offset) \
	_Static_assert(offsetof(struct entry_state, member) == (offset), #member)

ENTRY_AT(eax, ENTRY_EAX);
ENTRY_AT(ebx, ENTRY_EBX);
ENTRY_AT(ecx, ENTRY_ECX);
ENTRY_AT(edx, ENTRY_EDX);
ENTRY_AT(esi, ENTRY_ESI);
ENTRY_AT(edi, ENTRY_EDI);
ENTRY_AT(ebp, ENTRY_EBP);
ENTRY_AT(esp, ENTRY_ESP);
ENTRY_AT(eip, ENTRY_EIP);
ENTRY_AT(eflags, ENTRY_EFLAGS);
ENTRY_AT(cs, ENTRY_CS);
ENTRY_AT(ds, ENTRY_DS);
ENTRY_AT(fs, ENTRY_FS);
ENTRY_AT(cr3, ENTRY_CR3);
ENTRY_AT(cr4, ENTRY_CR4);
ENTRY_AT(paged, ENTRY_PAGED);
ENTRY_AT(erase, ENTRY_ERASE);
_Static_assert(FAULT_CS == (0 | 4) && FAULT_DS == (8 | 4), "ldt slots");

static u8 fault_stack[8192] __aligned(16);
static bool entered, reporting;

extern u8 fault_entries[];
_Noreturn void enter_image(void);
void fault_report(u32 vector, u32 error);

struct table_pointer {
	u16 limit;
	u32 base;
} __packed;

static u64 descriptor(const void *base, u32 limit, u8 access)
{
	u64 b = addr_of(base);

	return (limit & 0xffff) | (b & 0xffffff) << 16 | (u64)access << 40 |
	       (u64)(limit >> 16) << 48 | (b >> 24) << 56;
}

static void load_image_tss(void)
{
	gdt[IMAGE_TSS / 8] = descriptor(&image_tss, sizeof(image_tss) - 1, SEG_TSS);
	asm volatile("ltr %w0" : : "r"(IMAGE_TSS) : "memory");
}

/* From here on even the loader's own exceptions are reported. */
void guard_init(void)
{
	struct table_pointer p = { sizeof(idt) - 1, addr_of(idt) };
	struct tss *t;
	u32 v;

	gdt[FAULT_LDT / 8] = descriptor(ldt, sizeof(ldt) - 1, SEG_LDT);
	for (v = 0; v < NR_VECTORS; v++) {
		t = &fault_tss[v].tss;
		t->eip = addr_of(fault_entries) + v * FAULT_ENTRY_BYTES;
		t->eflags = EFLAGS_FIXED;
		t->esp = addr_of(fault_stack + sizeof(fault_stack));
		t->cs = FAULT_CS;
		t->es = t->ss = t->ds = t->fs = t->gs = FAULT_DS;
		t->ldt = FAULT_LDT;
		t->io_base = sizeof(*t);
		gdt[FAULT_TSS / 8 + v] = descriptor(t, sizeof(*t) - 1, SEG_TSS);
		idt[v] = (u64)GATE_TASK << 40 | (u64)(FAULT_TSS + 8 * v) << 16;
	}
	image_tss.tss.io_base = offsetof(struct image_tss, io_closed);
	image_tss.io_end = 0xff;
	load_image_tss();
	asm volatile("lidt %0" : : "m"(p));
}

static void set_hidden_segments(u32 ring)
{
	gdt[HIDDEN_CS / 8] = SEG_FLAT_CODE | (u64)SEG_RING(ring) << 40;
	gdt[HIDDEN_DS / 8] = SEG_FLAT_DATA | (u64)SEG_RING(ring) << 40;
	entry_state.cs = HIDDEN_CS | ring;
	entry_state.ds = HIDDEN_DS | ring;
	entry_state.fs = 0;
}

static void set_paging(const struct page_roots *roots)
{
	u32 v;

	for (v = 0; v < NR_VECTORS; v++)
		fault_tss[v].tss.cr3 = roots->fault;
	entry_state.paged = true;
	entry_state.cr3 = roots->image;
	entry_state.cr4 = opt.pae ? CR4_PAE : CR4_PSE;
}

static void set_breakpoint(u32 addr)
{
	asm volatile("mov %0, %%db0" : : "r"(addr));
	asm volatile("mov %0, %%db7" : : "r"(DR7_GLOBAL_0));
}

_Noreturn void guard_enter(const struct image *img, u32 params, u32 stack,
			   const struct page_roots *roots)
{
	struct entry_state *e = &entry_state;

	e->eax = e->ecx = e->edx = UNSPECIFIED;
	e->esi = params;
	e->esp = stack;
	e->eip = img->entry;
	e->eflags = EFLAGS_FIXED | (opt.interrupts ? EFLAGS_IF : 0);
	if (opt.paged) {
		set_hidden_segments(opt.ring);
		set_paging(roots);
		e->erase = true;
	} else {
		e->cs = BOOT_CS;
		e->ds = BOOT_DS;
		e->fs = BOOT_DS;
	}
	if (opt.promote_given)
		set_breakpoint(opt.promote);
	entered = true;
	enter_image();
}

/*
 * The image has come to the address it may have ring 0 from. It goes on with
 * the registers it had; there is still no descriptor it could load.
 */
static _Noreturn void promote(void)
{
	const struct tss *t = &image_tss.tss;
	struct entry_state *e = &entry_state;

	say("loader: promoted to ring 0 at 0x%x: eflags 0x%x cs 0x%x ss 0x%x ds 0x%x es 0x%x esp 0x%x esi 0x%x\n",
	    t->eip, t->eflags, t->cs, t->ss, t->ds, t->es, t->esp, t->esi);

	e->eax = t->eax;
	e->ebx = t->ebx;
	e->ecx = t->ecx;
	e->edx = t->edx;
	e->esi = t->esi;
	e->edi = t->edi;
	e->ebp = t->ebp;
	e->esp = t->esp;
	e->eip = t->eip;
	e->eflags = EFLAGS_FIXED | (t->eflags & EFLAGS_IF);
	set_hidden_segments(0);

	/* Undo what the task switch did: nested task, local table, TS. */
	asm volatile("pushfl; andl %0, (%%esp); popfl"
		     : : "i"(~EFLAGS_NT) : "cc", "memory");
	asm volatile("mov %0, %%db7" : : "r"(0));
	asm volatile("lldt %w0" : : "r"(0));
	asm volatile("clts");
	load_image_tss();
	reporting = false;
	enter_image();
}

static const char *const vector_names[NR_VECTORS] = {
	[0] = "#DE divide error",
	[1] = "#DB debug",
	[2] = "NMI",
	[3] = "#BP breakpoint",
	[4] = "#OF overflow",
	[5] = "#BR bound range",
	[6] = "#UD invalid opcode",
	[7] = "#NM device not available",
	[8] = "#DF double fault",
	[10] = "#TS invalid TSS",
	[11] = "#NP segment not present",
	[12] = "#SS stack fault",
	[13] = "#GP general protection",
	[14] = "#PF page fault",
	[16] = "#MF x87 error",
	[17] = "#AC alignment check",
	[18] = "#MC machine check",
	[19] = "#XM SIMD error",
};

void fault_report(u32 vector, u32 error)
{
	const struct tss *t = &image_tss.tss;
	const char *name = vector_names[vector];
	u32 cr2, dr6;

	if (reporting) {
		say("loader: bug: exception while reporting one\n");
		stop(EXIT_BUG);
	}
	reporting = true;

	asm volatile("mov %%cr2, %0" : "=r"(cr2));
	asm volatile("mov %%db6, %0" : "=r"(dr6));
	if (vector == VECTOR_DEBUG && opt.promote_given && dr6 & DR6_HIT_0)
		promote();

	say("loader: %s: %s, vector %u, error 0x%x, eip 0x%08x, cr2 0x%08x\n",
	    entered ? "image fault" : "bug", name ? name : "reserved vector",
	    vector, error, t->eip, cr2);
	if (!entered)
		stop(EXIT_BUG);
	explain_fault(vector, error, t->eip, cr2, ptr_to(t->eip));
	say("loader: eax 0x%08x ebx 0x%08x ecx 0x%08x edx 0x%08x\n",
	    t->eax, t->ebx, t->ecx, t->edx);
	say("loader: esi 0x%08x edi 0x%08x ebp 0x%08x esp 0x%08x\n",
	    t->esi, t->edi, t->ebp, t->esp);
	say("loader: cs 0x%04x ss 0x%04x ds 0x%04x es 0x%04x fs 0x%04x gs 0x%04x eflags 0x%08x\n",
	    t->cs, t->ss, t->ds, t->es, t->fs, t->gs, t->eflags);
	stop(EXIT_FAULT);
}
