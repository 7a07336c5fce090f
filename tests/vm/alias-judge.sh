# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by suite-alias.sh: each cell in one line, a result for each technique and who uses it, and
# what docs/aliases.md should say.
# shellcheck shell=bash disable=SC2154

section off >"$work/off"
section on >"$work/on"
section list >"$work/list"
section stats >"$work/stats"

# Prints "technique, who, what is wrong" and "technique, who, table, letters"; cells go to a file.
awk -F '\t' -v cells="$work/cells" '
function wrong(text) {
	print $2 "\t" $3 "\twrong\t" $1 " " $4 " " $5 ": " text
}
function note(letter,   key) {
	key = $2 SUBSEP $3
	if (!index(proven[key], letter))
		proven[key] = proven[key] letter
}
# In order of the operations, whatever the order of the cells.
function in_order(letters,   i, text, c) {
	for (i = 1; i <= 12; i++) {
		c = substr("rwpdxmRWPDXM", i, 1)
		if (index(letters, c))
			text = text c
	}
	return text (index(letters, "t") ? "t" : "")
}
BEGIN { split("read r write w replace p delete d execute x map m", a, " ")
	for (i = 1; i in a; i += 2)
		letter[a[i]] = a[i + 1] }
FILENAME ~ /list$/ { fails[$1] = $3; names[++n] = $1; next }
{ key = $1 FS $2 FS $3 FS $4 FS $5 }
FILENAME ~ /off$/ {
	off[key] = $7
	who[$3] = 1
	if ($7 != "reached")
		print $2 ", " $5 ", " $3 ", " $4 ", policy " $1 ": n/a: " $7 >cells
	next
}
{
	ran[key] = 1
	print $2 ", " $5 ", " $3 ", " $4 (free($4) ? " (free)" : "") ", policy " $1 ": " \
		"reached, with enforcement " $7 ($6 == "known" ? " (known)" : "") >cells
	print $2 "\t" $3 "\tran"
	denied = $7 ~ /^(EACCES|EPERM) / || (fails[$2] != "-" && $7 == fails[$2])
	if ($6 == "reach" && $7 != "reached")
		wrong("should be reached, but: " $7)
	else if ($6 == "known" && $7 != "reached")
		wrong("is documented to be reached, but: " $7)
	else if ($6 == "deny" && !denied)
		wrong("should be denied, but: " $7)
	else if ($6 == "trick" && $7 !~ /^(EACCES|EPERM) in /)
		wrong("the trick should be denied, but: " $7)
	else if ($6 == "trick")
		note("t")
	else if ($6 == "known")
		note(toupper(letter[$5]))
	else if ($6 == "deny" && !free($4))
		note(letter[$5])
}
function free(place) { return place == "beside" || place == "approved" }
END {
	for (key in off)
		if (off[key] == "reached" && !(key in ran)) {
			split(key, f, FS)
			print f[2] "\t" f[3] "\twrong\t" f[4] " " f[5] ": not tried again"
		}
	for (i = 1; i <= n; i++)
		for (w in who)
			print names[i] "\t" w "\ttable\t" in_order(proven[names[i], w])
}' "$work/list" "$work/off" "$work/on" >"$work/judged"
sed 's/^/# /' "$work/cells"

cut -f 1 "$work/list" | while read -r name; do
	for who in root user userns; do
		grep -qP "^$name\t$who\tran" "$work/judged" && echo "$name $who"
	done
done >"$work/results"
while read -r name who; do
	sed -nE "s/^$name\t$who\twrong\t//p" "$work/judged" >"$work/wrong"
	judge "$name as $who" "$work/wrong"
done <"$work/results"

# The rows of the table in docs/aliases.md.
awk -F '\t' -v OFS=' | ' '
FILENAME ~ /judged$/ {
	if ($3 == "table")
		proven[$1, $2] = $4
	next
}
function shown(who,   text) {
	text = proven[$1, who]
	return text == "" ? "–" : text
}
{ print "| " $1, $2, shown("root"), shown("user"), shown("userns") " |" }
' "$work/judged" "$work/list" >"$work/table"

# ---- docs/aliases.md ----------------------------------------------------------------------------

# The page as it should be. A row "NAME (KERNEL)" is about that kernel alone.
page=$top/docs/aliases.md
awk -v kernel="($kernel)" '
function name_of(row,   f) {
	split(row, f, " [|] ")
	return substr(f[1], 3)
}
function print_row(row, own) {
	if (own)
		sub(/ [|]/, " " kernel " |", row)
	print row
}
FILENAME ~ /table$/ { names[++n] = name_of($0); found[names[n]] = $0; next }
/^## / { over = 1 }
over || !/^[|] [a-z0-9][a-z0-9-]* ([(][0-9.]+[)] )?[|]/ || /^[|] technique / {
	text[++lines] = $0
	next
}
{ row[name_of($0)] = $0; all[++rows] = name_of($0) }
function table(   i, j, name, parts) {
	for (i = 1; i <= n; i++) {
		name = names[i]
		print ((name " " kernel) in row) ? row[name] : found[name]
		for (j = 1; j <= rows; j++) {
			if (split(all[j], parts, " ") == 2 && parts[1] == name)
				print_row(parts[2] == kernel ? found[name] : row[all[j]],
					parts[2] == kernel)
		}
	}
}
END {
	for (l = 1; l <= lines; l++) {
		print text[l]
		if (text[l - 1] ~ /^[|] technique /)
			table()
	}
}' "$work/table" "$page" >"$work/page"
[ -z "${UPDATE:-}" ] || cp "$work/page" "$page"
diff "$page" "$work/page" >"$work/wrong"
judge the_table_in_docs_is_what_was_found "$work/wrong"
awk -F '\t' '$4 != "-" { print "`" $1 "`" }' "$work/list" | sort >"$work/known"
grep -oE '^- `[a-z0-9-]+`(, `[a-z0-9-]+`)*:' "$page" | grep -o '`[^`]*`' | sort |
	diff "$work/known" - >"$work/wrong"
judge docs_give_a_reason_for_all_that_is_reached "$work/wrong"
