What is valid and yet hardly meant: lint says it, and so does whatever puts it into force.
$ policyctl lint doubtful.yaml nothing.yaml
doubtful.yaml:6:12: note[PC0709]: this also denies what goes around names: mounts and raw devices (kernel), tracing others (process), settings that start programs
    6 |   default: deny
      |            ^~~~ a section that is written holds instead, as in "kernel: {default: allow}"; a setting is allowed by its whole name
doubtful.yaml:9:7: warning[PC0702]: this allows nothing: all of it is denied in doubtful.yaml:12
    9 |     - read /opt/golden/secret/key
      |       ^~~~~~~~~~~~~~~~~~~~~~~~~~~ a matching deny wins, wherever it stands
doubtful.yaml:9:12: note[PC0406]: /opt/golden/secret/key does not exist on this host
    9 |     - read /opt/golden/secret/key
      |            ^~~~~~~~~~~~~~~~~~~~~~
doubtful.yaml:10:7: warning[PC0701]: the same rule stands in doubtful.yaml:8
   10 |     - read /opt/golden/www/**
      |       ^~~~~~~~~~~~~~~~~~~~~~~ take one of them out
doubtful.yaml:12:7: note[PC0705]: /opt/golden/secret/** is everything below /opt/golden/secret, but not /opt/golden/secret itself
   12 |     - all /opt/golden/secret/**
      |       ^~~~~~~~~~~~~~~~~~~~~~~~~ add the directory if it is meant, too
nothing.yaml:2:9: warning[PC0703]: policy "nothing" confines nothing
    2 | policy: nothing
      |         ^~~~~~~ it needs a section, such as exec or file
0 errors, 3 warnings
[1]
$ policyctl lint --json doubtful.yaml | grep -E '"(warnings|code)"'
  "warnings": 2,
      "code": "PC0406",
      "code": "PC0701",
      "code": "PC0702",
      "code": "PC0705",
      "code": "PC0709",
$ policyctl apply --offline doubtful.yaml nothing.yaml
applied revision 1, 2 policies changed
  added  doubtful
  added  nothing
! DIR/doubtful.yaml:9:7: warning[PC0702]: this allows nothing: all of it is denied in DIR/doubtful.yaml:12
!     9 |     - read /opt/golden/secret/key
!       |       ^~~~~~~~~~~~~~~~~~~~~~~~~~~ a matching deny wins, wherever it stands
! DIR/doubtful.yaml:10:7: warning[PC0701]: the same rule stands in DIR/doubtful.yaml:8
!    10 |     - read /opt/golden/www/**
!       |       ^~~~~~~~~~~~~~~~~~~~~~~ take one of them out
! DIR/nothing.yaml:2:9: warning[PC0703]: policy "nothing" confines nothing
!     2 | policy: nothing
!       |         ^~~~~~~ it needs a section, such as exec or file
! policyctl: enforcerd puts it into force when it starts
$ policyctl -q apply --offline doubtful.yaml
nothing to change: revision 1
$ policyctl lint everybody.yaml upgrader.yaml
everybody.yaml:6:7: warning[PC0710]: this denies tamper to every task: the service manager can neither stop nor start enforcerd
    6 |     - tamper
      |       ^~~~~~ allow: tamper, and deny it to narrower subjects
0 errors, 1 warning
[1]
