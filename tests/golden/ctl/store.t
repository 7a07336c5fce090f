The life of a store where no daemon runs.
$ policyctl list
! policyctl: error: DIR/store/store.db: there is no store here (no such folder)
! policyctl: hint: start enforcerd once, or name another store
[2]
$ policyctl show web
! policyctl: error: DIR/store/store.db: there is no store here (no such folder)
! policyctl: hint: start enforcerd once, or name another store
[2]
$ policyctl history --json
! policyctl: error: DIR/store/store.db: there is no store here (no such folder)
! policyctl: hint: start enforcerd once, or name another store
[2]
$ policyctl check file read /x
! policyctl: error: DIR/store/store.db: there is no store here (no such folder)
! policyctl: hint: start enforcerd once, or name another store
[2]
$ policyctl diff web.yaml
! policyctl: error: DIR/store/store.db: there is no store here (no such folder)
! policyctl: hint: start enforcerd once, or name another store
[2]
$ policyctl plan web.yaml
! policyctl: error: DIR/store/store.db: there is no store here (no such folder)
! policyctl: hint: start enforcerd once, or name another store
[2]
$ policyctl -q plan --offline backup.yaml
   POLICY  SECTION  WHAT                           EFFECT   PLACE
+  backup  -        policy audit                   neutral  DIR/backup.yaml:2
+  backup  -        subject cgroup /backup*        neutral  DIR/backup.yaml:5
+  backup  file     default: allow                 neutral  DIR/backup.yaml:6
+  backup  file     deny write /opt/golden/www/**  neutral  DIR/backup.yaml:8
[1]
$ policyctl -q apply --offline web.yaml --expect 5
! policyctl: error: the store moved on: revision 0 is active, not 5
! policyctl: hint: look at what changed and try again
[7]
$ policyctl list
! policyctl: nothing has been applied yet
$ policyctl history --json
{
  "schema": "portcullis.history.v1",
  "active": 0,
  "revisions": []
}
! policyctl: nothing has been applied yet
$ policyctl apply web.yaml
! policyctl: error: cannot reach enforcerd at DIR/none.sock: it does not run
! policyctl: hint: start it with "systemctl start enforcerd", or change the store alone with --offline
[5]
$ policyctl -q apply --offline web.yaml backup.yaml --comment 'the first'
applied revision 1, 2 policies changed
  added  backup
  added  web
$ policyctl list
POLICY  MODE     SECTIONS    SUBJECTS  RULES  ABOUT         FILE
backup  audit    file               1      1  -             DIR/backup.yaml
web     enforce  exec, file         2      6  a web server  DIR/web.yaml
$ policyctl show web
policy    web
about     a web server
mode      enforce
revision  1
file      DIR/web.yaml:2
subject   cgroup /web.scope,/**/web.scope
          exe /opt/golden/web user 2000-2099

