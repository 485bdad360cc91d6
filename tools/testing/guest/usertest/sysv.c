// SPDX-License-Identifier: GPL-2.0
/* System V shared memory, semaphores, messages; POSIX messages */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

#define SIZE	(64 * PAGE)

static int id;

static void other_side(void *arg)
{
	char *p = shmat(id, NULL, 0);

	(void)arg;
	if (p == (void *)-1 || differs(p, SIZE, 1) >= 0)
		_exit(1);
	fill(p, SIZE, 2);
	_exit(0);
}

static void shared_memory(void)
{
	struct shmid_ds info;
	struct fault f;
	char *p, *q;

	id = shmget(IPC_PRIVATE, SIZE, IPC_CREAT | 0600);
	if (!works(id, "shmget"))
		return;
	p = shmat(id, NULL, 0);
	check(p != (void *)-1 && !p[0] && !p[SIZE - 1], "shmat: zero");
	fill(p, SIZE, 1);
	equal_status(in_child(other_side, NULL), 0, "another process attaches it and sees it");
	equal(differs(p, SIZE, 2), -1, "and changes it");
	q = shmat(id, NULL, SHM_RDONLY);
	check(q != (void *)-1 && q != p && differs(q, SIZE, 2) < 0, "a second place");
	check(write_faults(&f, q) && f.code == SEGV_ACCERR, "SHM_RDONLY");
	shmctl(id, IPC_STAT, &info);
	check(info.shm_nattch == 2 && info.shm_segsz == SIZE && info.shm_cpid == getpid(),
	      "IPC_STAT: attached %lu times", info.shm_nattch);
	works(shmctl(id, IPC_RMID, NULL), "IPC_RMID");
	equal(differs(p, SIZE, 2), -1, "it stays until the last one leaves");
	works(shmdt(q), "shmdt");
	check(read_faults(&f, q), "is gone there");
	works(shmdt(p), "shmdt of the last");
	fails((long)shmat(id, NULL, 0), EINVAL, "it is gone");
	fails(shmdt((void *)PAGE), EINVAL, "shmdt of nothing");
}

static int sem(int which, int change, int flags)
{
	struct sembuf op = { which, change, flags };

	return semop(id, &op, 1);
}

static void ping(void *arg)
{
	int i;

	for (i = 0; i < 500; i++)
		if (sem(0, -1, 0) || ++*(volatile int *)arg != 2 * i + 1 || sem(1, 1, 0))
			_exit(1);
	_exit(0);
}

static void takes_with_undo(void *arg)
{
	(void)arg;
	_exit(sem(0, -1, SEM_UNDO) ? 1 : 0);
}

static void semaphores(void)
{
	volatile int *count = map_shared(PAGE);
	struct timespec soon = { .tv_nsec = 20000000 };
	struct sembuf both[2] = { { 0, -1, IPC_NOWAIT }, { 1, 5, IPC_NOWAIT } };
	int i, bad = 0;
	pid_t pid;

	id = semget(IPC_PRIVATE, 2, IPC_CREAT | 0600);
	if (!works(id, "semget"))
		return;
	pid = spawn(ping, (void *)count);
	for (i = 0; i < 500; i++)
		bad += sem(0, 1, 0) || sem(1, -1, 0) || ++*count != 2 * i + 2;
	bad += wait_for(pid) != 0;
	equal(bad, 0, "500 times there and back between two processes");
	fails(sem(0, -1, IPC_NOWAIT), EAGAIN, "IPC_NOWAIT");
	fails(semtimedop(id, &(struct sembuf){ 0, -1, 0 }, 1, &soon), EAGAIN, "semtimedop");
	fails(semop(id, both, 2), EAGAIN, "of two operations one cannot be done");
	equal(semctl(id, 1, GETVAL), 0, "then the other is not done, either");
	sem(0, 1, 0);
	works(semop(id, both, 2), "both can be done");
	equal(semctl(id, 1, GETVAL), 5, "and are");
	sem(0, 3, 0);
	equal_status(in_child(takes_with_undo, NULL), 0, "a child takes one with SEM_UNDO");
	equal(semctl(id, 0, GETVAL), 3, "and gives it back by its end");
	works(semctl(id, 0, IPC_RMID), "IPC_RMID");
	fails(sem(0, 1, 0), EINVAL, "it is gone");
	munmap((void *)count, PAGE);
}

struct message {
	long type;
	uint32_t text[64];
};

static void answers(void *arg)
{
	struct message m;
	int i;

	(void)arg;
	for (i = 0; i < 200; i++) {
		if (msgrcv(id, &m, sizeof(m.text), 1, 0) != sizeof(m.text) ||
		    differs(m.text, sizeof(m.text), i) >= 0)
			_exit(1);
		fill(m.text, sizeof(m.text), i + 1000);
		m.type = 2;
		if (msgsnd(id, &m, sizeof(m.text), 0))
			_exit(2);
	}
	_exit(0);
}

static void messages(void)
{
	struct message m;
	int i, bad = 0;
	pid_t pid;

	id = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
	if (!works(id, "msgget"))
		return;
	pid = spawn(answers, NULL);
	for (i = 0; i < 200; i++) {
		m.type = 1;
		fill(m.text, sizeof(m.text), i);
		bad += !!msgsnd(id, &m, sizeof(m.text), 0);
		bad += msgrcv(id, &m, sizeof(m.text), 2, 0) != sizeof(m.text) ||
			differs(m.text, sizeof(m.text), i + 1000) >= 0;
	}
	bad += wait_for(pid) != 0;
	equal(bad, 0, "200 messages and answers");
	for (i = 5; i; i--) {
		m.type = i;
		m.text[0] = i;
		msgsnd(id, &m, 4, 0);
	}
	check(msgrcv(id, &m, 4, 3, 0) == 4 && m.text[0] == 3, "a message by its type");
	check(msgrcv(id, &m, 4, -9, 0) == 4 && m.text[0] == 1, "the lowest type");
	check(msgrcv(id, &m, 4, 0, 0) == 4 && m.text[0] == 5, "the oldest");
	fails(msgrcv(id, &m, 2, 0, 0), E2BIG, "one that is too long");
	works(msgctl(id, IPC_RMID, NULL), "IPC_RMID");
	fails(msgsnd(id, &m, 4, 0), EINVAL, "it is gone");
}

static void posix_messages(void)
{
	struct mq_attr attr = { .mq_maxmsg = 8, .mq_msgsize = 64 };
	char name[40], text[64];
	unsigned int priority;
	mqd_t q;

	snprintf(name, sizeof(name), "/usertest-%d", getpid());
	q = mq_open(name, O_CREAT | O_RDWR | O_NONBLOCK, 0600, &attr);
	if (!works(q, "mq_open"))
		return;
	mq_send(q, "low", 4, 1);
	mq_send(q, "high", 5, 9);
	check(mq_receive(q, text, sizeof(text), &priority) == 5 && priority == 9 &&
	      !strcmp(text, "high"), "the more urgent message comes first");
	check(mq_receive(q, text, sizeof(text), &priority) == 4 && !strcmp(text, "low"), "the other");
	fails(mq_receive(q, text, sizeof(text), NULL), EAGAIN, "and then none");
	mq_close(q);
	works(mq_unlink(name), "mq_unlink");
}

static void area(void)
{
	shared_memory();
	semaphores();
	messages();
	posix_messages();
}

const struct area area_sysv = {
	"sysv", "System V shared memory, semaphores, messages", area, 60, false
};
