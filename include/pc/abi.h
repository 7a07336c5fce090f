/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Everything the kernel side and user space share: limits, map keys and values, event records. */
#ifndef PC_ABI_H
#define PC_ABI_H

#include <linux/types.h>

#include <pc/automaton.h>
#include <pc/ops.h>

#define PC_ABI_VERSION 4 /* layout of maps and image; pins of another version are not adopted */

#define PC_LAYERS_MAX 16       /* layers of one task */
#define PC_SLOTS 4	       /* previous, active, candidate, being filled */
#define PC_AUTOMATA 4	       /* automata of one image */
#define PC_DEPTH_MAX 64	       /* components of a name */
#define PC_COMPONENT_MAX 255   /* bytes of a component */
#define PC_COUNTER_ROWS 1024   /* policies of one image, and so rows of counters */
#define PC_EVENT_PATH_MAX 4096 /* bytes of a path in an event */
#define PC_FREE_CGROUPS 4096   /* remembered cgroups that no subject asks for */

/* ---- image --------------------------------------------------------------------------------- */

/*
 * An image is one tables blob (32-bit words) and one to four automata, each in a map value of the
 * smallest tier that holds it. PC_PART_TABLES is the tables, PC_PART_AUTOMATON + i automaton i.
 */
enum { PC_PART_TABLES, PC_PART_AUTOMATON, PC_PARTS = PC_PART_AUTOMATON + PC_AUTOMATA };

#define PC_TIERS 3
#define PC_TIER_SHIFT(tier) (17 + 4 * (tier)) /* 128 KiB, 2 MiB, 32 MiB */
#define PC_TIER_BYTES(tier) (1u << PC_TIER_SHIFT(tier))

/*
 * Tables: word offsets from the start of the blob. Every index is masked, so a wrong one reads a
 * wrong word and never outside.
 *
 *   header    PC_W_*
 *   policies  PC_W_POLICY_COUNT records of PC_P_WORDS, in order of name
 *   ids       pairs (policy id, index), ascending by id: PC_W_POLICY_COUNT of them
 *   classes   for automaton a: PC_W_CLASSES + a -> array of words, by class: offset of a subject
 * list pages     for policy p, automaton a: PC_P_PAGES + a -> array of words by class >>
 * PC_PAGE_SHIFT: offset of a page; page word class & PC_PAGE_MASK: offset of a row row PC_R_*: what
 * one policy says of one class answers   count, then count * PC_A_WORDS: which rule denies which
 * operations, the first wins subjects  items of PC_S_WORDS; list: count, then item numbers ranges
 * pairs (first, last) of ids
 */
enum {
	PC_W_MAGIC,
	PC_W_WORDS, /* in use */
	PC_W_FLAGS, /* PC_IMAGE_* */
	PC_W_OPS,   /* operations that some policy speaks of */
	PC_W_POLICY_COUNT,
	PC_W_POLICIES,
	PC_W_IDS,
	PC_W_AUTOMATA, /* how many */
	PC_W_CLASSES,
	PC_W_START = PC_W_CLASSES + PC_AUTOMATA,  /* start states, one an automaton */
	PC_W_SUBJECTS = PC_W_START + PC_AUTOMATA, /* items */
	PC_W_SUBJECT_COUNT,
	PC_W_ANYWHERE, /* list of items without exe and cgroup keys */
	PC_W_SPARE,
	PC_W_END
};

#define PC_IMAGE_MAGIC 0x31434350u /* "PCC1" */
#define PC_IMAGE_BY_ID 1u	   /* some subject has user, group or login keys */
#define PC_IMAGE_BY_CGROUP 2u
#define PC_IMAGE_BY_EXE 4u
#define PC_IMAGE_ANYWHERE 8u /* PC_W_ANYWHERE is not empty */

/* Names other than file names enter the automaton behind one byte that no path begins with. */
#define PC_NAMES_CGROUP 'c'

enum {
	PC_P_ID,       /* identity in the store */
	PC_P_MODE,     /* enum pc_policy_mode */
	PC_P_OPS,      /* operations it speaks of (sections present) */
	PC_P_DEFAULT,  /* operations denied unless allowed */
	PC_P_CLOSED,   /* operations denied where the object cannot be named: DESIGN 2, rule 6 */
	PC_P_COUNTER,  /* row of counters */
	PC_P_FILELESS, /* offset of the row for objects without a name (memfd, deleted, O_TMPFILE)
			*/
	PC_P_PLAIN,    /* offset of the row for operations without a named object … */
	PC_P_SAME,     /* … and of that for those on a task that this policy confines, too */
	PC_P_RULES,    /* by section: rule number of its default */
	PC_P_PAGES = PC_P_RULES + PC_SECTION_COUNT,
	PC_P_WORDS = PC_P_PAGES + PC_AUTOMATA
};

