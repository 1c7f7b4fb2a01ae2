// SPDX-License-Identifier: GPL-2.0
/* held.c - holds up system calls by a page that is not there yet; see held.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/types.h>
#include <linux/userfaultfd.h>

#include "held.h"

int held_make(struct held *held)
{
	const long size = sysconf(_SC_PAGESIZE);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	held->fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (held->fd < 0)
		return -1;
	held->page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	area.range.start = (unsigned long)held->page;
	area.range.len = size;
	if (held->page != MAP_FAILED && !ioctl(held->fd, UFFDIO_API, &api) &&
	    !ioctl(held->fd, UFFDIO_REGISTER, &area))
		return 0;
	close(held->fd);
	return -1;
}

int held_await(const struct held *held, unsigned int n)
{
	struct uffd_msg messages[64];
	ssize_t size;

	/* Each call is announced once. */
	while (n) {
		size = n < 64 ? n : 64;
		size = read(held->fd, messages, size * sizeof(*messages));
		if (size < 0 && errno == EINTR)
			continue;
		if (size <= 0)
			return -1;
		for (unsigned int i = 0; i < size / sizeof(*messages); i++)
			n -= messages[i].event == UFFD_EVENT_PAGEFAULT;
	}
	return 0;
}

int held_release(const struct held *held, const char *text)
{
	static char content[65536];	/* no page is larger */
	struct uffdio_copy copy = {
		.dst = (unsigned long)held->page,
		.src = (unsigned long)content,
		.len = sysconf(_SC_PAGESIZE),
	};

	snprintf(content, sizeof(content), "%s", text);
	return ioctl(held->fd, UFFDIO_COPY, &copy) ? -1 : 0;
}
