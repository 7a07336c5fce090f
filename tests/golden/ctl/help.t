Help comes from the table of commands.
$ policyctl help
policyctl - write, check, apply and explain Portcullis policies

Usage
  policyctl [OPTION]... COMMAND [OPTION]... [OPERAND]...

Life cycle
  lint [FILE|FOLDER]...   check policies and say all that is wrong or
                          questionable
  diff                    show what differs in meaning, rule by rule
  plan [FILE|FOLDER]...   show what apply would change, with all its checks
  apply [FILE|FOLDER]...  put policies into force
  remove POLICY...        take policies out of force
  confirm                 keep a change made with --confirm
  cancel                  take back a change that waits to be confirmed
  rollback [REV]          bring back an earlier revision
  mode                    have a policy block, or only report what it would
                          block
  history                 list the revisions, the newest first
  list                    list the policies of the active revision
  show [POLICY|REV]       show a policy as it was understood, or what a
                          revision holds
  verify                  compare what the kernel holds with the active
                          revision

Questions
  check                   ask whether something is allowed, and which rules
                          say so
  why [SEQUENCE]          explain an event: the rule that decided, and the
                          others that matched

Observe
  events                  show what was denied, or would have been
  status                  say what is in force, and what needs an eye
  stats                   count decisions by policy and operation
  doctor                  try out what this host can enforce

Emergency
  off                     stop enforcing
  on                      enforce again

Other
  schema                  print the JSON Schema of policies, for editors
  completion bash|zsh     print the completion script of a shell
  version                 print the version
  help [COMMAND]          print help, on one command if named

Options of every command
      --json              print the answer as JSON
      --color=WHEN        colours: auto (the default), always or never
  -q, --quiet             print nothing but the answer and errors
  -v, --verbose           print what is done on the way
      --socket=PATH       the socket of enforcerd
      --store=PATH        the store, where it is read without enforcerd
  -h, --help              print this help
      --version           print the version

Exit status
  0   done; allowed; no difference
  1   a negative answer: denied, differs, findings
  2   the command line is not understood, or names what does not exist
  3   the policy is not valid
  4   not permitted
  5   enforcerd cannot be reached
  6   this host cannot enforce it
  7   the store moved on since the plan
  8   not confirmed, or failed: rolled back
  70  an error that no other number stands for

"policyctl help COMMAND" says more; the language is in portcullis-policy(5).
$ policyctl help check
policyctl check - ask whether something is allowed, and which rules say so

Usage
  policyctl check [--as WHO] [--policy FILE] [--revision REV] [--literal]
            SECTION OPERATION [OBJECT]

The answer comes from the decision code that the kernel runs. Without --as:
with --policy the subject of every policy in it, otherwise the process that
called policyctl. OBJECT is a path, or "fileless"; in process "same" or "any";
operations of kernel have none.

  policyctl check --as unit=nginx.service file write /srv/www/index.html
  policyctl check --policy web.yaml exec run /bin/sh

Status 0: allowed; 1: denied.

Options
      --as=WHO            the task: unit=X, cgroup=X, exe=X, user=X or pid=N;
                          several add up
      --policy=FILE       ask this file or folder, not the store
      --revision=REV      ask this revision, not the active one
      --literal           take OBJECT as it is, without following links

Options of every command
      --json              print the answer as JSON
      --color=WHEN        colours: auto (the default), always or never
  -q, --quiet             print nothing but the answer and errors
  -v, --verbose           print what is done on the way
      --socket=PATH       the socket of enforcerd
      --store=PATH        the store, where it is read without enforcerd
  -h, --help              print this help
      --version           print the version
$ policyctl apply --help
policyctl apply - put policies into force

Usage
  policyctl apply [--confirm TIME] [--force] [--expect REV] [--comment TEXT]
            [--offline] [FILE|FOLDER]...

Without operands the policy folders become the set in force, complete; what
they take back of changes made otherwise is printed. With operands the active
set goes on with these added or replaced. Returns when the kernel enforces it.

  policyctl apply web.yaml --confirm 5m   and then, if you can still work:
  policyctl confirm

Options
      --confirm=TIME      the kernel goes back by itself unless confirmed in
                          time, as in 5m
      --force             even if it locks out what the host needs to be
                          mended
      --expect=REV        only if this revision is still active (0: none yet)
      --comment=TEXT      why; kept in the history
      --offline           change the store itself, where no enforcerd runs

Options of every command
      --json              print the answer as JSON
      --color=WHEN        colours: auto (the default), always or never
  -q, --quiet             print nothing but the answer and errors
  -v, --verbose           print what is done on the way
      --socket=PATH       the socket of enforcerd
      --store=PATH        the store, where it is read without enforcerd
  -h, --help              print this help
      --version           print the version
$ policyctl schema | head -n 3
{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "Portcullis policy",
$ policyctl --version | sed 's/[0-9.]*$/N/'
policyctl N
$ policyctl help --json | grep -cE '^ +"command"'
25
$ policyctl help off --json
{
  "schema": "portcullis.help.v1",
  "commands": [
    {
      "command": "off",
      "group": "Emergency",
      "operands": null,
      "summary": "stop enforcing",
      "details": "Nothing is denied until \"policyctl on\", or until the time given is over. Labels go on being kept. If policyctl cannot run any more, boot with portcullis=off on the kernel command line.",
      "options": [
        {
          "name": "for",
          "letter": "",
          "value": "TIME",
          "help": "on again by itself after this time, as in 15m",
          "required": false
        },
        {
          "name": "reason",
          "letter": "",
          "value": "TEXT",
          "help": "why; required, and shown by status",
          "required": true
        },
        {
          "name": "offline",
          "letter": "",
          "value": null,
          "help": "change the store itself, where no enforcerd runs",
          "required": false
        }
      ]
    }
  ],
  "options": [
    {
      "name": "json",
      "letter": "",
      "value": null,
      "help": "print the answer as JSON",
      "required": false
    },
    {
      "name": "color",
      "letter": "",
      "value": "WHEN",
      "help": "colours: auto (the default), always or never",
      "required": false
    },
    {
      "name": "quiet",
      "letter": "q",
      "value": null,
      "help": "print nothing but the answer and errors",
      "required": false
    },
    {
      "name": "verbose",
      "letter": "v",
      "value": null,
      "help": "print what is done on the way",
      "required": false
    },
    {
      "name": "socket",
      "letter": "",
      "value": "PATH",
      "help": "the socket of enforcerd",
      "required": false
    },
    {
      "name": "store",
      "letter": "",
      "value": "PATH",
      "help": "the store, where it is read without enforcerd",
      "required": false
    },
    {
      "name": "help",
      "letter": "h",
      "value": null,
      "help": "print this help",
      "required": false
    },
    {
      "name": "version",
      "letter": "",
      "value": null,
      "help": "print the version",
      "required": false
    }
  ]
}
