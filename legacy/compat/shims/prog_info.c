// SPDX-License-Identifier: GPL-2.0
/*
 * prog_info.c - get the information about a program in one piece of memory.
 *
 * struct bpf_prog_info points to nine arrays.  perf writes the struct and the arrays to
 * a file, so the arrays must follow the struct, and pointers must become offsets.
 * libbpf 1.0 has no replacement: perf and bpftool have their own copies of these
 * functions now.
 */
#include <errno.h>
#include <stdlib.h>

#include "compat.h"

/* The offsets of an array's pointer and length in the struct, and a record's size. */
static const struct {
	size_t array, count, rec_size;	/* if rec_size is 0, the size is constant: */
	__u32 size;
} arrays_of_info[] = {
#define AT(field) offsetof(struct bpf_prog_info, field)
	[BPF_PROG_INFO_JITED_INSNS] = { AT(jited_prog_insns), AT(jited_prog_len), 0, 1 },
	[BPF_PROG_INFO_XLATED_INSNS] = { AT(xlated_prog_insns), AT(xlated_prog_len), 0, 1 },
	[BPF_PROG_INFO_MAP_IDS] = { AT(map_ids), AT(nr_map_ids), 0, 4 },
	[BPF_PROG_INFO_JITED_KSYMS] = { AT(jited_ksyms), AT(nr_jited_ksyms), 0, 8 },
	[BPF_PROG_INFO_JITED_FUNC_LENS] = { AT(jited_func_lens), AT(nr_jited_func_lens), 0, 4 },
	[BPF_PROG_INFO_FUNC_INFO] = { AT(func_info), AT(nr_func_info), AT(func_info_rec_size), 0 },
	[BPF_PROG_INFO_LINE_INFO] = { AT(line_info), AT(nr_line_info), AT(line_info_rec_size), 0 },
	[BPF_PROG_INFO_JITED_LINE_INFO] = { AT(jited_line_info), AT(nr_jited_line_info),
					    AT(jited_line_info_rec_size), 0 },
	[BPF_PROG_INFO_PROG_TAGS] = { AT(prog_tags), AT(nr_prog_tags), 0, BPF_TAG_SIZE },
};

static __u32 *u32_at(struct bpf_prog_info *info, size_t offset)
{
	return (__u32 *)((char *)info + offset);
}

static __u64 *u64_at(struct bpf_prog_info *info, size_t offset)
{
	return (__u64 *)((char *)info + offset);
}

static __u32 record_size(struct bpf_prog_info *info, int i)
{
	const size_t at = arrays_of_info[i].rec_size;

	return at ? *u32_at(info, at) : arrays_of_info[i].size;
}

/* The arrays follow the caller's struct, which may be shorter or longer than ours. */
static __u8 *data_of(struct bpf_prog_info_linear *linear)
{
	return (__u8 *)&linear->info + linear->info_len;
}

/* @info_len is the size of struct bpf_prog_info in the program that calls this. */
struct bpf_prog_info_linear *compat_get_prog_info_linear(int fd, __u64 arrays, size_t info_len)
{
	struct bpf_prog_info_linear *linear;
	struct bpf_prog_info info = {};
	__u32 len = info_len < sizeof(info) ? info_len : sizeof(info);
	__u64 size = 0;
	int i;

	if (arrays >> BPF_PROG_INFO_LAST_ARRAY)
		return compat_pointer((errno = EINVAL, NULL));
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return compat_pointer((errno = EFAULT, NULL));
	for (i = 0; i < BPF_PROG_INFO_LAST_ARRAY; i++) {
		/* An older kernel has filled in fewer fields. */
		if (len < arrays_of_info[i].array + 4 || len < arrays_of_info[i].count + 4 ||
		    len < arrays_of_info[i].rec_size)
			arrays &= ~(1ULL << i);
		if (arrays & 1ULL << i)
			size += (__u64)*u32_at(&info, arrays_of_info[i].count) *
				record_size(&info, i);
	}
	size = (size + 7) & ~7ULL;

	linear = size <= INT32_MAX ?
		 calloc(1, offsetof(struct bpf_prog_info_linear, info) + info_len + size) : NULL;
	if (!linear)
		return compat_pointer((errno = ENOMEM, NULL));
	linear->info_len = info_len;
	linear->data_len = size;
	linear->arrays = arrays;
	size = 0;
	for (i = 0; i < BPF_PROG_INFO_LAST_ARRAY; i++) {
		__u32 count = *u32_at(&info, arrays_of_info[i].count);

		if (!(arrays & 1ULL << i))
			continue;
		*u32_at(&linear->info, arrays_of_info[i].count) = count;
		if (arrays_of_info[i].rec_size)
			*u32_at(&linear->info, arrays_of_info[i].rec_size) = record_size(&info, i);
		*u64_at(&linear->info, arrays_of_info[i].array) =
			(unsigned long)(data_of(linear) + size);
		size += (__u64)count * record_size(&info, i);
	}
	if (bpf_obj_get_info_by_fd(fd, &linear->info, &len)) {
		free(linear);
		return compat_pointer((errno = EFAULT, NULL));
	}
	return linear;
}

static void move(struct bpf_prog_info_linear *linear, __u64 by)
{
	for (int i = 0; i < BPF_PROG_INFO_LAST_ARRAY; i++)
		if (linear->arrays & 1ULL << i)
			*u64_at(&linear->info, arrays_of_info[i].array) += by;
}

void bpf_program__bpil_addr_to_offs(struct bpf_prog_info_linear *linear)
{
	move(linear, -(__u64)(unsigned long)data_of(linear));
}

void bpf_program__bpil_offs_to_addr(struct bpf_prog_info_linear *linear)
{
	move(linear, (unsigned long)data_of(linear));
}
