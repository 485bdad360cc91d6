// SPDX-License-Identifier: GPL-2.0
/* mmap, mprotect, mremap, madvise, shared and file mappings: contents and faults */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness.h"

#define RW	(PROT_READ | PROT_WRITE)
#define PAGES	256u
#define SIZE	(PAGES * PAGE)

static bool all_zero(const void *p, size_t size)
{
	const uint32_t *w = p;
	size_t i;

	for (i = 0; i < size / 4; i++)
		if (w[i])
			return false;
	return true;
}

static void protection(void)
{
	char *p = map(SIZE, RW);
	int bad = 0, round;
	struct fault f;
	size_t i;

	check(all_zero(p, SIZE), "new memory is zero");
	fill(p, SIZE, 1);
	/* Every other page read-only, so that the area is in 256 parts. */
	for (i = 0; i < PAGES; i += 2)
		bad += !!mprotect(p + i * PAGE, PAGE, PROT_READ);
	for (i = 0; i < PAGES; i++)
		bad += write_faults(&f, p + i * PAGE + 100) != (i % 2 == 0);
	equal(bad, 0, "every other page is read-only");
	works(mprotect(p, SIZE, PROT_NONE), "all of them PROT_NONE");
	for (i = 0; i < PAGES; i++)
		bad += !read_faults(&f, p + i * PAGE);
	equal(bad, 0, "none can be read");
	works(mprotect(p, SIZE, RW), "all of them writable");
	equal(differs(p, SIZE, 1), -1, "and their content is as before");
	for (round = 0; round < 200; round++) {
		bad += !!mprotect(p, SIZE, PROT_READ);
		bad += !write_faults(&f, p + (round % PAGES) * PAGE);
		bad += !!mprotect(p, SIZE, RW);
		bad += write_faults(&f, p + (round % PAGES) * PAGE);
	}
	equal(bad, 0, "200 times there and back");
	munmap(p + 10 * PAGE, PAGE);
	fails(mprotect(p, SIZE, PROT_READ), ENOMEM, "mprotect over a hole");
	fails(mprotect(p + 1, PAGE, PROT_READ), EINVAL, "mprotect of no page boundary");
	fails(mprotect((void *)0xc0000000, PAGE, PROT_READ), ENOMEM, "mprotect of the kernel");
	munmap(p, SIZE);
	check(read_faults(&f, p) && read_faults(&f, p + SIZE - 1), "unmapped memory is gone");
}

