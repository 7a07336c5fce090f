# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What the guests printed (files `ours` and `others`) as rows, for tests/bench/run:
#
#   POLICY TASK OPERATION NONE EMPTY OURS LANDLOCK APPARMOR HOOKS BAR VERDICT
#
# EMPTY, OURS, LANDLOCK and APPARMOR are above NONE of the same boot; `-` is what was not measured.
# HOOKS is how many programs an operation runs. BAR is the most that may be added to the empty
# programs, or to none where no hook runs. VERDICT is met or missed. A fork as a whole moves by some
# 1,000 instructions from run to run, with the pages it finds: vfork, which has the same hook, is judged.

BEGIN {
	split("create+unlink 3 rename 1 rename-dir 1 link+unlink 2 chmod 1 mmap 1 fork 1 vfork 1 " \
		"exec 10", list, " ")
	for (i = 1; i in list; i += 2)
		hooks_of[list[i]] = list[i + 1]
}

$1 == "at" { next }
$1 == "hooks" { next }
{
	boot = FILENAME
	sub(/.*\//, "", boot)
	value[boot, $1, $2, $3] = $4
	if (boot != "ours" || $1 == "none")
		next
	key[n++] = $1 " " $2 " " $3
}

function above(boot, thing, task, op) {
	if (!((boot, thing, task, op) in value))
		return "-"
	return value[boot, thing, task, op] - value[boot, "none", task, op]
}

function bar_of(task, op, hooks) {
	if (op ~ /^(stat|read|write|getpid)$/)
		return 0
	if (op ~ /^open/ && task == "other")
		return 120
	if (op == "open")
		return 450
	if (op == "open-new-file")
		return 1200
	if (op ~ /^open-/)
		return 2500
	return op == "fork" ? "-" : 300 * hooks
}

# By many rules the whole may cost 2 % more than by ten.
function verdict(policy, task, op, ours, empty, bar,   ten) {
	if (policy ~ /^[0-9]/) {
		ten = value["ours", "deny", task, op]
		return value["ours", policy, task, op] <= 1.02 * ten ? "met" : "missed"
	}
	if (bar == 0)
		return ours <= 2 ? "met" : "missed"
	if (empty == "-" || bar == "-")
		return "-"
	return ours - empty <= bar ? "met" : "missed"
}

END {
	for (i = 0; i < n; i++) {
		split(key[i], k, " ")
		empty = above("others", "empty", k[2], k[3])
		ours = above("ours", k[1], k[2], k[3])
		hooks = k[3] in hooks_of ? hooks_of[k[3]] : k[3] ~ /^open/ ? 1 : 0
		bar = k[1] ~ /^[0-9]/ ? "2%" : bar_of(k[2], k[3], hooks)
		print key[i], value["ours", "none", k[2], k[3]], empty, ours, \
			above("others", "landlock", k[2], k[3]), \
			above("others", "apparmor", k[2], k[3]), hooks, bar, \
			verdict(k[1], k[2], k[3], ours, empty, bar)
	}
}
