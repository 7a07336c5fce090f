/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every code a diagnostic of the policy language can carry: one table, from which help derives. */
#ifndef PC_DIAG_CODES_H
#define PC_DIAG_CODES_H

/*
 * X(symbol, number, what it means). Numbers are never reused: 00 texts and YAML, 01 keys and
 * values, 02 subjects, 03 rules, 04 objects, 05 files together, 06 not supported by this version,
 * 07 questionable though valid, 08 beyond what the kernel's tables hold.
 */
#define PC_CODES(X)                                                                                \
	X(MORE, 1, "more of the kind in this file than are shown")                                 \
	X(READ, 2, "a file or folder cannot be read")                                              \
	X(TOO_LARGE, 3, "a text is larger than 16 MiB")                                            \
	X(ENCODING, 4, "a text is not UTF-8")                                                      \
	X(CONTROL, 5, "NUL, another control character, or an invisible one")                       \
	X(EMPTY, 6, "a text holds nothing")                                                        \
	X(SYNTAX, 10, "the text is not YAML")                                                      \
	X(FLOW_UNQUOTED, 11, "an item inside [ ] or { } needs quotes")                             \
	X(TWO_LINES, 12, "an unquoted text runs over two lines")                                   \
	X(ANCHOR, 13, "YAML anchors are not part of the language")                                 \
	X(ALIAS, 14, "YAML aliases are not part of the language")                                  \
	X(TAG, 15, "YAML tags are not part of the language")                                       \
	X(DIRECTIVE, 16, "YAML directives are not part of the language")                           \
	X(DOCUMENT, 17, "a file holds one document")                                               \
	X(KEY_TWICE, 18, "a key stands twice in one mapping")                                      \
	X(NO_VALUE, 19, "a key or item has no value")                                              \
	X(NESTING, 20, "nested more than 16 levels deep")                                          \
	X(KEY_KIND, 21, "a key is not a text")                                                     \
	X(FORMAT, 101, "`portcullis:` does not name a format this version reads")                  \
	X(KEY_UNKNOWN, 102, "a key that the language does not have")                               \
	X(KEY_MISSING, 103, "a required key is missing")                                           \
	X(MODE, 104, "a mode that does not exist")                                                 \
	X(TYPE, 105, "a value of the wrong kind: text, list or mapping")                           \
	X(NAME, 106, "a policy name that is not one")                                              \
	X(KEY_PLACE, 107, "a key that belongs in another kind of file")                            \
	X(DEFAULT_MISSING, 108, "a section with `allow:` must state its `default:`")               \
	X(DEFAULT, 109, "a default is `allow` or `deny`")                                          \
	X(DEFAULT_TWICE, 110, "two files of a policy state different defaults")                    \
	X(SECTION_EMPTY, 111, "a section that says nothing")                                       \
	X(TEXT_LONG, 112, "a text for people that is too long or over several lines")              \
	X(BOOLEAN, 113, "`true` or `false` was expected")                                          \
	X(VAR_NAME, 120, "a variable name that is not one")                                        \
	X(VAR_UNKNOWN, 121, "a variable that is not defined")                                      \
	X(VAR_TWICE, 122, "a variable that is defined twice")                                      \
	X(VAR_CYCLE, 123, "a variable that is made of itself")                                     \
	X(VAR_UNUSED, 124, "a variable that nothing uses")                                         \
	X(VAR_DEEP, 125, "variables that use variables more than 16 levels deep")                  \
	X(SUBJECT, 201, "a subject that is neither `system` nor a list of items")                  \
	X(SUBJECT_MANY, 202, "more than 32 items in a subject")                                    \
	X(USER_UNKNOWN, 203, "a user this host does not know")                                     \
	X(GROUP_UNKNOWN, 204, "a group this host does not know")                                   \
	X(ID, 205, "a number or range of ids that is not one")                                     \
	X(LOOKUP, 206, "a user, group or path that could not be looked up")                        \
	X(UNIT, 207, "a unit or slice name that is not one")                                       \
	X(CGROUP, 208, "a cgroup path that is not one")                                            \
	X(EXE_MISSING, 209, "an executable this host does not have")                               \
	X(LIST_EMPTY, 210, "an empty list where it could never match")                             \
	X(SUBJECT_KEYS, 211, "more than one of `unit`, `slice` and `cgroup` in one item")          \
	X(UNIT_MISSING, 212, "a unit of which this host has no file")                              \
	X(CGROUP_MISSING, 213, "a slice or cgroup this host does not have now")                    \
	X(RULE, 301, "a rule that is empty or of the wrong kind")                                  \
	X(OP_MISSING, 302, "a rule without an operation where the section needs one")              \
	X(OP_UNKNOWN, 303, "an operation that does not exist")                                     \
	X(OP_SECTION, 304, "an operation of another section")                                      \
	X(OP_TWICE, 305, "an operation named twice in one rule")                                   \
	X(OBJECT_MISSING, 306, "an operation without an object")                                   \
	X(RULE_BYTE, 307, "a control character in a rule")                                         \
	X(ACTION, 308, "an action that does not exist")                                            \
	X(ERRNO, 309, "an error name that does not exist")                                         \
	X(DENY_ONLY, 310, "a key that only deny rules may carry")                                  \
	X(PATH_RELATIVE, 401, "a path that does not begin with /")                                 \
	X(PATH_COMPONENT, 402, "a path with a `.`, `..` or empty component")                       \
	X(GLOB, 403, "a path pattern that cannot be read")                                         \
	X(RESOLVED, 404, "a path runs through a link or bind mount and was resolved")              \
	X(EXPANSION, 405, "a pattern with too many alternatives to look for links in each")        \
	X(PATH_MISSING, 406, "a rule's path that this host does not have")                         \
	X(POLICY_TWICE, 501, "two files with one policy name")                                     \
	X(INCLUDE_MISSING, 502, "an include that does not exist")                                  \
	X(INCLUDE_CYCLE, 503, "an include that includes itself")                                   \
	X(INCLUDE_NAME, 504, "an include name that is not one")                                    \
	X(INCLUDE_TWICE, 505, "an include listed twice")                                           \
	X(DROPIN_ORPHAN, 506, "a drop-in of a policy that does not exist")                         \
	X(POLICIES_MANY, 507, "more than 1024 policies")                                           \
	X(FILE_NAME, 508, "a file that is ignored because of its name")                            \
	X(TEXT_TWICE, 509, "two includes or drop-ins with one name")                               \
	X(NO_SECTION, 601, "a section this version does not support")                              \
	X(NO_KEY, 602, "a key this version does not support")                                      \
	X(NO_OBJECT, 603, "a kind of object this version does not support")                        \
	X(NO_MODE, 604, "a mode this version does not support")                                    \
	X(NO_OP, 605, "an operation this version does not support")                                \
	X(RULE_TWICE, 701, "the same rule stands twice")                                           \
	X(ALLOW_DENIED, 702, "an allow that a deny takes away entirely")                           \
	X(CONFINES_NOTHING, 703, "a policy without a section")                                     \
	X(ALLOWS_NOTHING, 704, "a section that denies everything")                                 \
	X(DIRECTORY_ITSELF, 705, "`/dir/**` without `/dir` itself")                                \
	X(ALLOW_IDLE, 706, "an allow in a section that allows by default")                         \
	X(TOO_MUCH, 707, "too many rules to compare each with each")                               \
	X(VALUE_TWICE, 708, "the same object, value or item stands twice in a rule or subject")    \
	X(IMPLIED, 709, "what a file section denies beside its rules")                             \
	X(TAMPER, 710, "nobody may get at the enforcer, the service manager included")             \
	X(UNGUARDED, 711, "a policy that does not guard the enforcer")                             \
	X(GLOBS_LARGE, 801, "patterns too many or too loose for the kernel's tables")              \
	X(TABLES_LARGE, 802, "policies too large for the kernel's tables")                         \
	X(RANGES_MANY, 803, "a subject with too many ranges of ids")                               \
	X(SURVIVAL, 804, "what this host needs to survive would be denied")

enum pc_code {
#define PC_X(symbol, number, meaning) PC_CODE_##symbol = (number),
	PC_CODES(PC_X)
#undef PC_X
};

#endif
