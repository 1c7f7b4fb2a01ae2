// SPDX-License-Identifier: GPL-2.0
/*
 * notes.c - data that libbpf 0.x kept in its objects, programs and maps for the caller.
 *
 * This is a pointer that the caller sets (set_priv), and a list of all open objects.
 * libbpf 1.0 has neither: the caller keeps such data itself.  Here the data is in
 * lists beside libbpf's structs; bpf_object__close() calls this file to free it.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "compat.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct compat_note *notes;

static struct opened {
	struct bpf_object *obj;
	struct opened *next;
} *objects;

static struct compat_note *find(const void *about, bool make)
{
	struct compat_note *note;

	pthread_mutex_lock(&lock);
	for (note = notes; note && note->about != about; note = note->next)
		;
	if (!note && make)
		note = calloc(1, sizeof(*note));
	if (note && !note->about) {
		note->about = about;
		note->next = notes;
		notes = note;
	}
	pthread_mutex_unlock(&lock);
	return note;
}

struct compat_note *compat_note(const void *about)
{
	return find(about, false);
}

struct compat_note *compat_note_new(const void *about)
{
	return find(about, true);
}

static void forget(const void *about)
{
	struct compat_note **at, *note = NULL;

	pthread_mutex_lock(&lock);
	for (at = &notes; *at && (*at)->about != about; at = &(*at)->next)
		;
	if (*at) {
		note = *at;
		*at = note->next;
	}
	pthread_mutex_unlock(&lock);
	if (!note)
		return;
	for (int i = 0; i < note->instances; i++)
		if (note->fds[i] >= 0)
			close(note->fds[i]);
	free(note->fds);
	free(note);
}

/* The newest object comes first.  With LIBBPF_STRICT_NO_OBJECT_LIST there is no list. */
void compat_object_opened(struct bpf_object *obj)
{
	struct opened *new;

	if (compat_strict(LIBBPF_STRICT_NO_OBJECT_LIST))
		return;
	new = malloc(sizeof(*new));
	if (!new)
		return;
	new->obj = obj;
	pthread_mutex_lock(&lock);
	new->next = objects;
	objects = new;
	pthread_mutex_unlock(&lock);
}

/* As in 0.x, no other thread may open or close an object at the same time. */
struct bpf_object *bpf_object__next(struct bpf_object *prev)
{
	struct opened *o = objects;

	if (compat_strict(LIBBPF_STRICT_NO_OBJECT_LIST))
		return NULL;
	while (prev && o && o->obj != prev)
		o = o->next;
	if (prev && o)
		o = o->next;
	return o ? o->obj : NULL;
}

/* Calls the caller's functions that clear its data, in the same order as 0.x. */
static void closing(struct bpf_object *obj)
{
	struct opened **at, *o = NULL;
	struct bpf_program *prog;
	struct bpf_map *map;

	bpf_object__set_priv(obj, NULL, NULL);
	forget(obj);
	bpf_object__for_each_map(map, obj) {
		bpf_map__set_priv(map, NULL, NULL);
		forget(map);
	}
	bpf_object__for_each_program(prog, obj) {
		bpf_program__set_priv(prog, NULL, NULL);
		forget(prog);
	}
	pthread_mutex_lock(&lock);
	for (at = &objects; *at && (*at)->obj != obj; at = &(*at)->next)
		;
	if (*at) {
		o = *at;
		*at = o->next;
	}
	pthread_mutex_unlock(&lock);
	free(o);
}

void compat_bpf_object__close(struct bpf_object *obj)
{
	if (obj && (unsigned long)obj < (unsigned long)-4095)
		closing(obj);
	bpf_object__close(obj);
}

void compat_bpf_object__destroy_skeleton(struct bpf_object_skeleton *s)
{
	if (s && s->obj && *s->obj)
		closing(*s->obj);
	bpf_object__destroy_skeleton(s);
}

#define PRIV(kind) \
int bpf_##kind##__set_priv(struct bpf_##kind *p, void *priv, bpf_##kind##_clear_priv_t clear) \
{ \
	struct compat_note *note = priv || clear ? compat_note_new(p) : compat_note(p); \
\
	if (!note) \
		return priv || clear ? -ENOMEM : 0; \
	if (note->priv && note->clear.kind) \
		note->clear.kind(p, note->priv); \
	note->priv = priv; \
	note->clear.kind = clear; \
	return 0; \
} \
\
void *bpf_##kind##__priv(const struct bpf_##kind *p) \
{ \
	struct compat_note *note = p ? compat_note(p) : NULL; \
\
	if (!p) \
		return compat_pointer((errno = EINVAL, NULL)); \
	return note ? note->priv : NULL; \
}

PRIV(object)
PRIV(program)
PRIV(map)
