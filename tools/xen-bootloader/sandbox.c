// SPDX-License-Identifier: GPL-2.0
/*
 * The child that reads the disk: no root, no files but those that are open,
 * limited memory, time and output. xl runs us as root, on a disk that a guest
 * has written.
 */

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "handover.h"

/* AddressSanitizer reserves terabytes of addresses */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

#define NOBODY		65534
#define OTHER_MEMORY	(512ULL << 20)	/* program, libraries, menus, file system tables */

static int limit(int what, rlim_t value, const char *name)
{
	struct rlimit old, new;

	if (getrlimit(what, &old))
		return system_error("cannot get the limit of %s: %s", name, strerror(errno));
	if (old.rlim_max < value)
		value = old.rlim_max;
	new = (struct rlimit){ .rlim_cur = value, .rlim_max = value };
	/* The soft limit of time comes first: SIGXCPU tells which limit it was */
	if (what == RLIMIT_CPU && value < old.rlim_max)
		new.rlim_max = value + 1;
	if (setrlimit(what, &new))
		return system_error("cannot limit %s: %s", name, strerror(errno));
	return ST_OK;
}

static int drop_root(const struct handover *h)
{
	uid_t uid = h->uid < 0 ? NOBODY : (uid_t)h->uid;
	gid_t gid = uid;

	if (h->directory && (chdir(h->directory) || chroot(".") || chdir("/")))
		return system_error("cannot change root to %s: %s", h->directory, strerror(errno));
	if (setgroups(0, NULL) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
		return system_error("cannot become user %lu: %s", (unsigned long)uid,
				    strerror(errno));
	return ST_OK;
}

int enter_sandbox(const struct handover *h, const struct limits *l)
{
	uint64_t file = l->ramdisk;
	int ret = ST_OK;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return system_error("cannot restrict itself: %s", strerror(errno));
	if (!geteuid())
		ret = drop_root(h);
	else if (h->uid >= 0 && (uid_t)h->uid != geteuid())
		ret = system_error("--runas=%ld: needs root", h->uid);
	/* A change of user clears it */
	if (!ret && (prctl(PR_SET_PDEATHSIG, SIGKILL) || prctl(PR_SET_DUMPABLE, 0)))
		ret = system_error("cannot restrict itself: %s", strerror(errno));
	if (file < l->vmlinux)
		file = l->vmlinux;
	if (file < l->kernel)
		file = l->kernel;
	if (!ret)
		ret = limit(RLIMIT_FSIZE, file + 1, "file size");
	if (!ret)
		ret = limit(RLIMIT_CPU, h->seconds, "processor time");
	if (!ret)
		ret = limit(RLIMIT_CORE, 0, "core dumps");
	if (!ret)
		ret = limit(RLIMIT_NPROC, 0, "processes");
#ifndef __SANITIZE_ADDRESS__
	/* The file and the wrapper's copy; the kernel twice, as its buffer grows */
	if (!ret)
		ret = limit(RLIMIT_AS, 2 * l->kernel + 3 * l->vmlinux + OTHER_MEMORY, "memory");
#endif
	return ret;
}