static void placement(void)
{
	char *p = map(4 * PAGE, RW), *q;

	fill(p, 4 * PAGE, 5);
	q = mmap(p + PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	check(q == p + PAGE && all_zero(q, PAGE), "MAP_FIXED replaces a page");
	check(differs(p, PAGE, 5) < 0 && *(uint32_t *)(p + 2 * PAGE) == mix(5, 2048),
	      "and no other");
	q = mmap(p + PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	check(q == MAP_FAILED && errno == EEXIST, "MAP_FIXED_NOREPLACE does not");
	munmap(p, 4 * PAGE);
	q = mmap((void *)0xc0000000, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	check(q == MAP_FAILED && errno == ENOMEM, "no mapping in the kernel's part");
	q = mmap(NULL, 0xc0000000, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	check(q == MAP_FAILED && errno == ENOMEM, "nor one of all the address space");
	q = mmap(NULL, 0, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(q == MAP_FAILED && errno == EINVAL, "nor an empty one");
}

static void moving(void)
{
	char *p = map(SIZE, RW), *q, *wall;
	struct fault f;

	fill(p, SIZE, 9);
	q = mremap(p, SIZE, 2 * SIZE, MREMAP_MAYMOVE);
	check(q != MAP_FAILED && differs(q, SIZE, 9) < 0, "mremap to twice the size");
	check(all_zero(q + SIZE, SIZE), "what is new is zero");
	check(q == p || read_faults(&f, p), "the old place is gone");
	p = mremap(q, 2 * SIZE, PAGE, 0);
	check(p == q && differs(q, PAGE, 9) < 0 && read_faults(&f, q + PAGE), "mremap to one page");
	munmap(p, PAGE);

	/* To a given place, over something else */
	p = map(SIZE, RW);
	wall = map(SIZE, RW);
	fill(p, SIZE, 11);
	fill(wall, SIZE, 12);
	q = mremap(p, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, wall);
	check(q == wall && differs(wall, SIZE, 11) < 0 && read_faults(&f, p),
	      "MREMAP_FIXED over another mapping");
	munmap(wall, SIZE);

	p = map(2 * PAGE, RW);
	fails((long)mremap(p, PAGE, 2 * PAGE, 0), ENOMEM, "mremap without room and without moving");
	munmap(p, 2 * PAGE);
	fails((long)mremap(p, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EFAULT, "mremap of nothing");

	/* A page table's worth and more, at an offset: whole tables may be moved. */
	p = map(12 * MIB, RW);
	fill(p, 12 * MIB, 13);
	wall = map(16 * MIB, PROT_NONE);
	q = mremap(p, 12 * MIB, 12 * MIB, MREMAP_MAYMOVE | MREMAP_FIXED, wall + 3 * PAGE);
	check(q != MAP_FAILED && differs(q, 12 * MIB, 13) < 0, "mremap of 12 MiB, offset");
	munmap(q, 12 * MIB);
	p = mmap(wall, 8 * MIB, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	p = (char *)(((uintptr_t)p + 2 * MIB - 1) & -(2 * MIB));
	fill(p, 4 * MIB, 14);
	q = mremap(p, 4 * MIB, 4 * MIB, MREMAP_MAYMOVE | MREMAP_FIXED, p + 8 * MIB);
	check(q != MAP_FAILED && differs(q, 4 * MIB, 14) < 0, "mremap of 4 MiB, aligned");
	munmap(wall, 18 * MIB);
}

static void advice(void)
{
	char *p = map(SIZE, RW);
	unsigned char core[PAGES];
	size_t i, n = 0;

	fill(p, SIZE, 2);
	works(madvise(p, SIZE / 2, MADV_DONTNEED), "MADV_DONTNEED");
	check(all_zero(p, SIZE / 2), "what is not needed is zero then");
	equal(((uint32_t *)p)[SIZE / 8], mix(2, SIZE / 8), "the rest is kept");
	madvise(p, SIZE, MADV_DONTNEED);
	p[0] = 1;
	p[7 * PAGE] = 1;
	works(mincore(p, SIZE, core), "mincore");
	for (i = 0; i < PAGES; i++)
		n += core[i] & 1;
	check(n == 2 && core[0] & 1 && core[7] & 1, "mincore finds the two pages that are there");
	works(mlock(p, 16 * PAGE), "mlock");
	mincore(p, SIZE, core);
	for (n = 0, i = 0; i < 16; i++)
		n += core[i] & 1;
	equal(n, 16, "brings them in");
	works(munlock(p, 16 * PAGE), "munlock");
	fails(madvise(p + 1, PAGE, MADV_DONTNEED), EINVAL, "madvise of no page boundary");
	works(madvise(p, SIZE, MADV_DONTFORK), "MADV_DONTFORK");
	munmap(p, SIZE);
}

static int temporary(size_t size)
{
	char path[] = "/tmp/usertest-XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0 || ftruncate(fd, size))
		give_up("a temporary file of %zu bytes", size);
	unlink(path);
	return fd;
}

static void write_shared(void *arg)
{
	char *p = arg;

	fill(p + SIZE / 2, SIZE / 2, 21);
	_exit(differs(p, SIZE / 2, 20) < 0 ? 0 : 1);
}

static void shared(void)
{
	char *p = map_shared(SIZE), *q, *r, buffer[PAGE];
	int fd = temporary(SIZE);

	fill(p, SIZE / 2, 20);
	equal_status(in_child(write_shared, p), 0, "a child sees shared memory");
	check(differs(p + SIZE / 2, SIZE / 2, 21) < 0, "the parent sees what it wrote");
	munmap(p, SIZE);

	p = mmap(NULL, SIZE, RW, MAP_SHARED, fd, 0);
	q = mmap(NULL, SIZE, RW, MAP_PRIVATE, fd, 0);
	r = mmap(NULL, SIZE, RW, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED || q == MAP_FAILED || r == MAP_FAILED)
		give_up("mapping a file");
	fill(p, SIZE, 22);
	check(differs(r, SIZE, 22) < 0, "a file mapped twice has one content");
	check(pread(fd, buffer, PAGE, 5 * PAGE) == PAGE && !memcmp(buffer, p + 5 * PAGE, PAGE),
	      "read() sees it");
	check(differs(q, SIZE, 22) < 0, "a private mapping, too, as long as it is only read");
	fill(q, PAGE, 23);
	check(differs(p, PAGE, 22) < 0 && differs(q, PAGE, 23) < 0, "written to it is its own");
	check(pwrite(fd, "hello", 5, 3 * PAGE) == 5 && !memcmp(p + 3 * PAGE, "hello", 5) &&
	      !memcmp(q + 3 * PAGE, "hello", 5), "write() is seen in all mappings");
	check(!memcmp(r + 3 * PAGE, "hello", 5), "really all");
	works(msync(p, SIZE, MS_SYNC), "msync");
	/* Truncation takes the pages away, of the private mapping, too. */
	works(ftruncate(fd, PAGE), "the file gets shorter");
	{
		struct fault f;

		check(read_faults(&f, p + PAGE) && f.sig == SIGBUS, "its mapping ends there");
		check(!read_faults(&f, p), "and not before");
	}
	munmap(p, SIZE);
	munmap(q, SIZE);
	munmap(r, SIZE);
	close(fd);
	fd = open("/proc/self/exe", O_RDONLY);
	p = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
	check(p == MAP_FAILED && errno == EACCES, "a file that is open for reading");
	close(fd);
}

static void code(void)
{
	/* movl $N, %eax; ret */
	uint8_t text[] = { 0xb8, 0, 0, 0, 0, 0xc3 };
	uint8_t *p = map(PAGE, PROT_READ | PROT_WRITE | PROT_EXEC), *q;
	int fd = temporary(PAGE), i, bad = 0;
	struct fault f;

	for (i = 0; i < 100; i++) {
		text[1] = i;
		memcpy(p, text, sizeof(text));
		bad += ((int (*)(void))p)() != i;
	}
	equal(bad, 0, "code that is changed where it is");
	bad = 0;
	for (i = 0; i < 100; i++) {
		bad += !!mprotect(p, PAGE, RW);
		p[1] = i + 100;
		bad += !!mprotect(p, PAGE, PROT_READ | PROT_EXEC);
		bad += ((int (*)(void))p)() != i + 100;
		bad += !write_faults(&f, p);
	}
	equal(bad, 0, "writable, then executable, 100 times");
	munmap(p, PAGE);

	/* One page, two addresses: written by one, executed by the other */
	p = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
	q = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	bad = 0;
	for (i = 0; i < 100; i++) {
		text[1] = i;
		memcpy(p + 64, text, sizeof(text));
		bad += ((int (*)(void))(q + 64))() != i;
	}
	equal(bad, 0, "code by another address");
	munmap(p, PAGE);
	munmap(q, PAGE);
	close(fd);
}

/* Page tables all over the address space */
static void sparse(void)
{
	size_t size = 1024 * MIB, step = 2 * MIB - PAGE, at;
	char *p = mmap(NULL, size, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int bad = 0;

	/* As much as there is room for, in a machine of little memory */
	while (p == MAP_FAILED && size > 64 * MIB) {
		size /= 2;
		p = mmap(NULL, size, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	}
	if (p == MAP_FAILED)
		give_up("mapping of 64 MiB");
	for (at = 0; at < size; at += step)
		*(uint32_t *)(p + at) = mix(at, 1);
	for (at = 0; at < size; at += step)
		bad += *(uint32_t *)(p + at) != mix(at, 1) || *(uint32_t *)(p + at + 4);
	equal(bad, 0, "pages all over %zu MiB", size / MIB);
	munmap(p, size);
}

static void heap(void)
{
	char *start = sbrk(0), *p;

	p = sbrk(MIB);
	check(p == start && all_zero((void *)(((uintptr_t)p + 3) & ~3u), MIB - 4), "brk: zero");
	fill((void *)(((uintptr_t)p + 3) & ~3u), MIB - 4, 4);
	sbrk(-(intptr_t)MIB);
	sbrk(MIB);
	check(all_zero((void *)(((uintptr_t)p + PAGE) & -PAGE), MIB - PAGE),
	      "brk: given back and taken again it is zero");
	sbrk(-(intptr_t)MIB);
	p = sbrk(0);
	equal(syscall(SYS_brk, 0xd0000000), (uintptr_t)p, "brk into the kernel does nothing");
}

/* noipa: neither inlined nor turned into a loop */
static __attribute__((noipa)) uint32_t grow(uint32_t depth, uint32_t limit)
{
	uint32_t page[PAGE / 4], sum;

	fill(page, sizeof(page), depth);
	sum = depth < limit ? grow(depth + 1, limit) : 0;
	return differs(page, sizeof(page), depth) < 0 ? sum + 1 : 0;
}

static void grows(void *arg)
{
	(void)arg;
	_exit(grow(0, 999) == 1000 ? 0 : 1);
}

static void limited(void *arg)
{
	struct rlimit limit = { 16 * MIB, 16 * MIB };

	(void)arg;
	setrlimit(RLIMIT_AS, &limit);
	_exit(mmap(NULL, 32 * MIB, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
	      errno == ENOMEM ? 0 : 1);
}

static void user_copies(void)
{
	char *p = map(3 * PAGE, RW), buffer[2 * PAGE];
	int fds[2], n;

	munmap(p + 2 * PAGE, PAGE);
	fill(p, 2 * PAGE, 30);
	if (pipe(fds))
		give_up("pipe");
	equal(write(fds[1], p, 2 * PAGE), 2 * PAGE, "write of two pages");
	n = read(fds[0], buffer, sizeof(buffer));
	check(n == 2 * PAGE && !memcmp(buffer, p, n), "read of them");
	fails(write(fds[1], p + 2 * PAGE, PAGE), EFAULT, "write from no page");
	fails(write(fds[1], (void *)0xc0100000, 16), EFAULT, "write from the kernel");
	equal(write(fds[1], p + PAGE + 4000, 96), 96, "write up to the end of a page");
	fails(read(fds[0], (void *)0xc0100000, 16), EFAULT, "read into the kernel");
	mprotect(p, PAGE, PROT_READ);
	n = write(fds[1], "x", 1);
	fails(read(fds[0], p, 1), EFAULT, "read into a read-only page");
	close(fds[0]);
	close(fds[1]);
	munmap(p, 2 * PAGE);
}

static void area(void)
{
	protection();
	placement();
	moving();
	advice();
	shared();
	code();
	sparse();
	heap();
	equal_status(in_child(grows, NULL), 0, "a stack of 4 MiB");
	equal_status(in_child(limited, NULL), 0, "RLIMIT_AS");
	user_copies();
}

const struct area area_memory = {
	"memory", "mmap, mprotect, mremap, madvise, files, code, stack, heap", area, 90, false
};