enum pc_policy_mode { PC_POLICY_ENFORCE, PC_POLICY_AUDIT };

#define PC_PAGE_SHIFT 6
#define PC_PAGE_MASK ((1u << PC_PAGE_SHIFT) - 1)

enum { PC_R_DENY, PC_R_AUDIT, PC_R_ALLOW, PC_R_ANSWERS, PC_R_WORDS };
enum { PC_A_OPS, PC_A_RULE, PC_A_ERRNO, PC_A_WORDS };
#define PC_A_KILL 0x10000u /* in PC_A_ERRNO */

/* A subject item: all keys present must hold. Ranges are offset and number of pairs. */
enum {
	PC_S_POLICY, /* index */
	PC_S_KEYS,   /* PC_KEY_* */
	PC_S_USER,
	PC_S_USER_COUNT,
	PC_S_GROUP,
	PC_S_GROUP_COUNT,
	PC_S_LOGIN,
	PC_S_LOGIN_COUNT,
	PC_S_WORDS
};
#define PC_KEY_EXE 1u
#define PC_KEY_CGROUP 2u
#define PC_KEY_USER 4u
#define PC_KEY_GROUP 8u
#define PC_KEY_LOGIN 16u

/* ---- control ------------------------------------------------------------------------------- */

/*
 * The one word every decision reads. It changes only by compare-and-swap in pc_switch.
 *
 *   bits 0-1 active slot, 2-3 fallback slot, 4 a deadline is armed, 5 enforcement is on, 6 an image
 *   was put in force (until then nothing is decided and nobody is labelled),
 *   8-31 number of switches (so that no two words are equal), 32-63 deadline in seconds of boot
 * time
 */
#define PC_CONTROL_ACTIVE(word) ((__u32)(word)&3u)
#define PC_CONTROL_FALLBACK(word) ((__u32)((word) >> 2) & 3u)
#define PC_CONTROL_ARMED (1ull << 4)
#define PC_CONTROL_ON (1ull << 5)
#define PC_CONTROL_LIVE (1ull << 6)
#define PC_CONTROL_SWITCHES(word) ((__u32)((word) >> 8) & 0xffffffu)
#define PC_CONTROL_DEADLINE(word) ((__u32)((word) >> 32))

/* One slot. generation is 0 while it is being filled: whoever read it before finds out. */
struct pc_slot {
	__u64 generation;
	__u64 fallback_generation;	 /* the generation it has when a deadline brings it back */
	__u64 revision;			 /* of the store */
	__u32 cgroup_start[PC_AUTOMATA]; /* states behind PC_NAMES_CGROUP */
	__u64 settled;	     /* ns of boot time: a task begun later was labelled at its fork */
	__u8 tier[PC_PARTS]; /* of each part */
	__u8 automata;
	__u8 flags; /* PC_IMAGE_* */
	__u8 pad;
};

/*
 * Directories renamed on the file systems of one row. `open` is raised, then `begun`, before a
 * rename; `open` falls when it has ended. Whoever reads `begun`, then 0 in `open`, and later the
 * same `begun`, knows that no directory moved in between. `open` may stay too high (a program that
 * lowers it is a tracing one, which may be skipped): then nothing is kept of that row.
 */
#define PC_MOVE_ROWS 64 /* by device number, modulo */

struct pc_moves {
	__u64 begun;
	__u64 open;
};

/* The table of links of a slot (bpf/links.bpf.h): complete while walked is what moved is. */
struct pc_links {
	__u64 moved;	 /* raised before what may give names another class that nobody looks at */
	__u64 walked;	 /* moved, when the walk began that has filled the table; 0: none has */
	__u64 walked_at; /* boot time (ns) when the last walk ended … */
	__u64 took;	 /* … and how long it took */
	__u32 entries;
	__u32 full;		 /* one found no room: what the table lacks is unknown */
	__u32 dead[PC_AUTOMATA]; /* states from which nothing can match any more */
};

