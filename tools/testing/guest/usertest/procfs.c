// SPDX-License-Identifier: GPL-2.0
/* What the kernel says about itself, its processes and their memory in /proc and /sys */
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "harness.h"

static int count(const char *text, const char *what)
{
	int n = 0;

	while (text && (text = strstr(text, what))) {
		n++;
		text += strlen(what);
	}
	return n;
}

static void cpuinfo(void)
{
	uint32_t eax, name[4] = { }, ecx = 0, edx = 0;
	char *text = slurp("/proc/cpuinfo"), line[64];
	struct utsname uts;

	equal(count(text, "\nprocessor\t:") + !strncmp(text, "processor\t:", 11), online_cpus(),
	      "/proc/cpuinfo has each CPU");
	__get_cpuid(0, &eax, &name[0], &name[2], &name[1]);
	snprintf(line, sizeof(line), "vendor_id\t: %s\n", (char *)name);
	equal(count(text, line), online_cpus(), "the vendor is %s", (char *)name);
	check(cpu_has("fpu") && cpu_has("cx8"), "flags: fpu, cx8");
	__get_cpuid(1, &eax, &name[0], &ecx, &edx);
	check(!cpu_has("sse") || edx & bit_SSE, "no flag that the processor has not: SSE");
	check(cpu_has("mmx") == !!(edx & bit_MMX), "MMX as cpuid says");
	/* AVX needs the kernel, which tells by OSXSAVE. */
	check(!cpu_has("avx") || ecx & bit_OSXSAVE, "AVX only with OSXSAVE");
	free(text);
	uname(&uts);
	check(!strcmp(uts.machine, "i686") || !strcmp(uts.machine, "i586") ||
	      !strcmp(uts.machine, "x86_64"), "uname: %s", uts.machine);
}

/* "address-address perms" of the mapping that starts at p */
static bool mapped_as(const char *maps, const void *p, size_t size, const char *perms)
{
	char want[64];

	snprintf(want, sizeof(want), "%08lx-%08lx %s ", (unsigned long)p,
		 (unsigned long)p + size, perms);
	return strstr(maps, want);
}

static void maps(void)
{
	char *p = map(8 * PAGE, PROT_READ | PROT_WRITE), *text;

	mprotect(p, 2 * PAGE, PROT_READ);
	mprotect(p + 6 * PAGE, 2 * PAGE, PROT_NONE);
	text = slurp("/proc/self/maps");
	check(mapped_as(text, p, 2 * PAGE, "r--p") &&
	      mapped_as(text, p + 6 * PAGE, 2 * PAGE, "---p"), "/proc/self/maps after mprotect");
	check(strstr(text, "[stack]") && strstr(text, "[vdso]") && strstr(text, "[heap]"),
	      "stack, heap, vDSO");
	free(text);
	munmap(p, 8 * PAGE);
}

static long field(const char *text, const char *name)
{
	const char *p = text ? strstr(text, name) : NULL;

	return p ? atol(p + strlen(name)) : -1;
}

static void own_memory(void)
{
	char *before = slurp("/proc/self/status"), *after, *p = map(8 * MIB, PROT_READ | PROT_WRITE);
	long grown;

	fill(p, 4 * MIB, 1);
	after = slurp("/proc/self/status");
	grown = field(after, "\nVmRSS:") - field(before, "\nVmRSS:");
	/* Counted in batches per CPU: not exact */
	check(grown > 3500 && grown < 5000, "4 MiB touched: VmRSS grew by %ld KiB", grown);
	grown = field(after, "\nVmSize:") - field(before, "\nVmSize:");
	check(grown >= 8192 && grown < 8400, "8 MiB mapped: VmSize grew by %ld KiB", grown);
	munmap(p, 8 * MIB);
	free(before);
	free(after);
}

static void page_monitor(void)
{
	char *p = map(4 * PAGE, PROT_READ | PROT_WRITE), *text, want[40];
	uint64_t entry[4] = { };
	int fd;

	if (refused("pagemap")) {
		fails(open("/proc/self/pagemap", O_RDONLY), ENOENT, "/proc/self/pagemap");
		fails(open("/proc/self/smaps", O_RDONLY), ENOENT, "/proc/self/smaps");
		munmap(p, 4 * PAGE);
		return;
	}
	p[0] = 1;
	p[2 * PAGE] = 1;
	fd = open("/proc/self/pagemap", O_RDONLY);
	check(pread(fd, entry, sizeof(entry), (uintptr_t)p / PAGE * 8) == sizeof(entry),
	      "/proc/self/pagemap");
	check(entry[0] >> 63 && !(entry[1] >> 63) && entry[2] >> 63 && !(entry[3] >> 63),
	      "pages that are there, and not: %llx %llx %llx %llx", entry[0], entry[1], entry[2],
	      entry[3]);
	check((entry[0] & 0x7fffffffffffffULL) != (entry[2] & 0x7fffffffffffffULL),
	      "two pages have two frames");
	close(fd);
	text = slurp("/proc/self/smaps");
	snprintf(want, sizeof(want), "%08lx-", (unsigned long)p);
	check(text && field(strstr(text, want), "\nRss:") >= 8, "/proc/self/smaps has their size");
	free(text);
	munmap(p, 4 * PAGE);
}

static void system_wide(void)
{
	char *info = slurp("/proc/meminfo"), *before = slurp("/proc/stat"), *after, *text, path[64];
	long total = field(info, "MemTotal:"), free_now = field(info, "MemFree:");
	struct sysinfo si;
	int i;

	sysinfo(&si);
	check(total > 16384 && free_now > 0 && free_now < total, "MemTotal %ld, MemFree %ld KiB",
	      total, free_now);
	equal((uint64_t)si.totalram * si.mem_unit / 1024, total, "sysinfo says the same");
	for (i = 0; i < 20; i++)
		usleep(2000);
	after = slurp("/proc/stat");
	check(field(after, "\nctxt ") > field(before, "\nctxt "), "context switches are counted: %ld, %ld", field(before, "\nctxt "),
	      field(after, "\nctxt "));
	check(field(after, "\nintr ") > field(before, "\nintr "), "interrupts are counted");
	check(field(after, "\nbtime ") > 1577836800, "the boot's time: %ld",
	      field(after, "\nbtime "));
	free(info);
	free(before);
	free(after);

	text = slurp("/proc/2/comm");
	check(text && !strcmp(text, "kthreadd\n"), "process 2 is kthreadd");
	free(text);
	for (i = 0; i < online_cpus(); i++) {
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d", i);
		check(!access(path, F_OK), "%s", path);
	}
	text = slurp("/proc/interrupts");
	check(text && count(text, "\n") > 5, "/proc/interrupts");
	free(text);
	text = slurp("/proc/version");
	check(text && !strncmp(text, "Linux version ", 14), "/proc/version");
	free(text);
}

static void area(void)
{
	cpuinfo();
	maps();
	own_memory();
	page_monitor();
	system_wide();
}

const struct area area_proc = {
	"proc", "/proc and /sys: CPUs, mappings, memory, pagemap, kernel threads", area, 30, false
};
