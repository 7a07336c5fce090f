/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a pattern is called without links: its literal beginning, as the host resolves it. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "parse-internal.h"

#define EXPANSIONS_MAX 64 /* alternatives of one pattern that are looked up one by one */

/* A path that was looked up. */
struct link {
	struct link *next;
	uint64_t hash;
	const char *path;
	const char *canonical; /* path itself where it is no link, or does not exist */
	int error;	       /* errno where the host could not say; ENOENT: does not exist */
	const struct pc_source *told; /* the file in which it was reported last */
};

struct pc_links {
	struct link **buckets;
	uint32_t count, size;  /* size: a power of two */
	char buf[PATH_MAX];    /* what the host answers */
	char prefix[PATH_MAX]; /* of the pattern that is looked at */
};

/* One call of pc_links_resolve(). */
struct resolution {
	struct pc_parser *p;
	const struct pc_node *node;
	size_t offset, n; /* of the pattern in the node */
	struct pc_glob_list *names, *targets, *links;
	uint32_t expansions;
	bool changed; /* some name is not what was written */
	bool told;    /* once for one pattern is enough */
	bool gave_up; /* too many alternatives to look at each */
};

int pc_links_new(struct pc_parser *p)
{
	struct pc_links *links = pc_arena_new(&p->scratch, struct pc_links);

	if (!links)
		return -ENOMEM;
	links->size = 1024;
	links->buckets = pc_arena_array(&p->scratch, struct link *, links->size);
	if (!links->buckets)
		return -ENOMEM;
	p->links = links;
	return 0;
}

int pc_globs_add(struct pc_arena *arena, struct pc_glob_list *list, const struct pc_glob *glob)
{
	const struct pc_glob **slot;

	if (!glob)
		return -ENOMEM;
	slot = pc_arena_push(arena, &list->globs, &list->count);
	if (!slot)
		return -ENOMEM;
	*slot = glob;
	return 0;
}

int pc_globs_add_all(struct pc_arena *arena, struct pc_glob_list *list,
		     const struct pc_glob_list *more)
{
	int r = 0;

	for (uint32_t i = 0; i < more->count && r == 0; i++)
		r = pc_globs_add(arena, list, more->globs[i]);
	return r;
}

/* Keeps chains short; where there is no memory for it, they are merely long. */
static void grow(struct pc_parser *p, struct pc_links *links)
{
	uint32_t size = links->size * 2;
	struct link **buckets = pc_arena_array(&p->scratch, struct link *, size);

	if (!buckets)
		return;
	for (uint32_t i = 0; i < links->size; i++) {
		struct link *link, *next;

		for (link = links->buckets[i]; link; link = next) {
			struct link **slot = &buckets[link->hash & (size - 1)];

			next = link->next;
			link->next = *slot;
			*slot = link;
		}
	}
	links->buckets = buckets;
	links->size = size;
}

static struct link *find_or_add(struct pc_parser *p, const char *path, size_t n, bool *ret_new)
{
	uint64_t hash = pc_fnv(PC_FNV_START, path, n);
	struct pc_links *links = p->links;
	struct link **slot, *link;

	for (link = links->buckets[hash & (links->size - 1)]; link; link = link->next)
		if (link->hash == hash && !strncmp(link->path, path, n) && !link->path[n]) {
			*ret_new = false;
			return link;
		}
	if (links->count >= links->size)
		grow(p, links);
	link = pc_arena_new(&p->scratch, struct link);
	if (!link)
		return NULL;
	link->hash = hash;
	link->path = pc_arena_strndup(&p->scratch, path, n);
	if (!link->path)
		return NULL;
	slot = &links->buckets[hash & (links->size - 1)];
	link->next = *slot;
	*slot = link;
	links->count++;
	*ret_new = true;
	return link;
}

/* Where the last component begins: behind its slash; 0 for "/" and "". */
static size_t last_component(const char *path, size_t n)
{
	while (n > 0 && path[n - 1] != '/')
		n--;
	return n;
}

/* Names in /proc change with who asks. */
static bool is_proc(const char *path, size_t n)
{
	return n >= 5 && !strncmp(path, "/proc", 5) && (n == 5 || path[5] == '/');
}