struct pc_control {
	__u64 word;
	__u64 roots;	      /* version of pc_roots; odd while that changes */
	__u64 sequence;	      /* of events */
	__u64 enforcer_start; /* start time of the daemon (ns), with enforcer_tgid its identity */
	__u64 build;	      /* digest of the object whose programs are attached */
	__u32 enforcer_tgid;
	__u32 flags;	  /* PC_CONTROL_NO_CACHE */
	__u32 scratches;  /* buffers there are in all */
	__u32 abi;	  /* PC_ABI_VERSION */
	__u64 delivered;  /* events taken from the ring, by whichever daemon */
	__u64 cache_from; /* boot time (ns) from which on names are kept; 0: it has passed */
	__u32 links_on;	  /* slots, as bits, whose tables of links are kept up */
	__u32 pad;
	struct pc_slot slots[PC_SLOTS];
	struct pc_links links[PC_SLOTS];
	struct pc_moves moves[PC_MOVE_ROWS];
};
/* For so long after a switch every fork leaves a label, even an empty one (ns). */
#define PC_SETTLE_NS 60000000000ull

#define PC_CONTROL_NO_CACHE 1u /* every name is walked: for tests */

/* Argument of the program pc_switch (SEC("syscall")). result: 0, or -EAGAIN: the word had changed.
 */
struct pc_switch {
	__u64 expected; /* control word */
	__u64 desired;
	__s32 result;
	__u32 pad;
};

/* ---- names --------------------------------------------------------------------------------- */

/* pc_roots: where walks end. inode 0: the root of the file system's dentry tree. */
struct pc_root_key {
	__u64 inode;
	__u32 dev;	  /* the kernel's dev_t: major << 20 | minor */
	__u32 generation; /* of the inode; 0 with inode 0 */
};

#define PC_ROOT_NAMED 1u    /* states are valid */
#define PC_ROOT_SUBTREES 2u /* only subtrees of it are mounted: look for their entries */
#define PC_ROOT_CACHED 4u   /* a local file system whose names may be cached */
#define PC_ROOT_IS_SLASH 8u /* its root is "/" */
#define PC_ROOT_SEVERAL 16u /* with PC_ROOT_SUBTREES: one of them may be below another */

/*
 * States where the names below begin, and classes of the root itself, in each slot's image.
 *
 * An element of the hash that is replaced is free for another key at once, while somebody may still
 * read it. So the value has its key at both ends (a copy may go in either direction): what was read
 * is believed only if both are, afterwards, what was asked for.
 */
struct pc_root {
	struct pc_root_key key;
	__u64 name;  /* hash of the place's path: a later daemon knows it by that */
	__u32 id;    /* for events; never reused */
	__u32 flags; /* PC_ROOT_* */
	__u32 state[PC_SLOTS][PC_AUTOMATA];
	__u32 self[PC_SLOTS][PC_AUTOMATA];
	struct pc_root_key again;
};

struct pc_class {
	__u32 of[PC_AUTOMATA]; /* one number an automaton */
};

/*
 * What is remembered of a name: numbers are its class (in pc_names), or the states behind a
 * directory (in pc_dirs). A name has one place in these tables, which another may take. The proof
 * mixes what tells the dentry (its address, parent, d_seq, hash, inode) and what holds for all
 * names (generation, version of the mount table, count of directories moved) with the numbers: an
 * entry that is old, torn or of another name does not prove itself.
 */
struct pc_cached {
	__u64 proof;
	__u32 number[PC_AUTOMATA];
};

/* The class, and what a label was allowed: see bpf/fast.bpf.h. As long as a cache line. */
struct pc_cached_name {
	struct pc_cached class;
	__u64 allowed_proof;
	__u32 allowed; /* operations */
	__u32 pad[7];
};

/* States behind a directory, and how many components its name has: the limit holds for a whole one.
 */
struct pc_cached_dir {
	struct pc_cached behind;
	__u32 depth; /* | PC_DIR_SEVERAL */
	__u32 pad;
};

/* Below the directory may be another one where names begin: see PC_ROOT_SEVERAL. */
#define PC_DIR_SEVERAL 0x80000000u

/*
 * The classes that names of a file have, in the table of a slot. Of class[i] the first word is
 * written last, and until then it is PC_LINK_UNKNOWN, as for a name that cannot be told. The key
 * has no generation of the inode: not every file system tells it.
 */
#define PC_LINKS_MAX 65536 /* files, unless the daemon is told otherwise */
#define PC_LINK_CLASSES 4  /* classes of one */
#define PC_LINK_UNKNOWN 0xffffffffu

