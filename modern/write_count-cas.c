// SPDX-License-Identifier: GPL-2.0
/*
 * write_count-cas.c - write_count.c with the largest write.
 *
 * The skeleton would be refused by a kernel without compare-and-swap with an
 * error that says little; so that is asked first.
 */
#include "cas.h"
#include "observe.h"

static void need_cas(void)
{
	if (!modern_has_cas())
		observe_skip("this kernel refuses the instruction BPF_CMPXCHG (Linux 5.12)");
}

#include "write_count-cas.skel.h"

#define write_count_bpf			write_count_cas_bpf
#define write_count_bpf__open		write_count_cas_bpf__open
#define write_count_bpf__load		write_count_cas_bpf__load
#define write_count_bpf__attach		write_count_cas_bpf__attach
#define write_count_bpf__detach		write_count_cas_bpf__detach
#define write_count_bpf__destroy	write_count_cas_bpf__destroy
#define PREPARE()	(need_cas(), write_count_largest = true)
#define SLOTS		1
#define OF_WHAT		", and the largest"

#include "write_count.c"
