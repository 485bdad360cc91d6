// SPDX-License-Identifier: GPL-2.0
/* A process that crashes leaves a core file with its registers and memory */
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/procfs.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#define PATTERN "/proc/sys/kernel/core_pattern"

extern void crash(void);
extern char crash_at[];

static uint32_t *page;

static void crashes(void *arg)
{
	struct rlimit limit = { 64 * MIB, 64 * MIB };

	if (arg)
		limit.rlim_cur = 0;
	setrlimit(RLIMIT_CORE, &limit);
	page[0] = 0xc0ffee00;
	crash();
}

static char *load(const char *path, size_t *size)
{
	struct stat st;
	char *core = NULL;
	FILE *f;

	if (stat(path, &st))
		return NULL;
	*size = st.st_size;
	f = fopen(path, "r");
	core = malloc(*size + 1);
	if (f && core && fread(core, 1, *size, f) != *size)
		*size = 0;
	if (f)
		fclose(f);
	return core;
}

static void registers(const struct elf_prstatus *st, pid_t pid)
{
	const struct user_regs_struct *r = (const void *)&st->pr_reg;

	check(st->pr_pid == pid && st->pr_cursig == SIGILL, "pid and signal");
	check((uint32_t)r->eax == 0xa0a0a0a1 && (uint32_t)r->ebx == 0xb0b0b0b2 &&
	      (uint32_t)r->ecx == 0xc0c0c0c3 && (uint32_t)r->edx == 0xd0d0d0d4 &&
	      r->esi == 0x51515155 && (uint32_t)r->edi == 0xd1d1d1d6 &&
	      (uint32_t)r->ebp == 0xb1b1b1b7,
	      "general registers: %lx %lx %lx %lx %lx %lx %lx", r->eax, r->ebx, r->ecx, r->edx,
	      r->esi, r->edi, r->ebp);
	equal(r->eip, (uintptr_t)crash_at, "eip");
	check((r->xcs & 3) == 3 && r->xgs & 0xffff, "segments: cs %lx, gs %lx", r->xcs & 0xffff,
	      r->xgs & 0xffff);
}

static void look_at(const char *path, pid_t pid)
{
	bool status = false, fp = false, memory = false;
	const struct user_fpregs_struct *fpregs;
	const Elf32_Phdr *ph;
	const Elf32_Ehdr *elf;
	const Elf32_Nhdr *n;
	const char *desc;
	size_t size = 0;
	char *core = load(path, &size);
	uint32_t i, at;

	elf = (const void *)core;
	if (!check(core && size > sizeof(*elf) && !memcmp(core, ELFMAG, 4) &&
		   elf->e_type == ET_CORE && elf->e_machine == EM_386,
		   "%s is a core file of i386, %zu bytes", path, size))
		goto out;
	ph = (const void *)(core + elf->e_phoff);
	for (i = 0; i < elf->e_phnum; i++) {
		if (ph[i].p_type == PT_LOAD && ph[i].p_vaddr <= (uintptr_t)page &&
		    (uintptr_t)page - ph[i].p_vaddr < ph[i].p_filesz)
			memory = *(uint32_t *)(core + ph[i].p_offset + (uintptr_t)page -
					       ph[i].p_vaddr) == 0xc0ffee00;
		if (ph[i].p_type != PT_NOTE)
			continue;
		for (at = 0; at + sizeof(*n) < ph[i].p_filesz;) {
			n = (const void *)(core + ph[i].p_offset + at);
			desc = (const char *)(n + 1) + ((n->n_namesz + 3) & ~3u);
			if (n->n_type == NT_PRSTATUS && !status) {
				registers((const void *)desc, pid);
				status = true;
			}
			if (n->n_type == NT_FPREGSET && !fp) {
				fpregs = (const void *)desc;
				/* The 1.0 that was loaded last */
				fp = (fpregs->cwd & 0xffff) == 0x37f &&
					!memcmp(fpregs->st_space, "\0\0\0\0\0\0\0\x80\xff\x3f", 10);
			}
			at += sizeof(*n) + ((n->n_namesz + 3) & ~3u) + ((n->n_descsz + 3) & ~3u);
		}
	}
	check(status, "has the registers");
	check(fp, "has the x87 registers");
	check(memory, "has the memory");
out:
	free(core);
}

static void area(void)
{
	char *old = slurp(PATTERN), path[64];
	int status;
	pid_t pid;

	if (refused("coredump")) {
		page = map(PAGE, PROT_READ | PROT_WRITE);
		status = in_child(crashes, NULL);
		check(WTERMSIG(status) == SIGILL && !WCOREDUMP(status), "no core file");
		free(old);
		return;
	}
	page = map(PAGE, PROT_READ | PROT_WRITE);
	if (!check(old && !put(PATTERN, "/tmp/usertest-core.%p"), "core_pattern can be set"))
		return;
	pid = spawn(crashes, NULL);
	status = wait_for(pid);
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGILL && WCOREDUMP(status),
	      "the status says so: %s", status_text(status));
	snprintf(path, sizeof(path), "/tmp/usertest-core.%d", pid);
	look_at(path, pid);
	unlink(path);
	pid = spawn(crashes, page);
	status = wait_for(pid);
	snprintf(path, sizeof(path), "/tmp/usertest-core.%d", pid);
	check(!WCOREDUMP(status) && access(path, F_OK), "RLIMIT_CORE of 0: no core file");
	put(PATTERN, old);
	free(old);
}

const struct area area_core = {
	"core", "core files: registers and memory of a process that crashed", area, 30, true
};
