// SPDX-License-Identifier: GPL-2.0
/* sys_bpf.c - a function for each command of bpf(2) that is used here. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys_bpf.h"

#define LOG_MAX		(16U << 20)	/* older kernels refuse a larger log */
#define LOG_LINES	24		/* how many lines of it are shown */

static __u64 ptr_to_u64(const void *ptr)
{
	return (uintptr_t)ptr;
}

static int sys_bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

/*
 * For commands that allocate memory: before 5.11 EPERM may mean that RLIMIT_MEMLOCK is too low.
 * So this raises the limit and tries again.
 */
static int sys_bpf_charged(enum bpf_cmd cmd, union bpf_attr *attr)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	static bool raised;
	int ret = sys_bpf(cmd, attr);

	if (ret >= 0 || errno != EPERM || raised)
		return ret;
	raised = !setrlimit(RLIMIT_MEMLOCK, &unlimited);
	if (!raised) {
		errno = EPERM;
		return ret;
	}
	return sys_bpf(cmd, attr);
}

/* The kernel accepts a name of up to 15 letters, digits, '_' and '.'. */
static void set_name(char to[BPF_OBJ_NAME_LEN], const char *name)
{
	snprintf(to, BPF_OBJ_NAME_LEN, "%s", name ? name : "");
}

int sys_map_create(const char *name, __u32 type, __u32 key_size,
		   __u32 value_size, __u32 max_entries, __u32 map_flags)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = type;
	attr.key_size = key_size;
	attr.value_size = value_size;
	attr.max_entries = max_entries;
	attr.map_flags = map_flags;
	set_name(attr.map_name, name);
	return sys_bpf_charged(BPF_MAP_CREATE, &attr);
}

int sys_map_create_outer(const char *name, __u32 type, __u32 key_size, int inner_fd,
			 __u32 max_entries, __u32 map_flags)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = type;
	attr.key_size = key_size;
	attr.value_size = sizeof(__u32);	/* a descriptor in, an id out */
	attr.max_entries = max_entries;
	attr.map_flags = map_flags;
	attr.inner_map_fd = inner_fd;
	set_name(attr.map_name, name);
	return sys_bpf_charged(BPF_MAP_CREATE, &attr);
}

static int map_elem(enum bpf_cmd cmd, int fd, const void *key, const void *value,
		    __u64 flags)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = fd;
	attr.key = ptr_to_u64(key);
	attr.value = ptr_to_u64(value);		/* next_key is the same field */
	attr.flags = flags;
	return sys_bpf(cmd, &attr);
}

int sys_map_lookup(int fd, const void *key, void *value)
{
	return map_elem(BPF_MAP_LOOKUP_ELEM, fd, key, value, 0);
}

int sys_map_update(int fd, const void *key, const void *value, __u64 flags)
{
	return map_elem(BPF_MAP_UPDATE_ELEM, fd, key, value, flags);
}

int sys_map_delete(int fd, const void *key)
{
	return map_elem(BPF_MAP_DELETE_ELEM, fd, key, NULL, 0);
}

int sys_map_lookup_and_delete(int fd, const void *key, void *value)
{
	return map_elem(BPF_MAP_LOOKUP_AND_DELETE_ELEM, fd, key, value, 0);
}

int sys_map_next_key(int fd, const void *key, void *next_key)
{
	return map_elem(BPF_MAP_GET_NEXT_KEY, fd, key, next_key, 0);
}

int sys_map_freeze(int fd)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = fd;
	return sys_bpf(BPF_MAP_FREEZE, &attr);
}

int sys_map_info(int fd, struct bpf_map_info *info)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	memset(info, 0, sizeof(*info));
	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof(*info);
	attr.info.info = ptr_to_u64(info);
	return sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
}

/* Shows the end of the log, which has the reason; the whole log may have a million lines. */
static void show_log(const char *log)
{
	const char *p = log + strlen(log);
	int lines = 0;

	while (p > log && (p[-1] != '\n' || lines++ < LOG_LINES))
		p--;
	fputs(p, stderr);
}

int sys_prog_load(const char *name, __u32 type, const struct bpf_insn *insns,
		  size_t insn_cnt, const char *license)
{
	union bpf_attr attr;
	size_t size;
	char *log;
	int fd, err;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = type;
	attr.insns = ptr_to_u64(insns);
	attr.insn_cnt = insn_cnt;
	attr.license = ptr_to_u64(license);
	set_name(attr.prog_name, name);
	fd = sys_bpf_charged(BPF_PROG_LOAD, &attr);
	if (fd >= 0)
		return fd;

	/* Load it again with a log, to get the reason; ENOSPC means that the log is too small. */
	err = errno;
	for (size = LOG_MAX >> 8; size <= LOG_MAX; size *= 4) {
		log = calloc(1, size);
		if (!log)
			break;
		attr.log_level = 1;
		attr.log_buf = ptr_to_u64(log);
		attr.log_size = size - 1;
		fd = sys_bpf(BPF_PROG_LOAD, &attr);
		if (fd < 0 && (errno != ENOSPC || size * 4 > LOG_MAX))
			show_log(log);
		free(log);
		if (fd >= 0)
			return fd;
		if (errno != ENOSPC)
			break;
	}
	errno = err;
	return -1;
}

int sys_prog_by_id(__u32 id)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id;
	return sys_bpf(BPF_PROG_GET_FD_BY_ID, &attr);
}

int sys_obj_pin(int fd, const char *path)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.bpf_fd = fd;
	attr.pathname = ptr_to_u64(path);
	return sys_bpf(BPF_OBJ_PIN, &attr);
}

int sys_obj_get(const char *path)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.pathname = ptr_to_u64(path);
	return sys_bpf(BPF_OBJ_GET, &attr);
}

int sys_raw_tracepoint_open(const char *name, int prog_fd)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.raw_tracepoint.name = ptr_to_u64(name);
	attr.raw_tracepoint.prog_fd = prog_fd;
	return sys_bpf(BPF_RAW_TRACEPOINT_OPEN, &attr);
}

int possible_cpus(void)
{
	FILE *f = fopen("/sys/devices/system/cpu/possible", "re");
	int first, last, n = -1;
	char sep;

	if (!f)
		return -1;
	/* "0-3", or with holes "0,2-3" */
	while (fscanf(f, "%d", &first) == 1) {
		last = first;
		if (fscanf(f, "-%d", &last) != 1)
			last = first;
		if (last >= n)
			n = last + 1;
		if (fscanf(f, "%c", &sep) != 1 || sep != ',')
			break;
	}
	fclose(f);
	if (n < 0)
		errno = EINVAL;
	return n;
}
