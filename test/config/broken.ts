// Broken configurations and exactly what an admin is told about each.

/** What is broken, the YAML, and the lines of the answer. */
// prettier-ignore
export const broken: readonly (readonly [string, string, readonly string[]])[] = [
  ['a key with a typing mistake', 'mailboxs: {}', [
    '1:1: mailboxs: unknown key `mailboxs`, did you mean `mailboxes`?',
  ]],
  ['a key that resembles nothing', 'smtp_server: x\nlog: { colour: true }', [
    '1:1: smtp_server: unknown key `smtp_server`, known here: name, hostname, locale, timezone, data, log, listeners, http, database, blobs, limits, intake, outgoing, mailboxes, agents, groups, budget, retention, reload, plugins',
    '2:8: log.colour: unknown key `colour`, known here: level',
  ]],
  ['a list instead of keys', '- a\n- b', [
    '1:1: expected keys and values, found a list',
  ]],
  ['a bare word', 'hello', [
    '1:1: expected keys and values, found "hello"',
  ]],
  ['a number where text belongs', 'name: 12', [
    '1:7: name: expected text (put it in quotes), found 12',
  ]],
  ['text where a number belongs', 'limits: { recipients: many }', [
    '1:23: limits.recipients: expected a whole number, found "many"',
  ]],
  ['a yes that is not true', 'mailboxes:\n  a: { address: a@example.com, notify: [b], forwards: yes }\nagents:\n  b: { name: B, email: b@example.org }', [
    '2:55: mailboxes.a.forwards: expected true or false, found "yes"',
  ]],
  ['a number out of range', 'http: { port: 70000 }\nlimits: { connections: 0 }', [
    '1:15: http.port: must be at most 65535, found 70000',
    '2:24: limits.connections: must be at least 1, found 0',
  ]],
  ['a name with a blank', 'name: My Gateway', [
    '1:7: name: expected lower-case letters, digits and -, at most 32, found "My Gateway"',
  ]],
  ['an unknown language', 'locale: de', [
    '1:9: locale: expected one of en, en-US, en-GB, ru, found "de"',
  ]],
  ['an unknown log level', 'log: { level: warning }', [
    '1:15: log.level: expected one of debug, info, warn, error, found "warning"',
  ]],
  ['a time zone with a typing mistake', 'timezone: Europe/Londn', [
    '1:11: timezone: expected a time zone such as Europe/London, Asia/Almaty or UTC (did you mean Europe/London?), found "Europe/Londn"',
  ]],
  ['a time zone as an offset', 'timezone: "+03:00"', [
    '1:11: timezone: expected a time zone such as Europe/London, Asia/Almaty or UTC, found "+03:00"',
  ]],
  ['a duration without a unit', 'outgoing: { give_up: 5 }', [
    '1:22: outgoing.give_up: expected a duration such as 90s, 5m, 4h, 30d or "2d 5h", found 5',
  ]],
  ['a duration in words', 'outgoing: { give_up: 5 days }', [
    '1:22: outgoing.give_up: expected a duration such as 90s, 5m, 4h, 30d or "2d 5h", found "5 days"',
  ]],
  ['a duration too short and one too long', 'intake: { parse_timeout: 1ms, hook_timeout: 2h }', [
    '1:26: intake.parse_timeout: must be at least 100ms, found "1ms"',
    '1:45: intake.hook_timeout: must be at most 5m, found "2h"',
  ]],
  ['a size with an unknown unit', 'limits: { message_size: 25 MO }', [
    '1:25: limits.message_size: expected a size such as 25MB, 200MiB or a number of bytes, found "25 MO"',
  ]],
  ['a size too small', 'limits: { message_size: 10kB }', [
    '1:25: limits.message_size: must be at least 64kB, found "10kB"',
  ]],
  ['a rate without a time', 'budget: { total: ["500"] }', [
    '1:19: budget.total[0]: expected a rate such as 10/10m (ten in ten minutes) or 500/h, found "500"',
  ]],
  ['off where time must end', 'outgoing: { give_up: off, delay_notice: never }', [
    '1:22: outgoing.give_up: expected a duration such as 90s, 5m, 4h, 30d or "2d 5h", found "off"',
    '1:41: outgoing.delay_notice: expected off or a duration such as 90s, 5m, 4h, 30d or "2d 5h", found "never"',
  ]],
  ['one value where a list belongs', 'budget: { total: 500/1h }', [
    '1:18: budget.total: expected a list (write it in [ ]), found "500/1h"',
  ]],
  ['a retention shorter than a retry', 'retention: { raw: 3d }', [
    '1:19: retention.raw: must be at least 7d, found "3d"',
  ]],
  ['a mailbox without an address', 'mailboxes:\n  support:', [
    '2:3: mailboxes.support: `address` is missing (Address of the mailbox)',
  ]],
  ['a bad address of a mailbox', 'mailboxes:\n  a: { address: "Support <a@example.com>", notify: [b] }\nagents:\n  b: { name: B, email: b@exa mple.org }', [
    '2:17: mailboxes.a.address: expected a mail address such as support@example.com, found "Support <a@example.com>"',
    '4:24: agents.b.email: expected a mail address such as support@example.com, found "b@exa mple.org"',
  ]],
  ['an id in capitals', 'mailboxes:\n  Support: { address: a@example.com }', [
    '2:3: mailboxes.Support: `Support` is not a possible id: use lower-case letters, digits, - and _, at most 64',
  ]],
  ['an unknown group to notify', 'mailboxes:\n  a: { address: a@example.com, notify: [suport, anna] }\ngroups:\n  support: { members: [] }', [
    '2:41: mailboxes.a.notify[0]: there is no agent or group `suport`, did you mean `support`?',
    '2:49: mailboxes.a.notify[1]: there is no agent or group `anna`; known: support',
  ]],
  ['an unknown assignee', 'mailboxes:\n  a: { address: a@example.com, assignee: bob }\nagents:\n  boris: { name: Boris, email: boris@example.org }', [
    '2:42: mailboxes.a.assignee: there is no agent `bob`; known: boris',
  ]],
  ['a group as assignee', 'mailboxes:\n  a: { address: a@example.com, assignee: g }\ngroups:\n  g: {}', [
    '2:42: mailboxes.a.assignee: there is no agent `g`',
  ]],
  ['a group with an unknown member and mailbox', 'groups:\n  support: { members: [ann], mailboxes: [sales] }\nagents:\n  anna: { name: Anna, email: anna@example.org }', [
    '2:24: groups.support.members[0]: there is no agent `ann`, did you mean `anna`?',
    '2:42: groups.support.mailboxes[0]: there is no mailbox `sales`',
  ]],
  ['an agent and a group with one id', 'agents:\n  support: { name: S, email: s@example.org }\ngroups:\n  support: { members: [support] }', [
    '4:3: groups.support: there is an agent `support` too; agents and groups share their ids, rename one',
  ]],
  ['an address in two mailboxes, in other letters', 'mailboxes:\n  a: { address: help@example.com, assignee: x }\n  b: { address: b@example.com, aliases: [HELP@Example.COM], assignee: x }\nagents:\n  x: { name: X, email: x@example.org }', [
    '3:42: mailboxes.b.aliases[0]: help@example.com already belongs to mailbox `a`',
  ]],
  ['an address twice in a mailbox', 'mailboxes:\n  a: { address: help@example.com, aliases: [help@example.com], assignee: x }\nagents:\n  x: { name: X, email: x@example.org }', [
    '2:45: mailboxes.a.aliases[0]: help@example.com stands twice in mailbox `a`',
  ]],
  ['an agent with the address of a mailbox', 'mailboxes:\n  a: { address: help@example.com, assignee: x }\nagents:\n  x: { name: X, email: help@example.com }', [
    "4:24: agents.x.email: help@example.com already belongs to mailbox `a`; an agent's address cannot be one of ours, mail would go round in circles",
  ]],
  ['two agents with one address', 'agents:\n  x: { name: X, email: x@example.org }\n  y: { name: Y, email: x@example.org }', [
    '3:24: agents.y.email: x@example.org already belongs to agent `x`',
  ]],
  ['a bounce address that is a mailbox', 'mailboxes:\n  a: { address: help@example.com, assignee: x }\nagents:\n  x: { name: X, email: x@example.org }\noutgoing:\n  bounce_address: help@example.com', [
    '6:19: outgoing.bounce_address: help@example.com already belongs to mailbox `a`',
  ]],
  ['a bad range of peers', 'listeners:\n  - { protocol: smtp, port: 25, peers: [10.0.0.0/33, localhost] }', [
    '2:41: listeners[0].peers[0]: expected an address or a range such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32, found "10.0.0.0/33"',
    '2:54: listeners[0].peers[1]: expected an address or a range such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32, found "localhost"',
  ]],
  ['a listener without a place and one with two', 'listeners:\n  - protocol: smtp\n  - { protocol: lmtp, port: 24, path: lmtp.sock }', [
    '2:5: listeners[0]: needs exactly one of `port`, `path` and `socket`, has none',
    '3:5: listeners[1]: needs exactly one of `port`, `path` and `socket`, has port and path',
  ]],
  ['an unknown protocol', 'listeners:\n  - { protocol: stmp, port: 25 }', [
    '2:17: listeners[0].protocol: expected one of smtp, lmtp (did you mean smtp?), found "stmp"',
  ]],
  ['two listeners on one port', 'listeners:\n  - { protocol: smtp, port: 2525 }\n  - { protocol: lmtp, port: 2525 }\nhttp: { port: 2525 }', [
    '3:29: listeners[1].port: 127.0.0.1 port 2525 is already taken by listeners[0]',
    '4:15: http.port: 127.0.0.1 port 2525 is already taken by listeners[0]',
  ]],
  ['half a certificate', 'listeners:\n  - { protocol: smtp, port: 25, tls: { cert: a.pem } }', [
    '2:33: listeners[0].tls: `key` is missing (PEM file with the private key)',
  ]],
  ['permissions as a number', 'listeners:\n  - { protocol: lmtp, path: a.sock, mode: 660 }\n  - { protocol: lmtp, path: b.sock, mode: "rw" }', [
    '2:43: listeners[0].mode: expected text (put it in quotes), found 660',
    '3:43: listeners[1].mode: expected permissions such as "0660", found "rw"',
  ]],
  ['two databases', 'database: { sqlite: a.db, postgres: "postgres://localhost/p" }', [
    '1:1: database: has both `sqlite` and `postgres`; keep one of them',
  ]],
  ['two places for raw mail', 'blobs: { directory: a, s3: { url: "https://s.test/b", access_key: abcd, secret_key: efgh } }', [
    '1:1: blobs: has both `directory` and `s3`; keep one of them (to change, first bring everything back with `move: back`)',
  ]],
  ['a bucket in clear', 'blobs:\n  s3: { url: "http://s.test/b", access_key: abcd, secret_key: efgh }', [
    '2:9: blobs.s3.url: with http anybody on the way could read the mail; write https',
  ]],
  ['a database URL that is none', 'database: { postgres: localhost:5432 }', [
    '1:23: database.postgres: expected a URL such as postgres://user:password@host:5432/postern (a special character in the password is written %40 and so on)',
  ]],
  ['sending without a host', 'outgoing: { transport: smtp }', [
    '1:1: outgoing: `host` is missing (the server that takes the mail)',
  ]],
  ['a directory with a host', 'outgoing:\n  host: mail.example.com\n  port: 25', [
    '2:3: outgoing.host: has no meaning with `transport: directory`; remove it, or say `transport: smtp`',
    '3:3: outgoing.port: has no meaning with `transport: directory`; remove it, or say `transport: smtp`',
  ]],
  ['a socket for smtp', 'outgoing: { transport: smtp, host: mail, path: /run/x.sock }', [
    '1:42: outgoing.path: has no meaning with `transport: smtp`; a unix socket needs `transport: lmtp`',
  ]],
  ['a password in the clear', 'outgoing: { transport: smtp, host: mail.example.com, auth: { user: u, pass: hunter2 } }', [
    '1:54: outgoing.auth: with `tls: opportunistic` anybody on the way could read the password; say `tls: required` (or `implicit` for port 465)',
  ]],
  ['a login without a password', 'outgoing: { transport: smtp, host: mail.example.com, tls: required, auth: { user: u } }', [
    '1:69: outgoing.auth: needs one of `pass` and `oauth`',
  ]],
  ['a login by both', 'outgoing:\n  transport: smtp\n  host: mail.example.com\n  tls: required\n  auth: { user: u, pass: p, oauth: { token_url: "https://login.example.com/t", client_id: c, refresh_token: r } }', [
    '5:3: outgoing.auth: needs one of `pass` and `oauth`',
  ]],
  ['secrets of OAuth in the clear', 'outgoing:\n  transport: smtp\n  host: mail.example.com\n  tls: required\n  auth: { user: u, oauth: { token_url: "http://login.example.com/t", client_id: c, refresh_token: r } }', [
    '5:3: outgoing.auth: with a `token_url` of http anybody on the way could read the secrets; write https',
  ]],
  ['sending to our own door', 'outgoing: { transport: smtp, host: localhost, port: 2525 }', [
    '1:47: outgoing.port: this is listeners[0] of Postern itself, mail would go round in circles',
  ]],
  ['a copy to our own door', 'mailboxes:\n  a: { address: a@example.com, assignee: x, copy: { transport: lmtp, host: 127.0.0.1, port: 2424 } }\nagents:\n  x: { name: X, email: x@example.org }', [
    '2:87: mailboxes.a.copy.port: this is listeners[1] of Postern itself, mail would go round in circles',
  ]],
  ['an unknown transport', 'outgoing: { transport: sendmail }', [
    '1:24: outgoing.transport: expected one of directory, smtp, lmtp, found "sendmail"',
  ]],
  ['a secret of the wrong type is not shown', 'outgoing: { transport: smtp, host: localhost, auth: { user: 17, pass: 123456789 } }', [
    '1:61: outgoing.auth.user: expected text (put it in quotes), found 17',
    '1:71: outgoing.auth.pass: expected text (put it in quotes)',
  ]],
  ['a web address without http', 'http: { public_url: desk.example.com }', [
    '1:21: http.public_url: expected an address on the web such as https://desk.example.com, found "desk.example.com"',
  ]],
  ['a name with a line break', 'mailboxes:\n  a: { address: a@example.com, assignee: x, name: "A\\nBcc: b" }\nagents:\n  x: { name: "", email: x@example.org }', [
    '2:51: mailboxes.a.name: expected text on one line, found "A\\nBcc: b"',
    '4:14: agents.x.name: must not be empty',
  ]],
  ['an unknown plugin', 'plugins:\n  - notfy\n  - zzzzzzz', [
    '2:5: plugins[0]: there is no plugin `notfy`, did you mean `notify`?',
    '3:5: plugins[1]: there is no plugin `zzzzzzz`; shipped are desk, threading, notify',
  ]],
  ['a plugin twice', 'plugins:\n  - notify\n  - notify: { quote: 3 }', [
    '3:5: plugins[1]: the plugin `notify` stands twice in the list',
  ]],
  ['settings that are not indented', 'plugins:\n  - notify:\n    quote: 3', [
    '2:5: plugins[0]: the settings of `notify` have to be indented further than its name',
  ]],
  ['a plugin that is a number', 'plugins: [1]', [
    '1:11: plugins[0]: expected the name of a plugin, or a name with its settings below it',
  ]],
  ['wrong settings of a plugin', 'plugins:\n  - notify:\n      qote: 3\n      quote: a lot\n      to: [nobody]\n      how: { by: pigeon }', [
    '3:7: plugins[0].notify.qote: unknown key `qote`, did you mean `quote`?',
    '4:14: plugins[0].notify.quote: expected a whole number, found "a lot"',
    '5:12: plugins[0].notify.to[0]: there is no agent or group `nobody`',
    '6:18: plugins[0].notify.how.by: expected one of mail, web, found "pigeon"',
  ]],
  ['settings for a plugin that has none', 'plugins:\n  - desk: { a: 1 }', [
    '2:13: plugins[0].desk.a: unknown key `a`, no keys are known here',
  ]],
  ['what a plugin itself checks', 'plugins:\n  - notify: { quote: 13 }', [
    '2:22: plugins[0].notify.quote: brings bad luck',
    'rules/a.yaml:3:7: is bad',
  ]],
  ['a plugin that could not be loaded', 'plugins:\n  - ./broken.ts', [
    '2:5: plugins[0]: cannot be loaded: no default export',
  ]],
  ['a variable that is not set', 'name: ${NO_SUCH}\nhostname: x${EMPTY}y', [
    '1:7: name: the environment variable NO_SUCH is not set; set it, or give a default: ${NO_SUCH:-default}',
    '2:11: hostname: the environment variable EMPTY is empty; set it, or give a default: ${EMPTY:-default}',
  ]],
  ['a variable that is never closed', 'hostname: "${HOST"', [
    '1:11: hostname: "${" is never closed; for a literal "${" write "$${"',
  ]],
  ['a variable that is not understood', 'hostname: ${HOST-x}\nname: ${file:}', [
    '1:11: hostname: `${HOST-x}` is not understood; possible are ${NAME}, ${NAME:-default} and ${file:path}, and $${ for a literal ${',
    '2:7: name: `${file:}` names no file',
  ]],
  ['a file that does not exist', 'hostname: ${file:/does/not/exist}', [
    '1:11: hostname: the file /does/not/exist does not exist',
  ]],
  ['a variable in braces without quotes', 'outgoing: { host: ${HOST} }', [
    '1:20: not valid YAML; inside { } or [ ] a value with ${...} needs quotes: "${NAME}"',
  ]],
  ['a value from outside is not shown', 'timezone: ${SECRET_ZONE}', [
    '1:11: timezone: expected a time zone such as Europe/London, Asia/Almaty or UTC',
  ]],
  ['the same key twice', 'name: a\nlocale: en\nname: b', [
    '3:1: name: stands twice; the first one is in line 1',
  ]],
  ['a key that is not a word', '? [a]\n: 1\n~: 2\n__proto__: 3', [
    '1:3: a key has to be a plain word',
    '3:1: a key has to be a plain word',
    '4:1: a key has to be a plain word',
  ]],
  ['a merge key', 'a: &a { level: info }\nlog:\n  <<: *a', [
    '1:1: a: unknown key `a`, known here: name, hostname, locale, timezone, data, log, listeners, http, database, blobs, limits, intake, outgoing, mailboxes, agents, groups, budget, retention, reload, plugins',
    '3:3: log: merge keys (<<) are not possible; write the keys out, or put the alias in the place of a whole value',
  ]],
  ['an unknown anchor', 'name: *x', [
    '1:7: name: there is no anchor `&x` above; if a text that begins with * is meant, put it in quotes',
  ]],
  ['a tag', 'name: !!js/function "x"', [
    '1:7: tags (words that begin with !) are not possible; if a text is meant, put it in quotes',
  ]],
  ['a tab', 'log:\n\tlevel: info', [
    '2:1: a tab stands in the indentation; use spaces',
  ]],
  ['tabs throughout are one mistake', 'log:\n\tlevel: info\nhttp:\n\tport: 80\n\thost: x\nname: [a\n', [
    '2:1: a tab stands in the indentation (also in lines 4, 5); use spaces',
  ]],
  ['more tabs than anybody reads, and what stands above them', `name: "a" b\nlog:\n${'\tlevel: info\n'.repeat(9)}`, [
    '1:11: not valid YAML: unexpected scalar at node end',
    '3:1: a tab stands in the indentation (also in lines 4, 5, 6, 7, 8 and 3 more); use spaces',
  ]],
  ['two documents', 'name: a\n---\nname: b', [
    '2:1: a second document begins here (---); only one is possible',
  ]],
  ['YAML 1.1', '%YAML 1.1\n---\nname: a', [
    '1:1: is not YAML 1.2; remove the %YAML line',
  ]],
  ['a quote that is not closed', 'name: "a\nlocale: en', [
    '2:11: a quote is not closed',
  ]],
  ['a colon in a value', 'name: a: b', [
    '1:7: not valid YAML: the next line is indented too far, or a value with ": " in it needs quotes',
  ]],
  ['a forgotten blank', 'name:postern\nlocale: en', [
    '1:1: not valid YAML: a key is not followed by ": " (colon and blank)',
  ]],
  ['wrong indentation', 'name: a\n  locale: en', [
    '1:7: not valid YAML: the next line is indented too far, or a value with ": " in it needs quotes',
  ]],
  ['a reserved character', 'name: @postern', [
    '1:7: plain value cannot start with reserved character @; put the value in quotes',
  ]],
  ['a bracket that is not closed', 'plugins: [desk, threading\nname: a', [
    '2:1: not valid YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
  ]],
  ['a backslash in quotes', 'data: "C:\\postern"', [
    '1:10: invalid escape sequence \\p; in double quotes write \\\\ for a backslash, or use single quotes',
  ]],
  ['an alias that holds itself', 'plugins: &x [*x]', [
    '1:14: plugins[0]: is nested too deeply (or an alias holds itself)',
  ]],
  ['a variant that is missing its name', 'plugins:\n  - notify: { how: { url: x } }', [
    '2:15: plugins[0].notify.how: `by` is missing (one of mail, web)',
  ]],
  ['a key of another variant', 'plugins:\n  - notify: { how: { by: web, after: 5m } }', [
    '2:15: plugins[0].notify.how: `url` is missing (Where to)',
    '2:31: plugins[0].notify.how.after: unknown key `after`, known here: by, url',
  ]],
  ['an empty value where one is needed', 'agents:\n  anna:\n    name: Anna\n    email:\n', [
    "2:3: agents.anna: `email` is missing (Where notifications go, and the only address (besides the aliases) whose replies count as this agent's)",
  ]],
  ['a database URL with its password', 'database:\n  postgres: "mysql://root:hunter2hunter2@db/x"\ntimezone: hunter2hunter2', [
    '2:13: database.postgres: expected a URL such as postgres://user:password@host:5432/postern (a special character in the password is written %40 and so on)',
    '3:11: timezone: expected a time zone such as Europe/London, Asia/Almaty or UTC, found "[redacted]"',
  ]],
  ['several mistakes at once, in their order', 'name: Postern\nlisteners:\n  - protocol: stmp\n    port: 99999\nmailboxes:\n  support:\n    adress: support@example.com\n    notify: [suport]\ngroups:\n  support: { members: [ana] }\nagents:\n  anna: { name: Anna, email: anna }\nplugins:\n  - notfy', [
    '1:7: name: expected lower-case letters, digits and -, at most 32, found "Postern"',
    '3:15: listeners[0].protocol: expected one of smtp, lmtp (did you mean smtp?), found "stmp"',
    '4:11: listeners[0].port: must be at most 65535, found 99999',
    '6:3: mailboxes.support: `address` is missing (Address of the mailbox)',
    '7:5: mailboxes.support.adress: unknown key `adress`, did you mean `address`?',
    '8:14: mailboxes.support.notify[0]: there is no agent or group `suport`, did you mean `support`?',
    '10:24: groups.support.members[0]: there is no agent `ana`, did you mean `anna`?',
    '12:30: agents.anna.email: expected a mail address such as support@example.com, found "anna"',
    '14:5: plugins[0]: there is no plugin `notfy`, did you mean `notify`?',
  ]],
]
