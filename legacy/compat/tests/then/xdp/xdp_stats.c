// SPDX-License-Identifier: GPL-2.0
/*
 * xdp_stats DEVICE [PEER N]	sends N frames from PEER, and prints the pinned counters
 * xdp_stats redirect DEVICE TO	redirects frames of DEVICE to the device TO
 */
#include "user.h"

/* Adds up the values of all possible CPUs. */
static struct datarec sum(int fd, __u32 key)
{
	unsigned int cpus = libbpf_num_possible_cpus();
	struct datarec values[cpus], all = {};

	memset(values, 0, sizeof(values));
	if (bpf_map_lookup_elem(fd, &key, values))
		printf("bpf_map_lookup_elem(%u): %s\n", key, strerror(errno));
	for (unsigned int i = 0; i < cpus; i++) {
		all.rx_packets += values[i].rx_packets;
		all.rx_bytes += values[i].rx_bytes;
	}
	return all;
}

int main(int argc, char **argv)
{
	const struct bpf_map_info want = { .value_size = sizeof(struct datarec) }, any = {};
	char dir[256];
	int fd, err;

	if (argc < 2)
		return 1;
	unlimit();
	libbpf_set_print(silent);
	if (argc == 4 && !strcmp(argv[1], "redirect")) {
		int key = 0, to = device(argv[3]);

		snprintf(dir, sizeof(dir), "%s/%s", PIN_BASEDIR, argv[2]);
		fd = open_bpf_map_file(dir, "tx_port", &any);
		err = bpf_map_update_elem(fd, &key, &to, 0);
		printf("tx_port: %d\n", err);
		key = 77;
		err = bpf_map_update_elem(fd, &key, &to, 0);
		printf("tx_port, outside of it: %d %s\n", err, strerror(errno));
		return 0;
	}
	snprintf(dir, sizeof(dir), "%s/%s", PIN_BASEDIR, argv[1]);
	fd = open_bpf_map_file(dir, "xdp_stats_map", &want);
	if (fd < 0)
		return 1;
	if (argc == 4)
		send_frames(argv[2], atoi(argv[3]));
	for (__u32 key = 0; key < XDP_ACTION_MAX; key++) {
		struct datarec rec = sum(fd, key);

		printf("%-12s %llu packets %llu bytes\n", actions[key], rec.rx_packets,
		       rec.rx_bytes);
	}
	return 0;
}