/* Asks the host about a link's path; fills in what it says. */
static int ask(struct pc_parser *p, struct link *link)
{
	struct pc_links *links = p->links;
	int r = p->host->path(p->host->context, link->path, links->buf, sizeof(links->buf));

	if (r == -ENOMEM)
		return r;
	link->error = r == -ENOTDIR ? ENOENT : -r;
	if (r < 0)
		return 0;
	link->canonical = pc_arena_strndup(&p->scratch, links->buf, strlen(links->buf));
	return link->canonical ? 0 : -ENOMEM;
}

/* Directory and name as one path. */
static char *join(struct pc_parser *p, const char *directory, const char *name, size_t n)
{
	if (!strcmp(directory, "/"))
		directory = "";
	return pc_arena_printf(&p->scratch, "%s/%.*s", directory, (int)n, name);
}

/* What the host has not, or does not show, is its directory, resolved, and its name. */
static int name_in(struct pc_parser *p, const struct link *parent, size_t last, struct link *link)
{
	if (strcmp(parent->canonical, parent->path) != 0)
		link->canonical =
			join(p, parent->canonical, link->path + last, strlen(link->path + last));
	return link->canonical ? 0 : -ENOMEM;
}

/* Looks n bytes of a path up: its directory first, for below what is not there nothing is. */
static int resolve(struct pc_parser *p, const char *path, size_t n, struct link **ret_link)
{
	size_t last = last_component(path, n);
	struct link *link, *parent = NULL;
	bool new;
	int r = 0;

	link = find_or_add(p, path, n, &new);
	if (!link)
		return -ENOMEM;
	*ret_link = link;
	if (!new)
		return 0;
	link->canonical = link->path;
	if (!last || n == 1 || n >= PATH_MAX || is_proc(path, n) || !p->host->path)
		return 0;
	if (last > 1)
		r = resolve(p, path, last - 1, &parent);
	if (r == 0 && parent && parent->error)
		link->error = parent->error;
	else if (r == 0)
		r = ask(p, link);
	/* A file that is no link itself is where its directory is. */
	if (r == 0 && parent && (link->error || !strcmp(link->canonical, link->path)))
		r = name_in(p, parent, last, link);
	return r;
}

/* name: what the rule speaks of instead. */
static void tell(struct resolution *res, struct link *link, const char *name)
{
	struct pc_parser *p = res->p;
	bool told = res->told || link->told == res->node->source;

	link->told = res->node->source;
	res->told = true;
	if (told)
		return;
	if (link->error && link->error != ENOENT) {
		pc_report_node(p, PC_WARNING, PC_CODE_LOOKUP, res->node, res->offset, res->n,
			       "%s cannot be looked up: %s", link->path, strerror(link->error));
		pc_hint(p, "if there are links in it, they are not resolved");
	} else {
		pc_report_node(p, PC_NOTE, PC_CODE_RESOLVED, res->node, res->offset, res->n,
			       "%s is %s on this host", link->path, link->canonical);
		pc_hint(p, "the rule speaks of %s", name ? name : link->canonical);
	}
}

static bool moved(const struct link *link)
{
	return strcmp(link->canonical, link->path) != 0;
}

static int add_path(struct resolution *res, struct pc_glob_list *list, const char *path)
{
	struct pc_arena *arena = &res->p->set->arena;

	return pc_globs_add(arena, list, pc_glob_literal(arena, path, strlen(path)));
}

static bool doubtful(const struct link *link)
{
	return moved(link) || (link->error && link->error != ENOENT);
}

/* A pattern that is one path. */
static int take_literal(struct resolution *res, const char *path, size_t n)
{
	size_t last = last_component(path, n);
	struct link *link, *parent = NULL;
	char *own;
	int r;

	r = resolve(res->p, path, n, &link);
	if (r == 0)
		r = resolve(res->p, path, last > 1 ? last - 1 : 1, &parent);
	if (r < 0)
		return r;
	if (!doubtful(link) || !parent)
		return add_path(res, res->names, link->path);
	own = join(res->p, parent->canonical, path + last, n - last);
	if (!own)
		return -ENOMEM;
	res->changed = true;
	if (!strcmp(own, link->canonical)) {
		tell(res, moved(parent) ? parent : link, own);
		return add_path(res, res->names, own);
	}
	tell(res, link, link->canonical);
	r = add_path(res, res->targets, link->canonical);
	return r < 0 ? r : add_path(res, res->links, own);
}

