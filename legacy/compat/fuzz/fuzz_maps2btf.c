// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz_maps2btf.c - is any input converted, or refused with a reason?
 *
 * libFuzzer calls this with each input.  The sanitizers find invalid memory accesses;
 * this checks what maps2btf() promises: a reason for each refusal, a result that does
 * not change when it is converted again, and a list that ends.  Half of the inputs are
 * read in a layout that the caller names.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "maps2btf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void see_map(void *ctx, const struct maps2btf_map *m)
{
	size_t *sum = ctx;

	*sum += strlen(m->name) + strlen(m->section);
	for (unsigned int i = 0; i < m->nfields; i++)
		*sum += strlen(m->fields[i].name) + m->fields[i].value;
}

static void see_prog(void *ctx, const struct maps2btf_prog *p)
{
	size_t *sum = ctx;

	*sum += strlen(p->name) + strlen(p->section);
}

static void check(int ok, const char *what, const char *why)
{
	if (ok)
		return;
	fprintf(stderr, "fuzz_maps2btf: %s (%s)\n", what, why);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t layouts = 0, sum = 0, out_size, again_size;
	const char *layout = NULL;
	void *out, *again;
	bool renamed;
	char why[512];

	while (maps2btf_layouts(layouts))
		layouts++;
	if (size && data[size - 1] & 1)
		layout = maps2btf_layouts(data[size - 1] / 2 % layouts);

	maps2btf_list(data, size, layout, see_map, see_prog, &sum, why, sizeof(why));
	if (maps2btf(data, size, layout, &out, &out_size, why, sizeof(why))) {
		check(*why && !out, "refused without a reason, or with a result", why);
		return 0;
	}
	check(!!out, "converted, but without a result", why);
	check(!maps2btf(out, out_size, NULL, &again, &again_size, why, sizeof(why)),
	      "the result is refused when it is converted again", why);
	check(again_size == out_size && !memcmp(out, again, out_size),
	      "the result changes when it is converted again", why);
	free(out);
	free(again);
	/* maps2btf_then() writes more objects anew, where maps2btf() only copies them. */
	if (maps2btf_then(data, size, layout, &out, &out_size, &renamed, why, sizeof(why))) {
		check(*why && !out, "refused without a reason, or with a result", why);
		return 0;
	}
	check(!maps2btf(out, out_size, NULL, &again, &again_size, why, sizeof(why)) &&
	      again_size == out_size && !memcmp(out, again, out_size),
	      "the result of maps2btf_then() changes when it is converted again", why);
	free(out);
	free(again);
	return 0;
}
