/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* policyctl: the table of its commands, from which help, completion and errors of usage derive. */
#include <libsmartcols/libsmartcols.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <string.h>

#include "commands.h"
#include "control.h"
#include "store.h"

#define LIFE "Life cycle"
#define QUESTIONS "Questions"
#define OBSERVE "Observe"
#define EMERGENCY "Emergency"
#define OTHER "Other"

#define COMMENT                                                                                    \
	{                                                                                          \
		.name = "comment", .value = "TEXT", .help = "why; kept in the history"             \
	}
#define EXPECT                                                                                     \
	{                                                                                          \
		.name = "expect", .value = "REV",                                                  \
		.help = "only if this revision is still active (0: none yet)"                      \
	}
#define FORCE                                                                                      \
	{                                                                                          \
		.name = "force", .help = "even if it locks out what the host needs to be mended"   \
	}
#define CONFIRM                                                                                    \
	{                                                                                          \
		.name = "confirm", .value = "TIME",                                                \
		.help = "the kernel goes back by itself unless confirmed in time, as in 5m"        \
	}
#define OFFLINE                                                                                    \
	{                                                                                          \
		.name = "offline", .help = "change the store itself, where no enforcerd runs"      \
	}

static const struct ctl_option apply_options[] = {
	CONFIRM, FORCE, EXPECT, COMMENT, OFFLINE, {0},
};
static const struct ctl_option off_options[] = {
	{.name = "for", .value = "TIME", .help = "on again by itself after this time, as in 15m"},
	{.name = "reason",
	 .value = "TEXT",
	 .help = "why; required, and shown by status",
	 .required = true},
	OFFLINE,
	{0},
};
static const struct ctl_option on_options[] = {OFFLINE, {0}};
static const struct ctl_option show_options[] = {
	{.name = "revision", .value = "REV", .help = "as it is in this revision"},
	{.name = "text", .help = "the texts as they were applied"},
	{0},
};
static const struct ctl_option list_options[] = {
	{.name = "revision", .value = "REV", .help = "of this revision, not of the active one"},
	{0},
};
static const struct ctl_option history_options[] = {
	{.name = "limit", .letter = 'n', .value = "N", .help = "so many of the newest (20)"},
	{0},
};
static const struct ctl_option check_options[] = {
	{.name = "as",
	 .value = "WHO",
	 .help = "the task: unit=X, cgroup=X, exe=X, user=X or pid=N; several add up"},
	{.name = "policy", .value = "FILE", .help = "ask this file or folder, not the store"},
	{.name = "revision", .value = "REV", .help = "ask this revision, not the active one"},
	{.name = "literal", .help = "take OBJECT as it is, without following links"},
	{0},
};
static const struct ctl_option events_options[] = {
	{.name = "follow", .letter = 'f', .help = "go on with those that come"},
	{.name = "number", .letter = 'n', .value = "N", .help = "at most so many of the past (50)"},
	{.name = "policy", .value = "POLICY", .help = "of this policy only"},
	{.name = "decision",
	 .value = "WHICH",
	 .help = "denied or audited only",
	 .choices = "denied audited"},
	{0},
};
static const struct ctl_option why_options[] = {
	{.name = "last", .help = "the newest event"},
	{.name = "policy", .value = "POLICY", .help = "the newest event of this policy"},
	{0},
};

#define CHANGE_MAX UINT_MAX

