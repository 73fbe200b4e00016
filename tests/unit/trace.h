/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Run a function in a child and stop at its system calls: kill it before or after the
 * Nth one that changes a file system (or that reads from one), make that one fail, or
 * look at each. By seccomp and ptrace; nothing is preloaded, the code under test is what
 * it is elsewhere. The function may go on as another program by execve(); what it forks
 * is traced, too.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum trace_what {
	TRACE_RUN,	   /* only count */
	TRACE_KILL_BEFORE, /* SIGKILL instead of the call */
	TRACE_KILL_AFTER,  /* SIGKILL once it has returned */
	TRACE_ERROR,	   /* the call fails; the child goes on */
	TRACE_ERROR_ON,	   /* it and every later one that counts fails */
	TRACE_SHORT,	   /* it is asked for half, as a write() that takes only that */
};

/* What kind of call it is. */
enum {
	TRACE_ROOM = 1 << 0,	 /* takes room on the disk */
	TRACE_SHORTENS = 1 << 1, /* may do less than it was asked to */
	TRACE_SLEEPS = 1 << 2,	 /* may be interrupted by a signal */
	TRACE_SYNCS = 1 << 3,	 /* makes durable, and changes nothing */
	TRACE_ANY = ~0U,
	/* What its first argument is, but for symlink() and symlinkat(): there, the
	 * second. */
	TRACE_FD = 1 << 4,   /* an open file */
	TRACE_AT = 1 << 5,   /* a folder; a path follows */
	TRACE_PATH = 1 << 6, /* a path */
};

/* A call that the child is about to make, or has made. */
struct trace_call {
	pid_t pid;
	int nr; /* SYS_* */
	const char *name;
	unsigned int flags; /* TRACE_ROOM, … */
	unsigned long args[6];
	long ret; /* a negative errno when it failed */
};

struct trace {
	/* in */
	enum trace_what what;
	long at;      /* number of the call, from 0 */
	int error;    /* errno of TRACE_ERROR and TRACE_ERROR_ON */
	long also_at; /* before that, let this one fail, too; -1 none */
	int also_error;
	bool reads;	   /* calls that read, instead of those that change something */
	unsigned int only; /* count calls of these kinds; 0: all but TRACE_SYNCS */
	/* Whether it counts at all (NULL: it does); and, of those that count, when made.
	 */
	bool (*counts)(void *hook_arg, const struct trace_call *c);
	void (*made)(void *hook_arg, const struct trace_call *c);
	void *hook_arg;
	/* out */
	long calls;	  /* counted; with TRACE_KILL up to the kill */
	bool killed;	  /* by us */
	bool reached;	  /* there was a call of that number */
	int status;	  /* exit status of the child; -1 when it did not exit */
	const char *name; /* of the call at `at` */
};

/* What a disk or a signal does to a call, for harnesses that try all: to one that changes
 * a file system, and to one that reads from it. */
struct trace_fault {
	const char *name;
	enum trace_what what;
	int error;
	unsigned int only;
};
extern const struct trace_fault trace_faults[];
extern const size_t n_trace_faults;
extern const struct trace_fault trace_read_faults[];
extern const size_t n_trace_read_faults;

/* Errors and short writes need to set registers: x86-64 only. */
bool trace_can_inject(void);

/* The child exits with what the function returns. */
void trace_run(struct trace *t, int (*f)(void *arg), void *arg);
