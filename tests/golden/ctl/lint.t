All mistakes at once, with their places.
$ policyctl lint bad.yaml
bad.yaml:3:7: error[PC0104]: unknown mode "enfroce"
    3 | mode: enfroce
      |       ^~~~~~~ did you mean "enforce"?
bad.yaml:4:10: error[PC0201]: a subject is "system" or a list of items
    4 | subject: sistem
      |          ^~~~~~ did you mean "system"?
bad.yaml:6:3: error[PC0108]: a section with "allow:" states its "default:"
    6 |   allow:
      |   ^~~~~ add "default: deny" if only these are to be allowed
bad.yaml:7:7: error[PC0303]: unknown operation "raed"
    7 |     - raed /etc/**
      |       ^~~~ did you mean "read"?
bad.yaml:8:3: error[PC0102]: unknown key "denny" in a section
    8 |   denny: []
      |   ^~~~~ did you mean "deny"?
bad.yaml:9:1: error[PC0601]: section "net" is not supported by this version
    9 | net: {default: deny}
      | ^~~ take it out: what it asks for would not be enforced
6 errors, 0 warnings
[3]
$ policyctl lint backup.yaml
backup.yaml:6:1: note[PC0709]: this also denies what goes around names: mounts and raw devices (kernel), tracing others (process), settings that start programs
    6 | file:
      | ^~~~ a section that is written holds instead, as in "kernel: {default: allow}"; a setting is allowed by its whole name
1 policy, nothing wrong
$ policyctl lint mounter.yaml
mounter.yaml:5:12: note[PC0709]: this also denies what goes around names: tracing others (process), settings that start programs
    5 |   default: allow
      |            ^~~~~ a section that is written holds instead, as in "kernel: {default: allow}"; a setting is allowed by its whole name
mounter.yaml:9:7: note[PC0705]: /opt/golden/vault/** is everything below /opt/golden/vault, but not /opt/golden/vault itself
    9 |     - all /opt/golden/vault/**
      |       ^~~~~~~~~~~~~~~~~~~~~~~~ add the directory if it is meant, too
1 policy, nothing wrong
$ policyctl lint web.yaml
web.yaml:7:10: warning[PC0209]: /opt/golden/web does not exist on this host
    7 |   - exe: /opt/golden/web
      |          ^~~~~~~~~~~~~~~
web.yaml:12:11: note[PC0406]: /opt/golden/web does not exist on this host
   12 |     - run /opt/golden/web
      |           ^~~~~~~~~~~~~~~
web.yaml:13:30: note[PC0406]: /opt/golden/web does not exist on this host
   13 |     - map /opt/golden/lib/** /opt/golden/web
      |                              ^~~~~~~~~~~~~~~
web.yaml:18:12: note[PC0709]: this also denies what goes around names: mounts and raw devices (kernel), tracing others (process), settings that start programs
   18 |   default: deny
      |            ^~~~ a section that is written holds instead, as in "kernel: {default: allow}"; a setting is allowed by its whole name
web.yaml:23:13: note[PC0705]: /opt/golden/www/** is everything below /opt/golden/www, but not /opt/golden/www itself
   23 |     - rule: modify /opt/golden/www/**
      |             ^~~~~~~~~~~~~~~~~~~~~~~~~ add the directory if it is meant, too
0 errors, 1 warning
[1]
$ policyctl lint missing.yaml
missing.yaml: error[PC0002]: cannot be read: No such file or directory
1 error, 0 warnings
[3]
$ bash -c "printf 'portcullis: 1\\n' | policyctl lint -"
<stdin>: error[PC0103]: "policy:" is missing
      = "policy: NAME" gives it its identity
<stdin>: error[PC0103]: "subject:" is missing
      = "subject:" says which processes it confines
2 errors, 0 warnings
[3]
$ policyctl lint --json bad.yaml | head -n 20
{
  "schema": "portcullis.lint.v1",
  "policies": 0,
  "errors": 6,
  "warnings": 0,
  "diagnostics": [
    {
      "severity": "error",
      "code": "PC0104",
      "line": 3,
      "column": 7,
      "length": 7,
      "source_cut": 0,
      "file": "bad.yaml",
      "message": "unknown mode \"enfroce\"",
      "hint": "did you mean \"enforce\"?",
      "source": "mode: enfroce"
    },
    {
      "severity": "error",
