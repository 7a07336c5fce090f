The kernel's decision code, and the rules that matched.
$ policyctl -q check --policy web.yaml file read /opt/golden/www/index.html
allowed
web: allowed
    allow read /opt/golden/etc/** /opt/golden/www/**  web.yaml:20
    default: deny                                     web.yaml:18
$ policyctl -q check --policy web.yaml file write /opt/golden/www/index.html
denied
web: denied (kill)
  >  deny modify /opt/golden/www/** (kill)  web.yaml:23  T1505.003 web shell
     default: deny                          web.yaml:18
[1]
$ policyctl -q check --policy web.yaml file read /opt/golden/other
denied
web: denied
  >  default: deny  web.yaml:18
[1]
$ policyctl -q check --policy web.yaml exec run /opt/golden/bin/sh
denied
web: denied
  >  deny run /opt/golden/bin/{sh,bash}  web.yaml:15  T1059.004 a web server starts no shells
     default: deny                       web.yaml:10
[1]
$ policyctl -q check --policy web.yaml exec run fileless
denied
web: denied
  >  default: deny  web.yaml:10
[1]
$ policyctl -q check --policy web.yaml kernel mount
denied
web: denied
  >  default: deny  web.yaml:18  implied by section file: it goes around the names of files, and no section allows it
[1]
$ policyctl -q check --policy web-audit.yaml kernel chroot
allowed, and reported by a policy in audit mode
web: audited (audit: reported, not blocked)
  >  default: deny  web-audit.yaml:17  implied by section file: it goes around the names of files, and no section allows it
$ policyctl -q check --policy mounter.yaml kernel mount
allowed
mounter: allowed
    allow mount,umount  mounter.yaml:13
    default: deny       mounter.yaml:11
$ policyctl -q check --policy mounter.yaml kernel umount
denied
mounter: denied (kill)
  >  deny umount (kill)  mounter.yaml:15  what is mounted stays
     allow mount,umount  mounter.yaml:13
     default: deny       mounter.yaml:11
[1]
$ policyctl -q check --policy mounter.yaml kernel chroot
denied
mounter: denied
  >  default: deny  mounter.yaml:11
[1]
$ policyctl -q check --json --policy backup.yaml kernel pivot-root
{
  "schema": "portcullis.check.v1",
  "verdict": "allowed",
  "audited": true,
  "errno": "EPERM",
  "section": "kernel",
  "operation": "pivot-root",
  "object": null,
  "revision": null,
  "as": null,
  "layers": [
    {
      "policy": "backup",
      "mode": "audit",
      "verdict": "audited",
      "reason": "default",
      "errno": "EPERM",
      "killed": false,
      "confined": true,
      "agrees": true,
      "default": {
        "default": "deny",
        "implied": true,
        "file": "backup.yaml",
        "line": 6
      },
      "rules": []
    }
  ]
}
$ policyctl -q check --literal --policy vault.yaml file write /proc/sys/kernel/core_pattern
allowed
vault: allowed
    default: allow  vault.yaml:4
$ policyctl -q check --literal --policy mounter.yaml file truncate /proc/sys/kernel/core_pattern
allowed
mounter: allowed
    allow write,truncate /proc/sys/kernel/core_pattern  mounter.yaml:7
    default: allow                                      mounter.yaml:5
$ policyctl -q check --policy web.yaml process trace same
allowed
web: allowed
    allow all same  web.yaml:18
    default: deny   web.yaml:18  implied by section file: it goes around the names of files, and no section allows it
$ policyctl -q check --policy web.yaml process trace any
denied
web: denied
  >  default: deny  web.yaml:18  implied by section file: it goes around the names of files, and no section allows it
[1]
$ policyctl -q check --json --policy web-audit.yaml process read-memory any
{
  "schema": "portcullis.check.v1",
  "verdict": "allowed",
  "audited": true,
  "errno": "EPERM",
  "section": "process",
  "operation": "read-memory",
  "object": "any",
  "revision": null,
  "as": null,
  "layers": [
    {
      "policy": "web",
      "mode": "audit",
      "verdict": "audited",
      "reason": "default",
      "errno": "EPERM",
      "killed": false,
      "confined": true,
      "agrees": true,
      "default": {
        "default": "deny",
        "implied": true,
        "file": "web-audit.yaml",
        "line": 17
      },
      "rules": []
    }
  ]
}
$ policyctl -q check --policy web.yaml process trace web
! policyctl: error: OBJECT is a task: "same" or "any"
! usage: policyctl check [--as WHO] [--policy FILE] [--revision REV] [--literal] SECTION OPERATION [OBJECT]
[2]
$ policyctl -q check --policy web.yaml process trace
! policyctl: error: OBJECT is a task: "same" or "any"
! usage: policyctl check [--as WHO] [--policy FILE] [--revision REV] [--literal] SECTION OPERATION [OBJECT]
[2]
$ policyctl -q check --policy web.yaml kernel mount /mnt
! policyctl: error: operations of kernel have no OBJECT yet
! usage: policyctl check [--as WHO] [--policy FILE] [--revision REV] [--literal] SECTION OPERATION [OBJECT]
[2]
$ policyctl -q check --policy web.yaml kernel module
! policyctl: error: "module" is no operation of kernel; there are mount umount remount pivot-root chroot raw-io tamper
! usage: policyctl check [--as WHO] [--policy FILE] [--revision REV] [--literal] SECTION OPERATION [OBJECT]
[2]
$ policyctl -q check --policy web.yaml file read
! policyctl: error: check needs an OBJECT: an absolute path or "fileless"
! usage: policyctl check [--as WHO] [--policy FILE] [--revision REV] [--literal] SECTION OPERATION [OBJECT]
[2]
$ policyctl -q check --policy web-audit.yaml file write /opt/golden/www/index.html
allowed, and reported by a policy in audit mode
web: audited (audit: reported, not blocked)
  >  deny modify /opt/golden/www/** (kill)  web-audit.yaml:22  T1505.003 web shell
     default: deny                          web-audit.yaml:17
$ policyctl -q check --policy backup.yaml exec run /bin/true
allowed
backup: allowed (the policy has no such section)
$ policyctl -q check --policy vault.yaml file write /opt/golden/vault/log
allowed, and reported by a policy in audit mode
vault: audited (audit: reported, not blocked)
  >  deny write /opt/golden/vault/log (audit)  vault.yaml:8
     default: allow                            vault.yaml:4
$ policyctl -q check --policy vault.yaml --as user=0 file read /opt/golden/vault/key
denied
vault: denied
  >  deny read /opt/golden/vault/**  vault.yaml:6  only the vault reads the vault
     default: allow                  vault.yaml:4
[1]
$ policyctl -q check --policy web.yaml --as unit=other.service file read /opt/golden/other
allowed
$ policyctl -q check --policy web.yaml --as unit=web.scope file read /opt/golden/other
denied
web: denied
  >  default: deny  web.yaml:18
[1]
$ policyctl -q check --policy web.yaml --as cgroup=/system.slice/web.scope/sub file read /opt/golden/other
denied
web: denied
  >  default: deny  web.yaml:18
[1]
$ policyctl -q check --policy web.yaml --as exe=/opt/golden/web file read /opt/golden/other
allowed
$ policyctl -q check --policy web.yaml --as exe=/opt/golden/web --as user=2005 file read /opt/golden/other
denied
web: denied
  >  default: deny  web.yaml:18
[1]
$ policyctl -q check --policy backup.yaml --as cgroup=/backup.slice file write /opt/golden/www/a
allowed, and reported by a policy in audit mode
backup: audited (audit: reported, not blocked)
  >  deny write /opt/golden/www/**  backup.yaml:8
     default: allow                 backup.yaml:6
$ policyctl -q check --json --policy vault.yaml file read /opt/golden/vault/key
{
  "schema": "portcullis.check.v1",
  "verdict": "denied",
  "audited": false,
  "errno": "EACCES",
  "section": "file",
  "operation": "read",
  "object": "/opt/golden/vault/key",
  "revision": null,
  "as": null,
  "layers": [
    {
      "policy": "vault",
      "mode": "enforce",
      "verdict": "denied",
      "reason": "rule",
      "errno": "EACCES",
      "killed": false,
      "confined": true,
      "agrees": true,
      "default": {
        "default": "allow",
        "implied": false,
        "file": "vault.yaml",
        "line": 4
      },
      "rules": [
        {
          "effect": "deny",
          "rule": "deny read /opt/golden/vault/**",
          "written": "read /opt/golden/vault/**",
          "why": "only the vault reads the vault",
          "file": "vault.yaml",
          "line": 6,
          "decides": true
        }
      ]
    }
  ]
}
[1]
$ policyctl -q apply --offline web.yaml vault.yaml
applied revision 1, 2 policies changed
  added  vault
  added  web
$ policyctl -q check --as unit=web.scope file read /opt/golden/vault/key
denied
web: denied
  >  default: deny  DIR/web.yaml:18
vault: denied
  >  deny read /opt/golden/vault/**  DIR/vault.yaml:6  only the vault reads the vault
     default: allow                  DIR/vault.yaml:4
[1]
$ policyctl -q check --revision 1 --as unit=web.scope file read /opt/golden/www/x
allowed
web: allowed
    allow read /opt/golden/etc/** /opt/golden/www/**  DIR/web.yaml:20
    default: deny                                     DIR/web.yaml:18
vault: allowed
    default: allow  DIR/vault.yaml:4
$ policyctl -q check --policy web.yaml file read "/opt/golden/www$(printf '/d%.0s' {1..70})"
denied
web: denied
     allow read /opt/golden/etc/** /opt/golden/www/**  web.yaml:20
  >  default: deny                                     web.yaml:18  name-too-deep
[1]
$ policyctl -q check --policy web.yaml --as unit=web file read /x
! policyctl: error: --as: "web" is not the name of a unit such as nginx.service
! usage: policyctl check [--as WHO] [--policy FILE] [--revision REV] [--literal] SECTION OPERATION [OBJECT]
[2]
$ policyctl -q check --policy web.yaml --as colour=red file read /x
! policyctl: error: --as is unit=X, cgroup=X, exe=X, user=X or pid=N, not "colour=red"
! usage: policyctl check [--as WHO] [--policy FILE] [--revision REV] [--literal] SECTION OPERATION [OBJECT]
[2]
$ policyctl -q check --policy web.yaml kernel tamper
denied
web: denied
  >  deny tamper (implied by every policy)  web.yaml:18  it is what enforces the policies
     default: deny                          web.yaml:18  implied by section file: it goes around the names of files, and no section allows it
[1]
$ policyctl -q check --literal --policy web.yaml file write /etc/portcullis/policies/web.yaml
denied
web: denied
  >  deny modify of Portcullis's own files (implied by every policy)  web.yaml:18  it is what enforces the policies
     default: deny                                                    web.yaml:18
[1]
$ policyctl -q check --literal --policy web.yaml file read /var/lib/portcullis/store.db
denied
web: denied
  >  deny read,lock of Portcullis's store and pins (implied by every policy)  web.yaml:18  it is what enforces the policies
     default: deny                                                            web.yaml:18
[1]
$ policyctl -q check --literal --policy web.yaml file move /var/lib
denied
web: denied
  >  deny modify of Portcullis's own files (implied by every policy)          web.yaml:18  it is what enforces the policies
     deny read,lock of Portcullis's store and pins (implied by every policy)  web.yaml:18  it is what enforces the policies
     default: deny                                                            web.yaml:18
[1]
$ policyctl -q check --policy upgrader.yaml kernel tamper
allowed
upgrader: allowed
    allow tamper    upgrader.yaml:7
    default: allow  upgrader.yaml:5
$ policyctl -q check --literal --policy upgrader.yaml file write /etc/portcullis/policies/web.yaml
allowed
upgrader: allowed (the policy has no such section)