struct pc_link_key {
	__u64 inode;
	__u32 dev;
	__u32 pad;
};

struct pc_linked {
	__u32 count; /* above PC_LINK_CLASSES: there are more, which nobody knows */
	struct pc_class class[PC_LINK_CLASSES];
};

/* Argument of the program pc_link_put: adds to the table of a slot. */
struct pc_link_put {
	struct pc_link_key key;
	__u32 slot;
	struct pc_linked names;
};

#define PC_NAMES_SHIFT 15
#define PC_DIRS_SHIFT 14

struct pc_component {
	__u32 length; /* of text, its leading '/' among it */
	__u32 igeneration;
	__u64 inode;
	__u8 text[264]; /* '/', then the name */
};

/* ---- labels -------------------------------------------------------------------------------- */

struct pc_label {
	__u64 cgroup;	  /* id of the cgroup it was worked out for */
	__u64 generation; /* whose indexes it holds */
	__u32 count;
	__u32 overflow; /* wanted more than PC_LAYERS_MAX: fail closed */
	__u32 ops;	/* operations that its layers speak of, in that generation */
	__u32 pad;
	__u64 digest; /* of the layers, in their order */
	__u32 policy[PC_LAYERS_MAX];
	__u32 layer_ops[PC_LAYERS_MAX]; /* of each layer's policy: PC_P_OPS */
	__u16 index[PC_LAYERS_MAX];
	__u16 row[PC_LAYERS_MAX]; /* PC_P_COUNTER */
};

/* Task storage. */
struct pc_task {
	struct pc_label label;
	__u64 exec_generation; /* of exec_lists */
	__u32 exec_level; /* files checked in this exec: 1 the program or script, 2 its interpreter,
			     … */
	__u32 exec_lists[PC_AUTOMATA]; /* subject lists of the program or script */
	__u32 pad;
};

/* ---- reasons and counters ------------------------------------------------------------------ */

/* Why a decision is what it is. X(symbol, name) */
#define PC_REASONS(X)                                                                              \
	X(RULE, "rule")			     /* a rule matched */                                  \
	X(DEFAULT, "default")		     /* none did, and the section denies */                \
	X(DEPTH, "name-too-deep")	     /* more than PC_DEPTH_MAX components */               \
	X(LENGTH, "name-too-long")	     /* a component beyond PC_COMPONENT_MAX */             \
	X(RACE, "name-moved")		     /* two retries met a rename */                        \
	X(DISCONNECTED, "name-disconnected") /* the walk ended at no root */                       \
	X(SCRATCH, "no-scratch")	     /* no buffer was free */                              \
	X(SWITCH, "image-switched")	     /* two images gone while deciding */                  \
	X(IMAGE, "no-image")		     /* the slot's maps cannot be read */                  \
	X(LABEL, "label-unreadable")	     /* the label is busy or cannot be made */             \
	X(OVERFLOW, "too-many-layers")	     /* more than PC_LAYERS_MAX */                         \
	X(LINKS, "names-unknown")	     /* not all names of the file are known */

enum pc_reason {
#define PC_X(symbol, name) PC_REASON_##symbol,
	PC_REASONS(PC_X)
#undef PC_X
		PC_REASON_COUNT
};

enum pc_decision { PC_ALLOWED, PC_DENIED, PC_AUDITED, PC_DECISIONS };

/* pc_counters, one row a policy: exact, per CPU. */
struct pc_counter_row {
	__u64 of[PC_OP_COUNT][PC_DECISIONS];
};

/* pc_stats, per CPU. */
struct pc_stats {
	__u64 reported; /* events there were */
	__u64 dropped;	/* of these, not delivered: the ring was full */
	__u64 reasons[PC_REASON_COUNT];
	__u64 name_cache_hits;
	__u64 dir_cache_hits;
	__u64 walks;
	__u64 retries; /* decisions begun again because the image changed */
};

/* ---- events -------------------------------------------------------------------------------- */