exec: default deny
  deny run /opt/golden/bin/{sh,bash}            DIR/web.yaml:15  T1059.004 a web server starts no shells
  allow run /opt/golden/web                     DIR/web.yaml:12
  allow map /opt/golden/lib/** /opt/golden/web  DIR/web.yaml:13

file: default deny
  deny modify /opt/golden/www/** (kill)                                                       DIR/web.yaml:23  T1505.003 web shell
  deny write,append,truncate of a setting that starts programs (implied by the file section)  DIR/web.yaml:18  the kernel would start a program that no policy confines
  deny modify of Portcullis's own files (implied by every policy)                             DIR/web.yaml:18  it is what enforces the policies
  deny read,lock of Portcullis's store and pins (implied by every policy)                     DIR/web.yaml:18  it is what enforces the policies
  deny tamper by a mount (implied by every policy)                                            DIR/web.yaml:18  it is what enforces the policies
  allow read /opt/golden/etc/** /opt/golden/www/**                                            DIR/web.yaml:20
  allow append,create /opt/golden/log/*.log                                                   DIR/web.yaml:21

kernel: default deny (implied by section file)
  deny tamper (implied by every policy)  DIR/web.yaml:18  it is what enforces the policies

process: default deny (implied by section file)
  allow all same  DIR/web.yaml:18
$ policyctl show backup --json
{
  "schema": "portcullis.policy.v1",
  "revision": 1,
  "policy": "backup",
  "about": null,
  "mode": "audit",
  "file": "DIR/backup.yaml",
  "line": 2,
  "subjects": [
    "cgroup /backup*"
  ],
  "sections": [
    {
      "section": "file",
      "default": "allow",
      "implied": false,
      "rules": [
        {
          "rule": "deny write /opt/golden/www/**",
          "written": "write /opt/golden/www/**",
          "why": null,
          "file": "DIR/backup.yaml",
          "line": 8,
          "place": "DIR/backup.yaml:8"
        },
        {
          "rule": "deny write,append,truncate of a setting that starts programs (implied by the file section)",
          "written": "write,append,truncate of a setting that starts programs (implied by the file section)",
          "why": "the kernel would start a program that no policy confines",
          "file": "DIR/backup.yaml",
          "line": 6,
          "place": "DIR/backup.yaml:6"
        },
        {
          "rule": "deny modify of Portcullis's own files (implied by every policy)",
          "written": "modify of Portcullis's own files (implied by every policy)",
          "why": "it is what enforces the policies",
          "file": "DIR/backup.yaml",
          "line": 6,
          "place": "DIR/backup.yaml:6"
        },
        {
          "rule": "deny read,lock of Portcullis's store and pins (implied by every policy)",
          "written": "read,lock of Portcullis's store and pins (implied by every policy)",
          "why": "it is what enforces the policies",
          "file": "DIR/backup.yaml",
          "line": 6,
          "place": "DIR/backup.yaml:6"
        },
        {
          "rule": "deny tamper by a mount (implied by every policy)",
          "written": "tamper by a mount (implied by every policy)",
          "why": "it is what enforces the policies",
          "file": "DIR/backup.yaml",
          "line": 6,
          "place": "DIR/backup.yaml:6"
        }
      ]
    },
    {
      "section": "kernel",
      "default": "deny",
      "implied": true,
      "rules": [
        {
          "rule": "deny tamper (implied by every policy)",
          "written": "tamper (implied by every policy)",
          "why": "it is what enforces the policies",
          "file": "DIR/backup.yaml",
          "line": 6,
          "place": "DIR/backup.yaml:6"
        }
      ]
    },
    {
      "section": "process",
      "default": "deny",
      "implied": true,
      "rules": [
        {
          "rule": "allow all same",
          "written": "trace,read-memory same",
          "why": null,
          "file": "DIR/backup.yaml",
          "line": 6,
          "place": "DIR/backup.yaml:6"
        }
      ]
    }
  ]
}
$ policyctl -q apply --offline web.yaml
nothing to change: revision 1
$ policyctl -q apply --offline bad.yaml
! DIR/web.yaml:7:10: warning[PC0209]: /opt/golden/web does not exist on this host
!     7 |   - exe: /opt/golden/web
!       |          ^~~~~~~~~~~~~~~
! DIR/bad.yaml:3:7: error[PC0104]: unknown mode "enfroce"
!     3 | mode: enfroce
!       |       ^~~~~~~ did you mean "enforce"?
! DIR/bad.yaml:4:10: error[PC0201]: a subject is "system" or a list of items
!     4 | subject: sistem
!       |          ^~~~~~ did you mean "system"?
! DIR/bad.yaml:6:3: error[PC0108]: a section with "allow:" states its "default:"
!     6 |   allow:
!       |   ^~~~~ add "default: deny" if only these are to be allowed
! DIR/bad.yaml:7:7: error[PC0303]: unknown operation "raed"
!     7 |     - raed /etc/**
!       |       ^~~~ did you mean "read"?
! DIR/bad.yaml:8:3: error[PC0102]: unknown key "denny" in a section
!     8 |   denny: []
!       |   ^~~~~ did you mean "deny"?
! DIR/bad.yaml:9:1: error[PC0601]: section "net" is not supported by this version
!     9 | net: {default: deny}
!       | ^~~ take it out: what it asks for would not be enforced
[3]
$ policyctl -q apply --offline web-audit.yaml --expect 7
! policyctl: error: the store moved on: revision 1 is active, not 7
! policyctl: hint: look at what changed and try again
[7]
$ policyctl -q apply --offline web-audit.yaml --expect 1
applied revision 2, 1 policy changed
  changed  web
$ policyctl -q mode backup enforce --offline
applied revision 3, 1 policy changed
  changed  backup
$ policyctl list
POLICY  MODE     SECTIONS    SUBJECTS  RULES  ABOUT         FILE
backup  enforce  file               1      1  -             DIR/backup.yaml
web     audit    exec, file         1      6  a web server  DIR/web-audit.yaml
$ policyctl -q remove web --offline
applied revision 4, 1 policy changed
  removed  web
$ policyctl -q remove web --offline
! policyctl: error: no active policy is called "web"
! policyctl: hint: policyctl list shows the active policies
[2]
$ policyctl -q rollback 1 --offline
rolled back: applied revision 5, 2 policies changed
  changed  backup
  added    web
$ policyctl show 3 | sed 's/of uid.*/of WHO/; /host inputs/d'
revision     3
made from    2
created      TIME, by mode of WHO
texts        2

