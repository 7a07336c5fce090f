/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line of enforcerd: one table, from which the help is printed too. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

enum {
	OPTION_STORE = 256,
	OPTION_SOCKET,
	OPTION_PIN_DIR,
	OPTION_EVENTS,
	OPTION_NO_CACHE,
	OPTION_LINKS,
	OPTION_PROBE,
	OPTION_UNLOAD,
	OPTION_FOREGROUND,
	OPTION_VERSION
};

static const struct {
	const char *name;
	int id;
	const char *value; /* NULL: it takes none */
	const char *help;
} table[] = {
	{"store", OPTION_STORE, "PATH", "the store (default " PC_STORE_PATH ")"},
	{"socket", OPTION_SOCKET, "PATH", "the control socket (default " PC_SOCKET_PATH ")"},
	{"pin-dir", OPTION_PIN_DIR, "DIR",
	 "where programs and maps are pinned (default " PC_PIN_DIR ");\n"
	 "with \"\" nothing is pinned, and enforcement ends with the daemon"},
	{"events", OPTION_EVENTS, "FILE",
	 "events as JSON Lines (default " PC_SINK_PATH ");\nwith \"\" there is no file"},
	{"no-cache", OPTION_NO_CACHE, NULL,
	 "walk every name: what caches answered must be the same"},
	{"links", OPTION_LINKS, "FILES", "files of several names to know of (default 65536)"},
	{"foreground", OPTION_FOREGROUND, NULL, "stay in the foreground: it always does"},
	{"probe", OPTION_PROBE, NULL,
	 "print what this host can enforce as JSON, and exit: 0, or 6 where it\n"
	 "cannot"},
	{"unload", OPTION_UNLOAD, NULL,
	 "remove everything from the kernel, and exit: nothing is enforced then"},
	{"verbose", 'v', NULL, "say more"},
	{"help", 'h', NULL, "print this"},
	{"version", OPTION_VERSION, NULL, "print the version"},
};

void pc_options_help(void)
{
	puts("Usage: enforcerd [OPTION]...\n"
	     "Enforces the active policies of the store inside the kernel, and answers policyctl.\n"
	     "What it put in force stays in force when it ends.\n");
	for (size_t i = 0; i < PC_ARRAY_SIZE(table); i++) {
		char left[64];
		const char *help = table[i].help;

		snprintf(left, sizeof(left), "--%s%s%s", table[i].name, table[i].value ? " " : "",
			 table[i].value ? table[i].value : "");
		printf("  %-16s  ", left);
		for (; *help; help++)
			if (*help == '\n')
				printf("\n%20s", "");
			else
				putchar(*help);
		putchar('\n');
	}
	puts("\nWith portcullis=off on the kernel command line it ends at once and loads nothing.");
}

static void fill_long_options(struct option options[PC_ARRAY_SIZE(table) + 1])
{
	for (size_t i = 0; i < PC_ARRAY_SIZE(table); i++)
		options[i] = (struct option){
			.name = table[i].name,
			.has_arg = table[i].value ? required_argument : no_argument,
			.val = table[i].id,
		};
	options[PC_ARRAY_SIZE(table)] = (struct option){0};
}

static int take_number(const char *text, uint32_t *ret_number)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (!number || *end || number > 1u << 24) {
		fprintf(stderr, "enforcerd: \"%s\" is no number from 1 to 2^24\n", text);
		return -EINVAL;
	}
	*ret_number = (uint32_t)number;
	return 0;
}

static int take(struct pc_options *options, int id)
{
	switch (id) {
	case OPTION_STORE:
		options->daemon.store = optarg;
		return 0;
	case OPTION_SOCKET:
		options->daemon.socket = optarg;
		return 0;
	case OPTION_PIN_DIR:
		options->daemon.pin_dir = optarg;
		return 0;
	case OPTION_EVENTS:
		options->daemon.events = optarg;
		return 0;
	case OPTION_NO_CACHE:
		options->daemon.no_cache = true;
		return 0;
	case OPTION_LINKS:
		return take_number(optarg, &options->daemon.links_max);
	case OPTION_FOREGROUND:
		return 0;
	case OPTION_PROBE:
		options->job = PC_JOB_PROBE;
		return 0;
	case OPTION_UNLOAD:
		options->job = PC_JOB_UNLOAD;
		return 0;
	case OPTION_VERSION:
		options->job = PC_JOB_VERSION;
		return 0;
	case 'h':
		options->job = PC_JOB_HELP;
		return 0;
	case 'v':
		options->verbose = true;
		return 0;
	default:
		return -EINVAL; /* getopt said what is wrong */
	}
}

int pc_options_parse(int argc, char **argv, struct pc_options *ret_options)
{
	struct option long_options[PC_ARRAY_SIZE(table) + 1];
	struct pc_options options = {
		.job = PC_JOB_RUN,
		.daemon = {.store = PC_STORE_PATH,
			   .socket = PC_SOCKET_PATH,
			   .pin_dir = PC_PIN_DIR,
			   .events = PC_SINK_PATH},
	};
	int id;

	fill_long_options(long_options);
	optind = 1;
	while ((id = getopt_long(argc, argv, "hv", long_options, NULL)) >= 0)
		if (take(&options, id))
			return -EINVAL;
	if (optind < argc) {
		fprintf(stderr, "enforcerd: unexpected \"%s\"; see enforcerd --help\n",
			argv[optind]);
		return -EINVAL;
	}
	*ret_options = options;
	return 0;
}