/* Hooks, as events name them. */
#define PC_HOOKS(X)                                                                                \
	X(bprm_creds_for_exec)                                                                     \
	X(bprm_check_security)                                                                     \
	X(file_open)                                                                               \
	X(file_receive)                                                                            \
	X(mmap_file)                                                                               \
	X(file_mprotect)                                                                           \
	X(inode_create)                                                                            \
	X(inode_mkdir)                                                                             \
	X(inode_mknod)                                                                             \
	X(inode_symlink)                                                                           \
	X(inode_link)                                                                              \
	X(inode_unlink)                                                                            \
	X(inode_rmdir)                                                                             \
	X(inode_rename)                                                                            \
	X(inode_setattr)                                                                           \
	X(inode_setxattr)                                                                          \
	X(inode_removexattr)                                                                       \
	X(inode_set_acl)                                                                           \
	X(inode_remove_acl)                                                                        \
	X(inode_file_setattr)                                                                      \
	X(file_ioctl)                                                                              \
	X(file_ioctl_compat)                                                                       \
	X(file_lock)                                                                               \
	X(file_fcntl)                                                                              \
	X(sb_mount)                                                                                \
	X(sb_kern_mount)                                                                           \
	X(sb_remount)                                                                              \
	X(sb_umount)                                                                               \
	X(sb_pivotroot)                                                                            \
	X(move_mount)                                                                              \
	X(path_chroot)                                                                             \
	X(ptrace_access_check)                                                                     \
	X(ptrace_traceme)

enum pc_hook {
#define PC_X(name) PC_HOOK_##name,
	PC_HOOKS(PC_X)
#undef PC_X
		PC_HOOK_COUNT
};

#define PC_EVENT_TRUNCATED 1u	 /* the path's beginning did not fit */
#define PC_EVENT_FOREIGN 2u	 /* on a file system outside the host's mount table */
#define PC_EVENT_FILELESS 4u	 /* the object has no name; the path is what its dentry says */
#define PC_EVENT_NEW_NAME 8u	 /* second name of an operation on two (link, rename) */
#define PC_EVENT_DELETED 32u	 /* the object had this name when it was deleted */
#define PC_EVENT_NO_OBJECT 64u	 /* the operation has none, so the event no path */
#define PC_EVENT_SAME 128u	 /* the object is a task that a policy which denied confines, too */
#define PC_EVENT_OTHER_NAME 256u /* the name used alone would not have been denied, or reported */
#define PC_EVENT_FALLBACK 16u	 /* decided by the image a passed deadline brought back */

/* Behind it: exe_length bytes of the executable's path, then path_length bytes of the object's.
 * Paths are relative to the root with the id given. */
struct pc_event {
	__u64 time; /* ns since boot */
	__u64 sequence;
	__u64 generation;
	__u64 revision;
	__u64 cgroup;
	__u64 inode;
	__u32 size; /* of the record */
	__u32 policy;
	__u32 rule; /* number in the image's table of rules */
	__u32 op;
	__u32 decision; /* enum pc_decision */
	__u32 reason;	/* enum pc_reason */
	__u32 hook;	/* enum pc_hook */
	__s32 err;	/* positive errno */
	__u32 killed;
	__u32 flags; /* PC_EVENT_* */
	__u32 pid;
	__u32 tgid;
	__u32 ppid;
	__u32 uid;
	__u32 euid;
	__u32 gid;
	__u32 loginuid;
	__u32 session;
	__u32 mount_namespace;
	__u32 dev;
	__u32 exe_root;
	__u32 path_root;
	__u32 exe_length;
	__u32 path_length;
	char comm[16];
};

#define PC_GROUPS_MAX                                                                              \
	64 /* supplementary groups looked at; whoever has more matches every group key */

/* Who a task is, as far as subjects ask. */
struct pc_identity {
	__u32 uid[4]; /* real, effective, saved, file system */
	__u32 loginuid;
	__u32 group_count; /* may be larger than PC_GROUPS_MAX */
	__u32 gid[4];	   /* as the uids */
	__u32 group[PC_GROUPS_MAX];
};

#define PC_SCRATCH_WORK 96
/* Scratches of each CPU, and for all together: preempted tasks keep theirs, and a small machine has
 * many tasks, too. */
#define PC_SCRATCH_A_CPU 4
#define PC_SCRATCH_SHARED 60

/* A buffer a decision borrows while it works on a name or an event. */
struct pc_scratch {
	__u32 busy;
	__u32 depth;
	struct pc_component component[PC_DEPTH_MAX];
	__u64 work[PC_SCRATCH_WORK]; /* of the hook: bpf/check.bpf.h */
	struct pc_identity identity;
	struct pc_task transient; /* a label that could not be kept */
	struct pc_event event;
	__u8 tail[2 * (PC_EVENT_PATH_MAX + 512)];
};

#endif
