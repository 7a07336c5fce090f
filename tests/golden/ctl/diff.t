Differences in meaning, between files, revisions, and what applying would give.
$ policyctl -q diff web.yaml web.yaml
$ policyctl -q diff web.yaml web-audit.yaml
   POLICY  SECTION  WHAT                                                                                EFFECT   PLACE
~  web     -        mode enforce -> audit                                                               looser   web-audit.yaml:2
-  web     -        subject cgroup /web.scope,/**/web.scope                                             looser   web.yaml:6
~  web     exec     why T1059.004 a web server starts no shells -> T1059 a web server starts no shells  neutral  web-audit.yaml:14
+  web     exec     allow interpret /opt/golden/web                                                     looser   web-audit.yaml:11
-  web     file     allow create /opt/golden/log/*.log                                                  tighter  web.yaml:21
[1]
$ policyctl -q diff --json web.yaml web-audit.yaml | head -n 30
{
  "schema": "portcullis.diff.v1",
  "before": null,
  "after": null,
  "differences": [
    {
      "policy": "web",
      "section": null,
      "sign": "~",
      "change": "changed",
      "what": "mode",
      "effect": "looser",
      "text": "mode enforce -> audit",
      "before": "enforce",
      "after": "audit",
      "before_at": {
        "file": "web.yaml",
        "line": 2
      },
      "after_at": {
        "file": "web-audit.yaml",
        "line": 2
      },
      "place": "web-audit.yaml:2"
    },
    {
      "policy": "web",
      "section": null,
      "sign": "-",
      "change": "removed",
$ policyctl -q apply --offline backup.yaml --expect 5
! policyctl: error: the store moved on: revision 0 is active, not 5
! policyctl: hint: look at what changed and try again
[7]
$ policyctl -q diff backup.yaml
   POLICY  SECTION  WHAT                           EFFECT   PLACE
+  backup  -        policy audit                   neutral  DIR/backup.yaml:2
+  backup  -        subject cgroup /backup*        neutral  DIR/backup.yaml:5
+  backup  file     default: allow                 neutral  DIR/backup.yaml:6
+  backup  file     deny write /opt/golden/www/**  neutral  DIR/backup.yaml:8
[1]
$ policyctl -q apply --offline backup.yaml web.yaml
applied revision 1, 2 policies changed
  added  backup
  added  web
$ policyctl -q diff web-audit.yaml
   POLICY  SECTION  WHAT                                                                                EFFECT   PLACE
~  web     -        mode enforce -> audit                                                               looser   DIR/web-audit.yaml:2
-  web     -        subject cgroup /web.scope,/**/web.scope                                             looser   DIR/web.yaml:6
~  web     exec     why T1059.004 a web server starts no shells -> T1059 a web server starts no shells  neutral  DIR/web-audit.yaml:14
+  web     exec     allow interpret /opt/golden/web                                                     looser   DIR/web-audit.yaml:11
-  web     file     allow create /opt/golden/log/*.log                                                  tighter  DIR/web.yaml:21
[1]
$ policyctl -q plan --offline web-audit.yaml
   POLICY  SECTION  WHAT                                                                                EFFECT   PLACE
~  web     -        mode enforce -> audit                                                               looser   DIR/web-audit.yaml:2
-  web     -        subject cgroup /web.scope,/**/web.scope                                             looser   DIR/web.yaml:6
~  web     exec     why T1059.004 a web server starts no shells -> T1059 a web server starts no shells  neutral  DIR/web-audit.yaml:14
+  web     exec     allow interpret /opt/golden/web                                                     looser   DIR/web-audit.yaml:11
-  web     file     allow create /opt/golden/log/*.log                                                  tighter  DIR/web.yaml:21
[1]
$ policyctl -q plan --offline web.yaml
$ policyctl -q apply --offline web-audit.yaml
applied revision 2, 1 policy changed
  changed  web
$ policyctl diff 1
   POLICY  SECTION  WHAT                                                                                EFFECT   PLACE
~  web     -        mode enforce -> audit                                                               looser   DIR/web-audit.yaml:2
-  web     -        subject cgroup /web.scope,/**/web.scope                                             looser   DIR/web.yaml:6
~  web     exec     why T1059.004 a web server starts no shells -> T1059 a web server starts no shells  neutral  DIR/web-audit.yaml:14
+  web     exec     allow interpret /opt/golden/web                                                     looser   DIR/web-audit.yaml:11
-  web     file     allow create /opt/golden/log/*.log                                                  tighter  DIR/web.yaml:21
[1]
$ policyctl -q diff 2 1
   POLICY  SECTION  WHAT                                                                                EFFECT   PLACE
~  web     -        mode audit -> enforce                                                               tighter  DIR/web.yaml:2
+  web     -        subject cgroup /web.scope,/**/web.scope                                             tighter  DIR/web.yaml:6
~  web     exec     why T1059 a web server starts no shells -> T1059.004 a web server starts no shells  neutral  DIR/web.yaml:15
-  web     exec     allow interpret /opt/golden/web                                                     tighter  DIR/web-audit.yaml:11
+  web     file     allow create /opt/golden/log/*.log                                                  looser   DIR/web.yaml:21
[1]
$ policyctl diff 9
! policyctl: error: DIR/store/store.db: there is no revision 9
! policyctl: hint: history lists the revisions there are
[2]
$ policyctl -q mode web enforce --offline
applied revision 3, 1 policy changed
  changed  web
$ sed 's/opt.golden.www/&2/' backup.yaml >backup2.yaml
$ policyctl -q diff backup2.yaml
   POLICY  SECTION  WHAT                            EFFECT   PLACE
-  backup  file     deny write /opt/golden/www/**   neutral  DIR/backup.yaml:8
+  backup  file     deny write /opt/golden/www2/**  neutral  DIR/backup2.yaml:8
[1]
$ policyctl -q plan --offline web-audit.yaml
   POLICY  SECTION  WHAT                   EFFECT  PLACE
~  web     -        mode enforce -> audit  looser  DIR/web-audit.yaml:2
[1]
$ policyctl -q plan --offline web-audit.yaml --expect 1
! policyctl: error: the store moved on: revision 3 is active, not 1
! policyctl: hint: look at what changed and try again
[7]
$ mkdir other && sed 's/policy: backup/policy: other/' backup.yaml >other/backup.yaml
$ policyctl -q plan --offline other/backup.yaml
   POLICY  SECTION  WHAT                           EFFECT   PLACE
+  other   -        policy audit                   neutral  DIR/other/backup.yaml:2
+  other   -        subject cgroup /backup*        neutral  DIR/other/backup.yaml:5
+  other   file     default: allow                 neutral  DIR/other/backup.yaml:6
+  other   file     deny write /opt/golden/www/**  neutral  DIR/other/backup.yaml:8
[1]
$ policyctl -q diff other/backup.yaml
   POLICY  SECTION  WHAT                           EFFECT   PLACE
+  other   -        policy audit                   neutral  DIR/other/backup.yaml:2
+  other   -        subject cgroup /backup*        neutral  DIR/other/backup.yaml:5
+  other   file     default: allow                 neutral  DIR/other/backup.yaml:6
+  other   file     deny write /opt/golden/www/**  neutral  DIR/other/backup.yaml:8
[1]
