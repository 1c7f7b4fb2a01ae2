// SPDX-License-Identifier: GPL-2.0
/*
 * xdp_loader DEVICE FILE SECTION [noexist]	load and attach; pin the maps below DEVICE's
 *						name, or use those that are pinned there
 * xdp_loader DEVICE FILE			load the first program in one call, and attach it
 * xdp_loader DEVICE -				detach
 * xdp_loader DEVICE each FILE			load, and pin and unpin each map by its name
 */
#include "user.h"

static char pin_dir[256];

static int reuse_maps(struct bpf_object *obj)
{
	struct bpf_map *map;
	char path[512];
	int n = 0;

	bpf_object__for_each_map(map, obj) {
		int fd, err;

		snprintf(path, sizeof(path), "%s/%s", pin_dir, bpf_map__name(map));
		fd = bpf_obj_get(path);
		if (fd < 0)
			continue;
		err = bpf_map__reuse_fd(map, fd);
		if (err)
			printf("bpf_map__reuse_fd(%s): %d\n", bpf_map__name(map), err);
		close(fd);
		n++;
	}
	printf("%d maps are taken from %s\n", n, pin_dir);
	return n;
}

static void show(struct bpf_object *obj)
{
	struct bpf_program *prog;
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj) {
		const struct bpf_map_def *def = bpf_map__def(map);

		printf("map %s: %u %u %u %u %u\n", bpf_map__name(map), def->type, def->key_size,
		       def->value_size, def->max_entries, def->map_flags);
	}
	bpf_object__for_each_program(prog, obj)
		printf("program %s in %s: xdp %d, %zu bytes\n", bpf_program__name(prog),
		       bpf_program__title(prog, false), bpf_program__is_xdp(prog),
		       bpf_program__size(prog));
}

static int pin_each(const char *file)
{
	struct bpf_prog_load_attr attr = { .prog_type = BPF_PROG_TYPE_XDP, .file = file };
	struct bpf_object *obj;
	struct bpf_map *map;
	char path[512];
	int fd, err;

	err = bpf_prog_load_xattr(&attr, &obj, &fd);
	if (err) {
		printf("%s: %d\n", file, err);
		return 1;
	}
	bpf_map__for_each(map, obj) {
		snprintf(path, sizeof(path), "%s/%s", pin_dir, bpf_map__name(map));
		err = bpf_map__pin(map, path);
		printf("%s: %d\n", path, err);
		if (!err)
			bpf_map__unpin(map, path);
	}
	bpf_object__close(obj);
	return 0;
}

static int first(int ifindex, const char *file)
{
	struct bpf_prog_load_attr attr = { .prog_type = BPF_PROG_TYPE_XDP, .ifindex = 0 };
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	struct bpf_object *obj;
	int fd = -1, err;

	attr.file = file;
	err = bpf_prog_load_xattr(&attr, &obj, &fd);
	if (err) {
		printf("bpf_prog_load_xattr(%s): %d\n", strrchr(file, '/'), err);
		return 1;
	}
	if (xdp_link_attach(ifindex, XDP_FLAGS_SKB_MODE, fd))
		return 1;
	err = bpf_obj_get_info_by_fd(fd, &info, &len);
	printf("attached %s: type %u, %u maps, %d\n", info.name, info.type, info.nr_map_ids, err);
	return 0;
}

int main(int argc, char **argv)
{
	DECLARE_LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "xdp_loader");
	struct xdp_link_info info;
	struct bpf_program *prog;
	struct bpf_object *obj;
	__u32 flags = XDP_FLAGS_SKB_MODE;
	int ifindex, fd, err;

	if (argc < 3)
		return 1;
	libbpf_set_print(silent);
	unlimit();
	ifindex = device(argv[1]);
	snprintf(pin_dir, sizeof(pin_dir), "%s/%s", PIN_BASEDIR, argv[1]);
	if (!strcmp(argv[2], "each"))
		return pin_each(argv[3]);
	if (!strcmp(argv[2], "-"))
		return xdp_link_detach(ifindex, flags);
	if (argc == 3)
		return first(ifindex, argv[2]);
	if (argc > 4)
		flags |= XDP_FLAGS_UPDATE_IF_NOEXIST;

	obj = bpf_object__open_file(argv[2], &opts);
	if (libbpf_get_error(obj)) {
		printf("open: %ld\n", libbpf_get_error(obj));
		return 1;
	}
	bpf_object__for_each_program(prog, obj)
		bpf_program__set_type(prog, BPF_PROG_TYPE_XDP);
	fd = reuse_maps(obj);
	show(obj);
	err = bpf_object__load(obj);
	printf("%s: load: %d\n", bpf_object__name(obj), err);
	if (err)
		return 1;
	prog = bpf_object__find_program_by_title(obj, argv[3]);
	if (!prog) {
		printf("there is no section %s\n", argv[3]);
		return 1;
	}
	if (!fd) {
		err = bpf_object__pin_maps(obj, pin_dir);
		printf("bpf_object__pin_maps(): %d\n", err);
	}
	if (xdp_link_attach(ifindex, flags, bpf_program__fd(prog)))
		return 1;
	err = bpf_get_link_xdp_info(ifindex, &info, sizeof(info), 0);
	printf("attached: %d, mode %u, skb %d, drv %d\n", err, info.attach_mode,
	       info.skb_prog_id != 0, info.drv_prog_id != 0);
	return 0;
}
