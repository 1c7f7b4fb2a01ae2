/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dialect.c - a small program for libbpf 0.x, which is valid as C of 1989 and as C++.
 *
 * test_compat.sh builds it as each of these, with the libbpf headers included in each of
 * the usual ways (QUOTED: "bpf.h"), with and without an old <linux/bpf.h>.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <linux/bpf.h>
#ifdef WRAPPED	/* C++ programs did this while libbpf's headers had no extern "C" */
extern "C" {
#endif
#ifdef QUOTED
#include "bpf.h"
#include "libbpf.h"
#else
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#endif
#if defined(__GNUC__) && !defined(__STRICT_ANSI__)	/* it has inline functions */
#ifdef QUOTED
#include "btf.h"
#else
#include <bpf/btf.h>
#endif
#endif
#ifdef WRAPPED
}
#endif

static int failed;

static void check(int good, const char *what)
{
	static int n;

	printf("%s %d %s\n", good ? "ok" : "not ok", ++n, what);
	failed |= !good;
}

/* The size of a struct depends on the kernel header; program and library must agree. */
static void check_info(void)
{
	struct bpf_insn insns[] = { { 0xb7, 0, 0, 0, 0 }, { 0x95, 0, 0, 0, 0 } };
	struct bpf_prog_info_linear *info;
	int fd = bpf_load_program(BPF_PROG_TYPE_SOCKET_FILTER, insns, 2, "GPL", 0, NULL, 0);

	if (fd < 0 && errno == EPERM) {
		check(1, "the arrays follow the struct # SKIP not root");
		return;
	}
	info = bpf_program__get_prog_info_linear(fd, 1UL << BPF_PROG_INFO_XLATED_INSNS);
	check(!libbpf_get_error(info) && info->info_len == sizeof(info->info) &&
	      info->info.xlated_prog_insns == (unsigned long)info->data && info->data[0] == 0xb7,
	      "the arrays follow the struct");
	if (!libbpf_get_error(info)) {
		bpf_program__bpil_addr_to_offs(info);
		check(info->info.xlated_prog_insns == 0, "... and offsets begin there");
		free(info);
	}
	close(fd);
}

int main(void)
{
	struct bpf_prog_load_attr attr = {
		"/nonexistent", BPF_PROG_TYPE_XDP, (enum bpf_attach_type)0, 0, 0, 0
	};
	struct bpf_object *obj = bpf_object__open("/nonexistent");
	int fd = -1;

	check(obj && libbpf_get_error(obj), "a pointer holds the error");
	check(bpf_obj_get("/nonexistent") == -1 && errno == ENOENT, "a call returns -1");
	check(bpf_map_update_elem(-1, &fd, &fd, 0) == -1, "... and so does another");
	check(bpf_prog_load_xattr(&attr, &obj, &fd) == -ENOENT, "bpf_prog_load_xattr()");
	check(bpf_prog_load("/nonexistent", BPF_PROG_TYPE_XDP, &obj, &fd) == -ENOENT,
	      "bpf_prog_load() of four arguments");
	check(!bpf_program__is_xdp(NULL) && bpf_program__set_xdp(NULL) == -EINVAL,
	      "bpf_program__is_xdp(NULL), bpf_program__set_xdp(NULL)");
	check_info();
	return failed;
}
