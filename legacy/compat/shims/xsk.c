// SPDX-License-Identifier: GPL-2.0
/*
 * xsk.c - find the map of the XDP program that redirects frames to an AF_XDP socket.
 *
 * libbpf 0.x used the program that was attached to the device, if it had a map
 * "xsks_map", and put the socket into this map.  libxdp attaches its own program with a
 * dispatcher, and fails with -EBUSY if a program without a dispatcher is attached.
 * Now: set the flag XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD, and put the socket into the
 * map.  bpf/xsk.h does that with the map that is found here.
 */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"

int compat_xsks_map(const char *ifname, int ifindex, __u32 xdp_flags);

/* Returns a descriptor of the program's map xsks_map, or -ENOENT if it has none. */
static int find_map(int prog_fd)
{
	struct bpf_prog_info info = {};
	struct bpf_map_info map = {};
	__u32 len = sizeof(info), cnt, *ids;
	int fd = -1, err;

	err = bpf_obj_get_info_by_fd(prog_fd, &info, &len);
	if (err)
		return err;
	if (!strcmp(info.name, "xdp_dispatcher"))
		return -ESRCH;
	cnt = info.nr_map_ids;
	ids = calloc(cnt + 1, sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	info = (struct bpf_prog_info){ .nr_map_ids = cnt, .map_ids = (unsigned long)ids };
	err = bpf_obj_get_info_by_fd(prog_fd, &info, &len);
	for (__u32 i = 0; !err && i < cnt; i++) {
		fd = bpf_map_get_fd_by_id(ids[i]);
		len = sizeof(map);
		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &map, &len) &&
		    !strcmp(map.name, "xsks_map"))
			break;
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	free(ids);
	return err ? err : fd < 0 ? -ENOENT : fd;
}

/*
 * Returns a descriptor of the map xsks_map of the program on a device, which is given
 * by @ifname, or by @ifindex if that is NULL.  Returns -ESRCH if libxdp can attach its
 * program: if no program is attached, or if it is libxdp's own.
 */
int compat_xsks_map(const char *ifname, int ifindex, __u32 xdp_flags)
{
	__u32 id = 0;
	int fd, map;

	if (ifname)
		ifindex = if_nametoindex(ifname);
	if (!ifindex || bpf_xdp_query_id(ifindex, xdp_flags, &id) || !id)
		return -ESRCH;
	fd = bpf_prog_get_fd_by_id(id);
	if (fd < 0)
		return fd;
	map = find_map(fd);
	close(fd);
	return map;
}
