Files and folders given together: none is lost because another has its name.
$ mkdir d1 d2 && sed 's/policy: backup/policy: one/' backup.yaml >d1/x.yaml && sed 's/policy: backup/policy: two/' backup.yaml >d2/x.yaml
$ policyctl lint d1 d2
d1/x.yaml:6:1: note[PC0709]: this also denies what goes around names: mounts and raw devices (kernel), tracing others (process), settings that start programs
    6 | file:
      | ^~~~ a section that is written holds instead, as in "kernel: {default: allow}"; a setting is allowed by its whole name
d2/x.yaml:6:1: note[PC0709]: this also denies what goes around names: mounts and raw devices (kernel), tracing others (process), settings that start programs
    6 | file:
      | ^~~~ a section that is written holds instead, as in "kernel: {default: allow}"; a setting is allowed by its whole name
2 policies, nothing wrong
$ policyctl lint d1/x.yaml d2/x.yaml d1/x.yaml
d1/x.yaml:6:1: note[PC0709]: this also denies what goes around names: mounts and raw devices (kernel), tracing others (process), settings that start programs
    6 | file:
      | ^~~~ a section that is written holds instead, as in "kernel: {default: allow}"; a setting is allowed by its whole name
d2/x.yaml:6:1: note[PC0709]: this also denies what goes around names: mounts and raw devices (kernel), tracing others (process), settings that start programs
    6 | file:
      | ^~~~ a section that is written holds instead, as in "kernel: {default: allow}"; a setting is allowed by its whole name
2 policies, nothing wrong
$ policyctl -q apply --offline d1/x.yaml d2/x.yaml
applied revision 1, 2 policies changed
  added  one
  added  two
$ policyctl -q apply --offline d1 d2
nothing to change: revision 1
$ policyctl list
POLICY  MODE   SECTIONS  SUBJECTS  RULES  ABOUT  FILE
one     audit  file             1      1  -      DIR/d1/x.yaml
two     audit  file             1      1  -      DIR/d2/x.yaml
$ mkdir d1/include d2/include && echo 'portcullis: 1' | tee d1/include/base.yaml >d2/include/base.yaml
$ policyctl lint d1 d2
d1/x.yaml:6:1: note[PC0709]: this also denies what goes around names: mounts and raw devices (kernel), tracing others (process), settings that start programs
    6 | file:
      | ^~~~ a section that is written holds instead, as in "kernel: {default: allow}"; a setting is allowed by its whole name
d2/x.yaml:6:1: note[PC0709]: this also denies what goes around names: mounts and raw devices (kernel), tracing others (process), settings that start programs
    6 | file:
      | ^~~~ a section that is written holds instead, as in "kernel: {default: allow}"; a setting is allowed by its whole name
2 policies, nothing wrong
$ echo 'vars: {a: b}' >>d2/include/base.yaml
$ policyctl lint d1 d2
d2/include/base.yaml: error[PC0509]: there is another file "include/base.yaml"
      = the other is d1/include/base.yaml: give one of them another name
1 error, 0 warnings
[3]
