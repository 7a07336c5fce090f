# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Reads lines "look SET N NAME NUMBER..." of one run of so many changes, the last of which has the
# most, and says what has grown since a tenth of them: for tests/bench/resources and
# tests/vm/suite-growth.sh. Memory may be 3 % and 256 KiB more, nothing else anything.

$1 == "look" {
	at[++count] = $3
	for (i = 4; i < NF; i += 2)
		value[count, $i] = $(i + 1)
}

function compare(name, percent, slack,   was, is) {
	if (!((early, name) in value))
		return
	was = value[early, name]
	is = value[count, name]
	if (!is)
		print name " was not seen at the end"
	if (is > was * (1 + percent / 100) + slack)
		printf "%s grew from %d to %d between %d and %d changes\n", name, was, is, \
			at[early], at[count]
}

END {
	for (early = 1; early < count && at[early] * 10 < at[count]; early++)
		;
	if (count < 2 || early == count)
		print "nothing was looked at after a tenth of the changes"
	compare("anon", 3, 256)
	compare("map_kib", 3, 256)
	compare("descriptors", 0, 0)
	compare("maps", 0, 0)
	compare("blobs", 0, 0)
	compare("programs", 0, 0)
	compare("links", 0, 0)
	compare("pins", 0, 0)
}
