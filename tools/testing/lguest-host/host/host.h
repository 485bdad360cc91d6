/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of the host have of one another */
#ifndef LGUEST_HOST_H
#define LGUEST_HOST_H

#include "types.h"
#include "switcher.h"

/* lib.c */
void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
/* Quotient and, by *rem, remainder; the quotient must fit into 32 bits. */
u32 div64(u64 n, u32 by, u32 *rem);
/* Understands %s %c %d %i %u %x %#x %%, widths, 0 and - as printf does, and cuts. */
void vformat(char *to, size_t size, const char *fmt, va_list ap) __printf(3, 0);
void format(char *to, size_t size, const char *fmt, ...) __printf(3, 4);

/* The launcher's last words: a line "lguest: ...", and the machine ends. */
void die(const char *fmt, ...) __noreturn __printf(1, 2);
/* A line "lguest: ...", as the launcher's warnings are */
void warn(const char *fmt, ...) __printf(1, 2);
/* A line on the debug console at port 0xe9, if option "trace=" is at least the level */
void trace(u32 level, const char *fmt, ...) __printf(2, 3);

/* hw.c: the machine that QEMU gives */
static inline void outb(u16 port, u8 v)
{
	asm volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static inline u8 inb(u16 port)
{
	u8 v;

	asm volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline void outw(u16 port, u16 v)
{
	asm volatile("outw %0, %1" : : "a"(v), "Nd"(port));
}

void hw_init(void);
void serial_write(const void *buf, u32 n);
/* The next byte of the host's console, or -1 */
int serial_read(void);
bool serial_at_line_start(void);
void machine_end(void) __noreturn;
u64 now_ns(void);
void wall_clock(u32 *sec, u32 *nsec);
/* Interrupt once when now_ns() gets to this; 0: never */
void timer_set(u64 deadline);
/* Let the host's next tick come soon. */
void tick_soon(void);
void hw_irq(u32 irq);
/* With nothing to run: return after at least one interrupt was taken care of. */
void wait_for_irq(void);
u32 measure_tsc_khz(void);

/* What belongs to QEMU's machine, not to the guest */
struct options {
	u32 mem_mb;
	bool initrd;
	bool tsc;
	u32 trace;
	bool smep;
	bool smap;
	/* Goes on as bytes are taken */
	u64 seed;
	/* The guest's arguments; with "each", as many guests as these are words */
	bool each;
	const char *args;
};

extern struct options options;

struct module {
	const u8 *start;
	u32 size;
};

/* main.c: with "each": there is another word. */
bool next_args(void);

extern struct module kernel_file, initrd_file;

/* The guest's registers while the host runs */
struct guest_regs {
	u32 eax, ebx, ecx, edx, esi, edi, ebp;
	u32 gs, fs, ds, es;
	u32 trap, error;
	u32 eip, cs, eflags, esp, ss;
};

_Static_assert(SWITCHER_ADDR == 0u - SWITCHER_PAGES * PAGE_SIZE, "SWITCHER_ADDR");
_Static_assert(sizeof(struct guest_regs) == REGS_SIZE, "REGS_SIZE");
_Static_assert(offsetof(struct guest_regs, trap) == REGS_TRAP, "REGS_TRAP");
_Static_assert(offsetof(struct guest_regs, eip) == REGS_EIP, "REGS_EIP");

#define regs ((struct guest_regs *)REGS_ADDR)

struct desc {
	u32 a, b;
};

#define NR_VIRQS	32

#define RING_SLOTS	64

/* What guest and host share, in the guest's memory */
struct lguest_data {
	u32 irq_enabled;
	u32 blocked_interrupts;
	u32 cr2;
	u32 time_sec, time_nsec;
	u32 irq_pending;
	u8 hcall_status[RING_SLOTS];
	u32 hcalls[RING_SLOTS][5];
	u32 reserve_mem;
	u32 tsc_khz;
	u32 noirq_iret;
	u32 kernel_address;
	u32 syscall_vec;
};

_Static_assert(sizeof(struct lguest_data) == 1388, "size of struct lguest_data");
_Static_assert(offsetof(struct lguest_data, hcalls) == 88, "hcalls");
_Static_assert(offsetof(struct lguest_data, reserve_mem) == 1368, "reserve_mem");

#define EFLAGS_TF	0x100
#define EFLAGS_IF	0x200
#define EFLAGS_NT	0x4000
#define EFLAGS_RF	0x10000
#define EFLAGS_VM	0x20000

/* All that is forgotten when the guest restarts, page tables and devices apart */
struct guest {
	/* Where guest-physical 0 is in the host, RAM and its end in bytes */
	u8 *base;
	u32 mem;
	/* RAM ends and device memory begins; device memory ends: in pages */
	u32 pfn_limit, device_limit;

	volatile struct lguest_data *data;
	u32 kernel_address, noirq_iret;
	u32 next_hcall;

	u32 irqs_pending;
	bool halted;
	bool restart;
	bool ts;
	u64 timer;

	u32 ss1, esp1, stack_pages;
	struct desc gdt[GDT_ENTRIES];
	struct desc idt[256];
};

extern struct guest guest;

/* memory.c: the guest's memory by its physical addresses; out of RAM kills it. */
bool guest_address_ok(u32 addr, u32 len);
void guest_read(u32 addr, void *to, u32 len);
void guest_write(u32 addr, const void *from, u32 len);
/* By virtual addresses, through the guest's own tables; an unmapped one kills. */
void guest_read_virt(u32 vaddr, void *to, u32 len);

/* load.c: what the launcher does before the first instruction; gives its address. */
u32 load_guest(void);

/* shadow.c */
void shadow_init(u8 *pool, u32 pages);
void shadow_reset(void);
/* Page tables to run the guest on */
u32 shadow_cr3(void);
u32 host_page_tables(void);
/* The guest's tables say so: map it. False: its fault, or, with *mmio not 0, device memory. */
bool demand_page(u32 vaddr, u32 error, u32 *mmio);
u32 guest_pa(u32 vaddr);
void pin_stack(void);
void guest_set_pte(u32 top, u32 vaddr, u64 pte);
void guest_set_pgd(u32 top, u32 index);
void guest_new_pgtable(u32 top);
void guest_flush_all(void);
void guest_flush_user(void);
bool linear_mode(void);

/* segments.c */
void segments_init(void);
void segments_reset(void);
void load_gdt_entry(u32 slot, u32 a, u32 b);
void load_tls(u32 addr);
void load_idt_entry(u32 vector, u32 a, u32 b);
void set_stack(u32 ss, u32 esp, u32 pages);
void load_segments(void);
void restart_on_stack(void (*fn)(void)) __noreturn;

/* trap.c */
void run_guest(void) __noreturn;
/* The guest's handler for this trap is the next to run; false: there is none. */
bool deliver_trap(u32 trap);
void set_virq(u32 irq);
void write_time(void);

/* hypercall.c */
void hypercall(void);

/* emulate.c */
void emulate_insn(void);
void emulate_mmio(u32 addr);

/* switcher.S */
extern const u32 trap_entry[256];
extern char switcher_load[], host_end[];
void switch_to_guest(u32 cr3);
void host_fault(u32 *frame, u32 cr2) __noreturn;

/* pci.c: false: no such port; the guest gets what the launcher gives it then. */
#define PCI_ADDRESS	0xcf8
#define PCI_DATA	0xcfc
/* From the options, in order */
void pci_add_device(const char *name);
void pci_reset(void);
bool pci_out(u16 port, u32 size, u32 val);
bool pci_in(u16 port, u32 size, u32 *val);
/* An access to device memory; false: there is no device. */
bool mmio_write(u32 addr, u32 size, u32 val);
bool mmio_read(u32 addr, u32 size, u32 *val);

/* virtio.c: do what devices were notified of. */
void virtio_work(void);

/* ide.c: disks by their number; 512 bytes a sector. False: an error */
#define SECTOR_SIZE	512
/* Sectors; 0: there is no such disk */
u32 ide_sectors(u32 disk);
bool ide_read(u32 disk, u32 sector, void *to);
bool ide_write(u32 disk, u32 sector, const void *from);
bool ide_flush(u32 disk);

/* console.c */
void console_input(void);

#endif