const struct ctl_command ctl_commands[] = {
	{
		.name = "lint",
		.group = LIFE,
		.operands = "[FILE|FOLDER]...",
		.summary = "check policies and say all that is wrong or questionable",
		.details = "Without operands the policy folders are checked, complete. A file is "
			   "checked together with the includes of the policy folders; \"-\" is "
			   "standard input.\n\nStatus 0: nothing to say but notes; 1: warnings; 3: "
			   "errors.",
		.max = CHANGE_MAX,
		.operand = CTL_OPERAND_FILE,
		.run = ctl_cmd_lint,
	},
	{
		.name = "diff",
		.group = LIFE,
		.operands = "[FILE|FOLDER|REV [FILE|FOLDER|REV]]",
		.summary = "show what differs in meaning, rule by rule",
		.details =
			"Without operands: from the active revision to the policy folders. FILE: "
			"from the active revision to what applying FILE would make of it. REV: "
			"from "
			"that revision to the active one. Two operands: from the one to the other, "
			"each alone.\n\nOrder, spelling and comments make no difference. Status 0: "
			"no difference; 1: there are some.",
		.max = 2,
		.operand = CTL_OPERAND_FILE,
		.run = ctl_cmd_diff,
	},
	{
		.name = "plan",
		.group = LIFE,
		.operands = "[FILE|FOLDER]...",
		.summary = "show what apply would change, with all its checks",
		.details =
			"Goes as far as apply does without changing anything: what enforcerd would "
			"refuse is refused here with the same status. Status 0: nothing would "
			"change; 1: something would.",
		.options = (const struct ctl_option[]){FORCE, EXPECT, OFFLINE, {0}},
		.max = CHANGE_MAX,
		.operand = CTL_OPERAND_FILE,
		.run = ctl_cmd_plan,
	},
	{
		.name = "apply",
		.group = LIFE,
		.operands = "[FILE|FOLDER]...",
		.summary = "put policies into force",
		.details =
			"Without operands the policy folders become the set in force, complete; "
			"what "
			"they take back of changes made otherwise is printed. With operands the "
			"active set goes on with these added or replaced. Returns when the kernel "
			"enforces it.\n\n  policyctl apply web.yaml --confirm 5m   and then, if "
			"you can "
			"still work:\n  policyctl confirm",
		.options = apply_options,
		.max = CHANGE_MAX,
		.operand = CTL_OPERAND_FILE,
		.run = ctl_cmd_apply,
	},
	{
		.name = "remove",
		.group = LIFE,
		.operands = "POLICY...",
		.summary = "take policies out of force",
		.options = apply_options,
		.min = 1,
		.max = CHANGE_MAX,
		.operand = CTL_OPERAND_POLICY,
		.run = ctl_cmd_remove,
	},
	{
		.name = "confirm",
		.group = LIFE,
		.summary = "keep a change made with --confirm",
		.run = ctl_cmd_confirm,
	},
	{
		.name = "cancel",
		.group = LIFE,
		.summary = "take back a change that waits to be confirmed",
		.run = ctl_cmd_cancel,
	},
	{
		.name = "rollback",
		.group = LIFE,
		.operands = "[REV]",
		.summary = "bring back an earlier revision",
		.details = "Without REV: what was active before. A new revision with the same "
			   "inputs is "
			   "made; nothing in the history changes.",
		.options = apply_options,
		.max = 1,
		.run = ctl_cmd_rollback,
	},
	{
		.name = "mode",
		.group = LIFE,
		.operands = "POLICY enforce|audit",
		.summary = "have a policy block, or only report what it would block",
		.details = "Overrides what the policy says of itself until it is applied again.",
		.options = apply_options,
		.min = 2,
		.max = 2,
		.operand = CTL_OPERAND_POLICY,
		.words = "enforce audit",
		.run = ctl_cmd_mode,
	},
	{
		.name = "history",
		.group = LIFE,
		.summary = "list the revisions, the newest first",
		.options = history_options,
		.run = ctl_cmd_history,
	},
	{
		.name = "list",
		.group = LIFE,
		.summary = "list the policies of the active revision",
		.options = list_options,
		.run = ctl_cmd_list,
	},
	{
		.name = "show",
		.group = LIFE,
		.operands = "[POLICY|REV]",
		.summary = "show a policy as it was understood, or what a revision holds",
		.details = "Without an operand: the active revision. Paths are canonical, as the "
			   "kernel "
			   "sees them.",
		.options = show_options,
		.max = 1,
		.operand = CTL_OPERAND_POLICY,
		.run = ctl_cmd_show,
	},
	{
		.name = "verify",
		.group = LIFE,
		.summary = "compare what the kernel holds with the active revision",
		.run = ctl_cmd_verify,
	},
	{
		.name = "check",
		.group = QUESTIONS,
		.operands = "SECTION OPERATION [OBJECT]",
		.summary = "ask whether something is allowed, and which rules say so",
		.details = "The answer comes from the decision code that the kernel runs. Without "
			   "--as: "
			   "with --policy the subject of every policy in it, otherwise the process "
			   "that "
			   "called policyctl. OBJECT is a path, or \"fileless\"; in process "
			   "\"same\" or \"any\"; operations of kernel have none.\n\n  "
			   "policyctl "
			   "check --as unit=nginx.service file write /srv/www/index.html\n  "
			   "policyctl check "
			   "--policy web.yaml exec run /bin/sh\n\nStatus 0: allowed; 1: denied.",
		.options = check_options,
		.min = 2,
		.max = 3,
		.operand = CTL_OPERAND_WORDS,
		.words = "exec file kernel process",
		.run = ctl_cmd_check,
	},
	{
		.name = "why",
		.group = QUESTIONS,
		.operands = "[SEQUENCE]",
		.summary = "explain an event: the rule that decided, and the others that matched",
		.details = "SEQUENCE is the event's number in events --json; --last is the newest.",
		.options = why_options,
		.max = 1,
		.run = ctl_cmd_why,
	},
	{
		.name = "events",
		.group = OBSERVE,
		.summary = "show what was denied, or would have been",
		.options = events_options,
		.run = ctl_cmd_events,
	},
	{
		.name = "status",
		.group = OBSERVE,
		.summary = "say what is in force, and what needs an eye",
		.run = ctl_cmd_status,
	},
	{
		.name = "stats",
		.group = OBSERVE,
		.summary = "count decisions by policy and operation",
		.run = ctl_cmd_stats,
	},
	{
		.name = "doctor",
		.group = OBSERVE,
		.summary = "try out what this host can enforce",
		.run = ctl_cmd_doctor,
	},
	{
		.name = "off",
		.group = EMERGENCY,
		.summary = "stop enforcing",
		.details = "Nothing is denied until \"policyctl on\", or until the time given is "
			   "over. "
			   "Labels go on being kept. If policyctl cannot run any more, boot with "
			   "portcullis=off on the kernel command line.",
		.options = off_options,
		.run = ctl_cmd_off,
	},
	{
		.name = "on",
		.group = EMERGENCY,
		.summary = "enforce again",
		.options = on_options,
		.run = ctl_cmd_on,
	},
	{
		.name = "schema",
		.group = OTHER,
		.summary = "print the JSON Schema of policies, for editors",
		.run = ctl_cmd_schema,
	},
	{
		.name = "completion",
		.group = OTHER,
		.operands = "bash|zsh",
		.summary = "print the completion script of a shell",
		.min = 1,
		.max = 1,
		.operand = CTL_OPERAND_WORDS,
		.words = "bash zsh",
		.run = ctl_cmd_completion,
	},
	{
		.name = "version",
		.group = OTHER,
		.summary = "print the version",
		.run = ctl_cmd_version,
	},
	{
		.name = "help",
		.group = OTHER,
		.operands = "[COMMAND]",
		.summary = "print help, on one command if named",
		.max = 1,
		.operand = CTL_OPERAND_COMMAND,
		.run = ctl_cmd_help,
	},
	{0},
};

static int run(struct ctl *ctl)
{
	if (ctl_flag(ctl, "help"))
		return ctl_print_any_help(ctl, ctl->command);
	if (ctl_flag(ctl, "version"))
		return ctl_cmd_version(ctl);
	if (!ctl->command) {
		ctl_print_help(ctl, stderr);
		return PC_EXIT_USAGE;
	}
	return ctl->command->run(ctl);
}

int main(int argc, char **argv)
{
	struct ctl ctl = {.socket = PC_SOCKET_PATH, .store = PC_STORE_PATH};
	int status;

	setlocale(LC_CTYPE, "");
	signal(SIGXFSZ, SIG_IGN); /* a file size limit is an error of the store, not our end */
	scols_init_debug(0);
	status = ctl_parse_arguments(&ctl, argc, argv);
	if (!status)
		status = run(&ctl);
	/* An answer that was not written is not an answer. */
	if (fflush(stdout) || ferror(stdout)) {
		ctl_error(&ctl, "cannot write the answer: %m");
		return PC_EXIT_INTERNAL;
	}
	return status;
}