/* A pattern with wildcards behind n literal bytes. */
static int take_pattern(struct resolution *res, const struct pc_glob *glob, const char *prefix,
			size_t n)
{
	struct pc_arena *arena = &res->p->set->arena;
	size_t last = last_component(prefix, n);
	struct pc_glob *head, *tail, *named;
	struct link *link;
	int r;

	if (last <= 1)
		return pc_globs_add(arena, res->names, glob);
	r = resolve(res->p, prefix, last - 1, &link);
	if (r < 0)
		return r;
	if (!moved(link)) {
		if (doubtful(link))
			tell(res, link, NULL);
		return pc_globs_add(arena, res->names, glob);
	}
	res->changed = true;
	head = pc_glob_literal(arena, link->canonical,
			       strcmp(link->canonical, "/") ? strlen(link->canonical) : 0);
	tail = pc_glob_drop(arena, glob, last - 1);
	if (!head || !tail)
		return -ENOMEM;
	named = pc_glob_concat(arena, head, tail);
	if (!named)
		return -ENOMEM;
	tell(res, link, pc_glob_text(&res->p->scratch, named));
	return pc_globs_add(arena, res->names, named);
}

static int take(struct resolution *res, const struct pc_glob *glob);

/* Alternatives in the literal beginning are looked at one by one. */
static int take_branches(struct resolution *res, const char *prefix, size_t n,
			 const struct pc_glob *alternatives)
{
	struct pc_arena *arena = &res->p->set->arena;
	struct pc_glob *head = pc_glob_literal(arena, prefix, n);
	int r = head ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < alternatives->length && r == 0; i++) {
		struct pc_glob *glob = pc_glob_concat(arena, head, alternatives->branches[i]);

		if (glob)
			glob = pc_glob_concat(arena, glob, alternatives->next);
		r = glob ? take(res, glob) : -ENOMEM;
	}
	return r;
}

static int take(struct resolution *res, const struct pc_glob *glob)
{
	char *prefix = res->p->links->prefix;
	const struct pc_glob *rest;
	size_t n;

	n = pc_glob_prefix(glob, prefix, PATH_MAX);
	if (n == PATH_MAX) /* no file has such a name */
		return pc_globs_add(&res->p->set->arena, res->names, glob);
	if (pc_glob_is_literal(glob))
		return take_literal(res, prefix, n);
	for (rest = glob; rest->kind == PC_GLOB_LITERAL;)
		rest = rest->next;
	if (rest->kind != PC_GLOB_ALT || res->gave_up)
		return take_pattern(res, glob, prefix, n);
	res->expansions += rest->length - 1;
	if (res->expansions < EXPANSIONS_MAX)
		return take_branches(res, prefix, n, rest);
	res->gave_up = true;
	return take_pattern(res, glob, prefix, n);
}

int pc_links_resolve(struct pc_parser *p, const struct pc_node *node, size_t offset, size_t n,
		     const struct pc_glob *glob, struct pc_names *names)
{
	struct pc_glob_list found = {0};
	struct resolution res = {.p = p,
				 .node = node,
				 .offset = offset,
				 .n = n,
				 .names = &found,
				 .targets = &names->targets,
				 .links = &names->links};
	int r = take(&res, glob);

	if (r < 0)
		return r;
	if (res.gave_up) {
		pc_report_node(p, PC_NOTE, PC_CODE_EXPANSION, node, offset, n,
			       "more than %d alternatives: they are not looked up one by one",
			       EXPANSIONS_MAX);
		pc_hint(p, "if one of them is a link on this host, name its target");
	}
	if (!res.changed) /* one pattern says it shorter */
		return pc_globs_add(&p->set->arena, &names->plain, glob);
	return pc_globs_add_all(&p->set->arena, &names->plain, &found);
}

bool pc_links_missing(struct pc_parser *p, const struct pc_glob *path)
{
	char *prefix = p->links->prefix;
	size_t n = pc_glob_prefix(path, prefix, PATH_MAX);
	struct link *link;

	return n < PATH_MAX && resolve(p, prefix, n, &link) == 0 && link->error == ENOENT;
}