2 policies
  backup  enforce  DIR/backup.yaml
  web     audit    DIR/web-audit.yaml
$ policyctl show --text backup
# DIR/backup.yaml
portcullis: 1
policy: backup
mode: audit
subject:
  - cgroup: /backup*
file:
  deny:
    - write /opt/golden/www/**
$ policyctl show --text --json backup | grep -c '"file"'
1
$ policyctl show wbe
! policyctl: error: revision 5 has no policy "wbe"; did you mean "web"?
[2]
$ policyctl history | awk 'NR > 1 { print $1, $2, $5 }'
5 yes rollback
4 no remove
3 no mode
2 no apply
1 no apply
$ policyctl history --json -n 1 | sed '/uid/d; /"who"/d'
{
  "schema": "portcullis.history.v1",
  "active": 5,
  "revisions": [
    {
      "revision": 5,
      "active": true,
      "created": "TIME",
      "local": "TIME",
      "verb": "rollback",
      "comm": "policyctl",
      "comment": "",
      "parent": 4
    }
  ]
}
$ policyctl -q apply --offline --confirm 5m web.yaml
! policyctl: error: --confirm needs a running enforcerd
! usage: policyctl apply [--confirm TIME] [--force] [--expect REV] [--comment TEXT] [--offline] [FILE|FOLDER]...
[2]
$ policyctl -q off --offline --for 15m --reason 'a test'
enforcement is off for 15m
$ policyctl -q off --offline --reason '   '
! policyctl: error: off needs --reason: whoever finds it so will want to know
! usage: policyctl off [--for TIME] --reason TEXT [--offline]
[2]
$ sed 's/^about: a web server/&, changed/' web.yaml >web2.yaml; policyctl apply --offline web2.yaml 2>&1 | grep enforcement
policyctl: enforcement is off: it takes effect with policyctl on
$ policyctl apply --json --offline web.yaml 2>&1 | grep enforcing
  "enforcing": false,
$ policyctl -q on --offline
enforcement is on
$ printf '# a comment\n' | cat web.yaml - >web3.yaml; policyctl -q apply --offline web3.yaml
applied revision 8, no policy changed
$ policyctl --store=/no/such/folder/s.db -q apply --offline web.yaml
! policyctl: error: the store: it cannot be made: making its folder: /no/such/folder/: No such file or directory
! policyctl: hint: make the folder above first, or name another store
[2]
$ policyctl --store "$PWD/elsewhere/s.db" list
! policyctl: error: DIR/elsewhere/s.db: there is no store here (no such folder)
! policyctl: hint: start enforcerd once, or name another store
[2]
$ policyctl status
! policyctl: error: cannot reach enforcerd at DIR/none.sock: it does not run
! policyctl: hint: start it with "systemctl start enforcerd"
[5]
$ policyctl events
! policyctl: error: cannot reach enforcerd at DIR/none.sock: it does not run
! policyctl: hint: start it with "systemctl start enforcerd"
[5]
$ policyctl confirm
! policyctl: error: cannot reach enforcerd at DIR/none.sock: it does not run
! policyctl: hint: start it with "systemctl start enforcerd"
[5]
$ set -o pipefail; (ulimit -f 4; policyctl -q apply --offline vault.yaml) 2>&1 | cat
policyctl: error: DIR/store/store.db: no space left for the store: disk I/O error
policyctl: hint: free some space on its file system and try again; nothing was changed
[70]
$ policyctl list
POLICY  MODE     SECTIONS    SUBJECTS  RULES  ABOUT         FILE
backup  audit    file               1      1  -             DIR/backup.yaml
web     enforce  exec, file         2      6  a web server  DIR/web3.yaml
