// SPDX-License-Identifier: GPL-2.0
/*
 * workload32.c - the 32-bit system calls of a workload; see workload.h.
 *
 * On x86 a 64-bit program can make them.  Elsewhere only a 32-bit program can, so a child
 * executes one.  It is made here: an ELF header, a few instructions, and a table with the
 * arguments.
 */
#include <assert.h>
#include <elf.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/types.h>

#include "workload.h"

#define BASE	0x60000000	/* where the memory for 32-bit calls is, behind a program's code */
#define CODE	4096		/* at most so many bytes of code */

/*
 * A workload is linked to an address of at most 16 MiB, and the kernel lets its heap begin at a
 * random place within 1 GiB behind it.  All that a 31-bit program of s390 can reach is 2 GiB.
 */
static_assert(BASE > 0x1000000 + 0x40000000 + 0x10000000 && BASE < 0x70000000,
	      "BASE may be in the heap of the workload, or out of reach");

static void *memory32;
static size_t memory32_size;

void *workload_memory32(size_t size)
{
	char *memory = mmap((void *)BASE, CODE + size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (memory != (char *)BASE) {
		fprintf(stderr, "%s: no memory: %s\n", program_invocation_short_name,
			strerror(errno));
		return NULL;
	}
	memory32_size = size;
	memory32 = memory + CODE;
	workload_has_call32();	/* it is tried before a round */
	return memory32;
}

#ifdef __x86_64__

long workload_call32_here(long nr, long a, long b, long c)
{
	asm volatile("int $0x80" : "+a"(nr) : "b"(a), "c"(b), "d"(c), "S"(0), "D"(0)
		     : "memory", "r8", "r9", "r10", "r11");
	return nr;
}

/* A kernel that takes no 32-bit calls sends SIGSEGV to the task that tries. */
static bool try_call32(void)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		signal(SIGSEGV, _exit);
		_exit(workload_call32_here(WORKLOAD32_GETPID, 0, 0, 0) != getpid());
	}
	return waitpid(pid, &status, 0) == pid && !status;
}

void workload_call32(long nr, long a, long b, long c)
{
	if (workload_has_call32())
		workload_call32_here(nr, a, b, c);
}

#elif defined(__aarch64__) || defined(__s390x__)

struct program32 {
	Elf32_Ehdr elf;
	Elf32_Phdr load;
	__u32 code[4];
	struct {
#ifdef __aarch64__
		__u32 a, b, c, nr;
#else
		__u32 nr, a, b, c;
#endif
	} call[WORKLOAD32_CALLS + 1];
};

int workload_program32(const struct workload_call32 *calls, unsigned int n)
{
	struct program32 p = {
		.elf = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32,
#ifdef __aarch64__
				     ELFDATA2LSB,
#else
				     ELFDATA2MSB,
#endif
				     EV_CURRENT },
			.e_type = ET_EXEC,
#ifdef __aarch64__
			.e_machine = EM_ARM,
			.e_flags = EF_ARM_EABI_VER5,
#else
			.e_machine = EM_S390,
#endif
			.e_version = EV_CURRENT,
			.e_entry = BASE + offsetof(struct program32, code),
			.e_phoff = offsetof(struct program32, load),
			.e_ehsize = sizeof(Elf32_Ehdr),
			.e_phentsize = sizeof(Elf32_Phdr),
			.e_phnum = 1,
		},
		.load = {
			.p_type = PT_LOAD,
			.p_flags = PF_R | PF_W | PF_X,
			.p_vaddr = BASE,
			.p_filesz = CODE + memory32_size,
			.p_memsz = CODE + memory32_size,
			.p_align = CODE,
		},
		/* Makes one call of the table after the other; the last one ends the program. */
		.code = {
#ifdef __aarch64__
			0xe28f4008,	/* add r4, pc, #8 */
			0xe8b40087,	/* ldm r4!, {r0, r1, r2, r7} */
			0xef000000,	/* svc 0 */
			0xeafffffc,	/* b to the ldm */
#else
			0x0d509814, 0x500e0a00,	/* basr %r5,0; lm %r1,%r4,14(%r5); svc 0 */
			0x41505010, 0xa7f4fffb,	/* la %r5,16(%r5); j to the lm */
#endif
		},
	};
	int fd = memfd_create("program32", MFD_CLOEXEC);

	for (unsigned int i = 0; i < n; i++) {
		p.call[i].nr = calls[i].nr;
		p.call[i].a = calls[i].a;
		p.call[i].b = calls[i].b;
		p.call[i].c = calls[i].c;
	}
	p.call[n].nr = WORKLOAD32_EXIT;
	/* Not by write(2), which may be counted. */
	if (fd >= 0 && !ftruncate(fd, CODE + memory32_size) &&
	    pwrite(fd, &p, sizeof(p), 0) == sizeof(p) &&
	    pwrite(fd, memory32, memory32_size, CODE) == (ssize_t)memory32_size)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* It shares the memory of its parent, which waits until it is another program. */
static int execute(void *fd)
{
	static char *const args[] = { "program32", NULL };

	syscall(SYS_execveat, *(int *)fd, "", args, args + 1, 0x1000 /* AT_EMPTY_PATH */);
	_exit(1);
}

/* Has a child made the call, and then ended by a 32-bit exit? */
static bool call_in_child(const struct workload_call32 *call)
{
	char stack[8192] __attribute__((aligned(16)));
	int fd = workload_program32(call, !!call), status = -1;
	pid_t pid = fd < 0 ? -1 : clone(execute, stack + sizeof(stack),
					CLONE_VM | CLONE_VFORK | SIGCHLD, &fd);

	if (pid > 0)
		waitpid(pid, &status, 0);
	if (fd >= 0)
		close(fd);
	return !status;
}

static bool try_call32(void)
{
	return call_in_child(NULL);
}

void workload_call32(long nr, long a, long b, long c)
{
	if (workload_has_call32())
		call_in_child(&(struct workload_call32){ nr, a, b, c });
}

#else

static bool try_call32(void)
{
	return false;
}

void workload_call32(long nr, long a, long b, long c)
{
	(void)nr, (void)a, (void)b, (void)c;
}

#endif

bool workload_has_call32(void)
{
	static bool known, has;

	if (known)
		return has;
	known = true;
	has = try_call32();
	if (!has)
		workload_not_made("32-bit calls: this kernel or processor takes none");
	return has;
}
