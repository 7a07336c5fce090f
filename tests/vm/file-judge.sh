# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by suite-file.sh: holds what the guest said against what the cells say.
# shellcheck shell=bash disable=SC2154

section off | cut -f 1 | paste "$work/table-off" - >"$work/off"
section on >"$work/on"
section stats >"$work/stats"
section events >"$work/events"

# Events, with what is looked at: pid, decision, policy, line, operation, path, killed, reason.
awk '
function value(key,   at, text) {
	at = index($0, "\"" key "\":")
	if (!at)
		return "-"
	text = substr($0, at + length(key) + 3)
	if (substr(text, 1, 1) == "\"") {
		text = substr(text, 2)
		gsub(/\\\\/, "\001", text)
		text = substr(text, 1, index(text, "\"") - 1)
		gsub("\001", "\\", text)
		return text
	}
	return substr(text, 1, match(text, /[,}]/) - 1)
}
{
	print value("pid") "\t" value("decision") "\t" value("policy") "\t" value("line") "\t" \
		value("operation") "\t" value("path") "\t" value("killed") "\t" value("reason")
}' "$work/events" >"$work/event-fields"

# Cells, what came of each, and its events: one line of complaint for each thing that is wrong, into
# a file a group of cells, and into files of their own for the cells' events.
awk -F '\t' -v work="$work" '
function wrong(file, text) {
	print text >(work "/wrong-" file)
}
FILENAME ~ /event-fields$/ {
	n = ++events[$1]
	event[$1, n] = $0
	next
}
FILENAME ~ /off$/ {
	if (off[$2, $3, $4] == "" || $5 != "ok")
		off[$2, $3, $4] = $5
	next
}
FILENAME ~ /on$/ { on[FNR] = $1; pid[FNR] = $2; next }
{
	what = $3 " " $4 ($5 == "-" ? "" : " " $5) " in " $2
	if (off[$3, $4, $5] != "ok")
		wrong("off", what ": " off[$3, $4, $5] " without enforcement")
	if (on[FNR] != $6)
		wrong($1, what ": " on[FNR] ", not " $6)
	look(pid[FNR])
}
# Fields 7 to 12 of a cell: what its events say; policy "-": there are none.
function look(pid,   i, f, n) {
	n = events[pid] + 0
	if ($7 == "-") {
		if (n)
			wrong("events", what ": nothing was to be denied: " event[pid, 1])
		return
	}
	if (n != 1 && !(n > 1 && $11 == "audited"))
		wrong("events", what ": " n " events")
	for (i = 1; i <= n; i++) {
		split(event[pid, i], f, "\t")
		same("decision", f[2], $11)
		same("policy", f[3], $7)
		same("line", f[4], $9)
		same("path", f[6], $10)
		same("killed", f[7], $6 == "SIGKILL" ? "true" : "false")
		same("reason", f[8], $12)
		if (index("," $8 ",", "," f[5] ",") == 0)
			wrong("events", what ": operation " f[5] ", not " $8)
		total[f[3], f[5], f[2]]++
	}
}
function same(key, is, should) {
	if (should != "-" && is != should)
		wrong("events", what ": " key " " is ", not " should)
}
END {
	for (key in total) {
		split(key, f, SUBSEP)
		print f[1] "\t" f[2] "\t" f[3] "\t" total[key] >(work "/totals")
	}
}' "$work/event-fields" "$work/off" "$work/on" "$work/cells"

# Counters: "policy operation allowed denied audited" a line, from pretty-printed JSON.
awk -F '[:,]' '
{ gsub(/[" ]/, "") }
$1 == "policy" { policy = $2 }
$1 == "operation" { operation = $2 }
$1 == "allowed" { allowed = $2 }
$1 == "denied" { denied = $2 }
$1 == "audited" { print policy "\t" operation "\t" allowed "\t" denied "\t" $2 }
$1 == "reported" || $1 == "dropped" || $1 == "delivered" || $1 == "name-too-deep" {
	print "all\t" $1 "\t" $2
}' "$work/stats" >"$work/counters"

# A policy with one cell that denies each time: counted as often as it was reported.
awk -F '\t' -v layered="outer inner" '
FILENAME ~ /totals$/ { total[$1, $2, $3] = $4; next }
$1 == "all" { all[$2] = $3; next }
index(" " layered " ", " " $1 " ") { next }
{
	compare($1 " " $2 " denied", $4, total[$1, $2, "denied"] + 0)
	if ($5 < total[$1, $2, "audited"] + 0)
		print $1 " " $2 " audited: " $5 " counted, " total[$1, $2, "audited"] " reported"
}
function compare(what, counted, should) {
	if (counted != should)
		print what ": " counted " counted, not " should
}
END {
	compare("reported", all["reported"], all["delivered"] + all["dropped"])
	compare("dropped", all["dropped"], 0)
}' "$work/totals" "$work/counters" >"$work/wrong-sums"
grep '^counted' "$work/counters" | sort | diff "$work/counted" - >"$work/wrong-counted"
awk -F '\t' -v should="$(cut -f 12 "$work/cells" | grep -c name-too-deep)" '
$1 == "all" && $2 == "name-too-deep" { counted = $3 }
END { if (counted != should) print counted + 0 " counted, not " should }
' "$work/counters" >"$work/wrong-depth-counter"

# The tables and the groups are not empty, whatever becomes of the code above.
[ "$(wc -l <"$work/on")" = "$(wc -l <"$work/cells")" ] ||
	echo "not all cells ran" >>"$work/wrong-off"
[ "$(grep -c denied "$work/event-fields")" -gt 500 ] ||
	echo "hardly any event" >>"$work/wrong-events"

touch "$work"/wrong-{off,events}
judge every_act_succeeds_without_enforcement "$work/wrong-off"
while read -r group; do
	touch "$work/wrong-$group"
	judge "$group" "$work/wrong-$group"
done < <(cut -f 1 "$work/cells" | awk '!seen[$0]++')
judge each_denial_yields_one_event_that_names_policy_line_operation_path "$work/wrong-events"
judge each_decision_is_counted_once "$work/wrong-counted"
judge as_many_are_counted_as_reported "$work/wrong-sums"
judge names_too_deep_are_counted "$work/wrong-depth-counter"
