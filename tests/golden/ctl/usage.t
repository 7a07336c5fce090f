What is not understood is answered with the nearest word and status 2.
$ policyctl lnit
! policyctl: error: there is no command "lnit"; did you mean "lint"?
! usage: policyctl [OPTION]... COMMAND; see policyctl help
[2]
$ policyctl hist
! policyctl: error: there is no command "hist"; did you mean "history"?
! usage: policyctl [OPTION]... COMMAND; see policyctl help
[2]
$ policyctl help hist
! policyctl: error: there is no command "hist"; did you mean "history"?
! usage: policyctl help [COMMAND]
[2]
$ policyctl check --policy web.yaml --revision 1 file read /x
! policyctl: error: --policy asks a file and --revision the store: give one
! usage: policyctl check [--as WHO] [--policy FILE] [--revision REV] [--literal] SECTION OPERATION [OBJECT]
[2]
$ policyctl frobnicate
! policyctl: error: there is no command "frobnicate"
! usage: policyctl [OPTION]... COMMAND; see policyctl help
[2]
$ policyctl lint --jsno
! policyctl: error: there is no option --jsno; did you mean --json?
! usage: policyctl lint [FILE|FOLDER]...
[2]
$ policyctl apply --offlin
! policyctl: error: there is no option --offlin; did you mean --offline?
! usage: policyctl apply [--confirm TIME] [--force] [--expect REV] [--comment TEXT] [--offline] [FILE|FOLDER]...
[2]
$ policyctl apply --confirm
! policyctl: error: --confirm needs a value: TIME
! usage: policyctl apply [--confirm TIME] [--force] [--expect REV] [--comment TEXT] [--offline] [FILE|FOLDER]...
[2]
$ policyctl apply --confirm soon web.yaml
! policyctl: error: --confirm: "soon" is not a time such as 5m (at most 1d)
! usage: policyctl apply [--confirm TIME] [--force] [--expect REV] [--comment TEXT] [--offline] [FILE|FOLDER]...
[2]
$ policyctl --color=green version
! policyctl: error: --color is one of: auto always never
! usage: policyctl [OPTION]... COMMAND; see policyctl help
[2]
$ policyctl rollback one
! policyctl: error: "one" is not the number of a revision
! usage: policyctl rollback [--confirm TIME] [--force] [--expect REV] [--comment TEXT] [--offline] [REV]
[2]
$ policyctl mode web
! policyctl: error: mode needs POLICY enforce|audit
! usage: policyctl mode [--confirm TIME] [--force] [--expect REV] [--comment TEXT] [--offline] POLICY enforce|audit
[2]
$ policyctl mode web learn
! policyctl: error: "learn" is no mode; there are enforce and audit
! usage: policyctl mode [--confirm TIME] [--force] [--expect REV] [--comment TEXT] [--offline] POLICY enforce|audit
[2]
$ policyctl check file frobnicate /x
! policyctl: error: "frobnicate" is no operation of file; there are read write append create delete rename link truncate chmod chown setattr lock ioctl move
! usage: policyctl check [--as WHO] [--policy FILE] [--revision REV] [--literal] SECTION OPERATION [OBJECT]
[2]
$ policyctl check net connect /x
! policyctl: error: "net" is no section of this version; there are exec, file, kernel, process
! usage: policyctl check [--as WHO] [--policy FILE] [--revision REV] [--literal] SECTION OPERATION [OBJECT]
[2]
$ policyctl check file read x
! policyctl: error: OBJECT is an absolute path or "fileless", not "x"
! usage: policyctl check [--as WHO] [--policy FILE] [--revision REV] [--literal] SECTION OPERATION [OBJECT]
[2]
$ policyctl history 1
! policyctl: error: history: what is "1"?
! usage: policyctl history [--limit N]
[2]
$ policyctl off
! policyctl: error: off needs --reason: whoever finds it so will want to know
! usage: policyctl off [--for TIME] --reason TEXT [--offline]
[2]
$ policyctl why
! policyctl: error: why needs the number of an event, or --last
! usage: policyctl why [--last] [--policy POLICY] [SEQUENCE]
[2]
$ policyctl help frobnicate
! policyctl: error: there is no command "frobnicate"
! usage: policyctl help [COMMAND]
[2]
$ policyctl -x
! policyctl: error: there is no option -x
! usage: policyctl [OPTION]... COMMAND; see policyctl help
[2]
