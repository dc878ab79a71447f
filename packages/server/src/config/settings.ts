/**
 * All settings of the server: name, description, default and allowed values.
 * `docs/settings.md` and `parley config` are generated from this table.
 */
import { isAddressRange } from '@parley/websocket/http';
import { SEARCH_LANGUAGES, type SearchLanguage } from '../model/stems.ts';
import { UNIT_NAMES, type Unit } from '../model/units.ts';
import { integer, list, oneOf, optionalSetting, setting, text } from './setting-types.ts';

const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'];
const DAY_MS = 24 * 60 * 60 * 1000;

const unitList = list(oneOf(...UNIT_NAMES));
const units = {
  parse: (value: string): readonly Unit[] | undefined => {
    if (value === 'all') return UNIT_NAMES;
    return value === 'none' ? [] : unitList.parse(value);
  },
  allowed: `all, none, or ${unitList.allowed}`,
};
const languageList = list(oneOf(...SEARCH_LANGUAGES));
const searchLanguages = {
  parse: (value: string): readonly SearchLanguage[] | undefined =>
    value === 'none' ? [] : languageList.parse(value),
  allowed: `none, or ${languageList.allowed}`,
};
const databaseUrl = {
  parse: (value: string) => (value === 'sqlite:' || isPostgresUrl(value) ? value : undefined),
  allowed: '`sqlite:` or a URL such as postgres://user:password@host:5432/database',
};
const cassandraUrl = text(
  'a URL such as cassandra://user:password@host:9042,host2:9042/keyspace?datacenter=datacenter1',
  /^cassandra:\/\/[^/\s]+\/[a-z]\w*\?(.*&)?datacenter=[^&]+/,
);
const s3Url = text(
  'a URL such as s3://bucket/prefix?region=eu-central-1&endpoint=https://s3.example.org',
  /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[^\s?#]*)?(\?[^\s#]*)?$/,
);
const redisUrl = text('a URL such as redis://user:password@host:6379/0', /^rediss?:\/\/\S+$/);
// Origins and host names are normalized by the URL parser, so that they compare equal. A wildcard
// would match nothing.
const origin = {
  parse: (value: string) =>
    /^https?:\/\/[^\s/?#@\\*]+$/i.test(value) && URL.canParse(value)
      ? new URL(value).origin
      : undefined,
  allowed: 'an origin such as https://chat.example.org',
};
const hostName = {
  parse: (value: string) =>
    /^[^\s/?#@\\:[\]*]+$/.test(value) && URL.canParse(`http://${value}`)
      ? new URL(`http://${value}`).hostname
      : undefined,
  allowed: 'a host name such as chat.example.org, without scheme and port',
};
// `fetch` rejects URLs with a user name and password.
const httpUrl = (example: string) => ({
  parse: (value: string) => (isPlainHttpUrl(value) ? value : undefined),
  allowed: `a URL such as ${example}, without user name and password`,
});
const network = {
  parse: (value: string) => (isAddressRange(value) ? value : undefined),
  allowed: 'an address or a range such as 10.0.0.0/8',
};

export const SETTINGS = Object.freeze({
  PORT: setting(integer(0, 65_535), '8080', 'TCP port of the server; 0 selects a free port.'),
  HOST: setting(
    text('an address or a host name'),
    '127.0.0.1',
    'IP address or host name that the server listens on.',
  ),
  WORKERS: setting(
    integer(1, 64),
    '1',
    'Number of processes that serve clients. With 2 or more, a further process owns the SQLite database and the connection between them. `MEMORY_BUDGET_BYTES` is divided among the processes; limits on connections, rates and `DATABASE_CONNECTIONS_MAX` apply to each.',
  ),
  UNITS: setting(
    units,
    'all',
    'Units, which is work beside the chat, that this process does: `all`, `none`, or some of them. Only nodes of a cluster may leave any out; `parley unit` runs them in processes of their own.',
  ),
  DATA_DIR: setting(
    text('a folder'),
    './data',
    'Folder of the SQLite database and of the secrets generated at the first start.',
  ),
  DATABASE_URL: setting(
    databaseUrl,
    'sqlite:',
    'Database of messages and accounts: `sqlite:` (a file in `DATA_DIR`) or a PostgreSQL URL.',
    { redact: withoutPassword },
  ),
  DATABASE_CONNECTIONS_MAX: setting(
    integer(1, 1000),
    '10',
    'Maximum number of simultaneous connections to PostgreSQL; further queries wait. Commits, health checks and the lock of the server use up to 7 more.',
  ),
  CASSANDRA_URL: optionalSetting(
    cassandraUrl,
    'Cassandra in which messages are stored, instead of `DATABASE_URL`: contact points, keyspace and data centre. A missing keyspace is created with up to 3 copies. `tls=true` in the query uses TLS.',
    { redact: withoutPassword, fallbackNote: 'messages are in `DATABASE_URL`' },
  ),
  DATABASE_TIMEOUT_MS: setting(
    integer(100, 60_000),
    '5000',
    'Milliseconds without an answer after which the database counts as unavailable; PostgreSQL cancels statements that take longer.',
  ),
  DURABILITY: setting(
    oneOf('full', 'relaxed'),
    'full',
    'Durability of acknowledged messages. `full`: they survive a power failure. `relaxed`: a power failure may lose the most recent ones.',
  ),
  DISK_RESERVE_BYTES: setting(
    integer(0, Number.MAX_SAFE_INTEGER),
    String(100 * 1024 * 1024),
    'Free bytes of the disk of `DATA_DIR` below which SQLite accepts no more writes (`UNAVAILABLE`), so that the disk does not become full. Reading, logouts and deletions go on. 0 disables it. PostgreSQL and Cassandra have disks of their own.',
  ),
  NODE_ENV: setting(
    text('one word', /^\w+$/),
    'development',
    'Environment; `production` requires `SESSION_SECRET`.',
  ),
  SESSION_SECRET: optionalSetting(
    list(text('a string of at least 16 characters', /^.{16,}$/)),
    'Secret that signs session cookies. If you list several, the first one signs and all of them verify.',
    { fallbackNote: 'generated once, in `DATA_DIR`', redact: () => '***' },
  ),
  SESSION_STORE: setting(
    oneOf('own', 'redis'),
    'own',
    'Session store. `redis`: sessions are read from `REDIS_URL`, where an Express application stores them with connect-redis, signed with the same `SESSION_SECRET`; login at this server is disabled.',
  ),
  REDIS_URL: optionalSetting(
    redisUrl,
    'Redis through which the nodes of a cluster reach each other, and in which connect-redis stores its sessions; `rediss://` uses TLS. Several addresses of a Redis Cluster or of Sentinels are separated by commas. With a PostgreSQL `DATABASE_URL`, the server is a node of a cluster. Required with `SESSION_STORE=redis`.',
    { redact: withoutPassword },
  ),
  REDIS_INSECURE: optionalSetting(
    oneOf('allow'),
    'Permission to use a `REDIS_URL` on another machine without a password or without TLS. Every client of such a Redis can read all live messages and disturb the cluster.',
    { fallbackNote: 'refused' },
  ),
  BUS: optionalSetting(
    oneOf('redis', 'memory'),
    'Connection to the other nodes of a cluster. `memory`: the server is alone, and uses `REDIS_URL` only for the sessions of another application. `redis` requires `REDIS_URL` and a PostgreSQL `DATABASE_URL`, and on all nodes the same `SESSION_SECRET` and `JWT_SECRET`.',
    {
      fallbackNote: '`redis` with `REDIS_URL` and a PostgreSQL `DATABASE_URL`, otherwise `memory`',
    },
  ),
  NODE_NAME: optionalSetting(
    text('up to 64 letters, digits, `.`, `:`, `_` or `-`', /^[\w.:-]{1,64}$/),
    'Name of this node of a cluster in each line of its log.',
    { fallbackNote: 'host name and `PORT`' },
  ),
  DRAIN_MS: setting(
    integer(0, 60_000),
    '5000',
    'Milliseconds over which a node of a cluster closes its connections when SIGTERM or `parley drain` stops it.',
  ),
  JWT_SECRET: optionalSetting(
    list(text('a string of at least 32 characters', /^.{32,}$/)),
    'Secret that signs the tokens of `POST /api/tokens`. If you list several, the first one signs and all of them verify.',
    { fallbackNote: 'generated once, in `DATA_DIR`', redact: () => '***' },
  ),
  JWT_ISSUER: optionalSetting(
    text('the `iss` claim of the issuer'),
    'External issuer whose tokens are accepted in addition to those of Parley; requires `JWT_AUDIENCE`, and `JWKS_URL` or `JWT_PUBLIC_KEY_FILE`.',
  ),
  JWT_AUDIENCE: optionalSetting(
    text('the `aud` claim of the tokens'),
    'Audience that tokens of `JWT_ISSUER` must name.',
  ),
  JWT_ALGORITHMS: setting(
    list(oneOf('RS256', 'ES256', 'EdDSA')),
    'RS256,ES256,EdDSA',
    'Signature algorithms accepted in tokens of `JWT_ISSUER`.',
  ),
  JWKS_URL: optionalSetting(
    httpUrl('https://login.example.org/jwks.json'),
    'URL of the key set (JWKS) of `JWT_ISSUER`.',
    { redact: withoutPassword },
  ),
  JWT_PUBLIC_KEY_FILE: optionalSetting(
    text('the path of a file'),
    'Public key of `JWT_ISSUER` in PEM format, instead of `JWKS_URL`.',
  ),
  SOCKETIO_PING_INTERVAL_MS: setting(
    integer(100, 300_000),
    '25000',
    'Milliseconds between two pings to a Socket.IO client.',
  ),
  SOCKETIO_PING_TIMEOUT_MS: setting(
    integer(100, 300_000),
    '20000',
    'Milliseconds within which a Socket.IO client must answer a ping; otherwise it is disconnected.',
  ),
  CHANNELS_BUCKET_CAPACITY: setting(
    integer(1, 1_000_000),
    '20',
    'Maximum burst of messages per connection at `/ws/chat` and `/messagepal`, and per user who posts to them over HTTP (capacity of a token bucket).',
  ),
  CHANNELS_REFILL_PER_SECOND: setting(
    integer(1, 1_000_000),
    '5',
    'Tokens added to the bucket per second.',
  ),
  REGISTRATION: optionalSetting(
    oneOf('open', 'invited', 'closed'),
    'Self-registration: `open` lets users create accounts themselves. `invited`: only with a link that a user has created to let people in. `closed`: accounts are created with `parley users add`.',
    { fallbackNote: '`open` if `HOST` is a loopback address, else `invited`' },
  ),
  REGISTRATION_EMAIL_DOMAINS: setting(
    list(hostName),
    '',
    'Domains of the e-mail addresses with which users may create accounts themselves: such an account is closed until its address is confirmed, and deleted after 7 days without. Invitations of owners and admins let in others; those of other members do not. Needs `SMTP_URL`. Empty: no address is asked for.',
  ),
  REQUIRED_SIGN_IN: setting(
    oneOf('password', 'two-step', 'two-step-for-admins', 'provider'),
    'password',
    'Sign-in that all accounts need. `two-step`: a second factor besides the password; sessions without it can only set it up. `two-step-for-admins`: the same for owners and admins. `provider`: a provider of `OIDC_PROVIDERS_FILE`; passwords sign in owners only. Providers answer for their own second factors. [Operations](operations.md#required-sign-in) says more.',
  ),
  FIRST_ACCOUNT: setting(
    oneOf('owner', 'member'),
    'owner',
    'Role of the first account on a server without accounts. `owner`: a user of this machine who registers, if `HOST` is a loopback address and no proxy is named, or else the user who opens the link that the server prints at its start. `member`: owners are appointed with `parley users role`.',
  ),
  FIRST_ROOM: setting(
    text('the name of a room, or `none`'),
    'general',
    'Name of the room that a server gets with its owner, who has registered as the first account; new accounts become members of it. `none`: the server begins without rooms.',
  ),
  REGISTRATIONS_PER_HOUR: setting(
    integer(0, 1_000_000),
    '200',
    'Maximum number of registrations per hour from all addresses together; beyond it, registrations get `RATE_LIMITED`. Clients of this machine are not counted. 0 means no limit.',
  ),
  ALLOWED_HOSTS: setting(
    list(hostName),
    '',
    'Host names of this server, such as `chat.example.org`; requests for other names get 403. IP addresses, `localhost`, `HOST`, the hosts of `CORS_ORIGINS` and the names of `TLS_CERT_FILE` are always allowed.',
  ),
  CORS_ORIGINS: setting(list(origin), '', 'Additional origins whose pages may use this server.'),
  TRUST_PROXY: setting(
    list(network),
    '',
    'Proxies whose `X-Forwarded-For`, `X-Forwarded-Host` and `X-Forwarded-Proto` headers are trusted.',
  ),
  TLS_CERT_FILE: optionalSetting(
    text('the path of a file'),
    'Certificate in PEM format, followed by its intermediate certificates; enables HTTPS. Requires `TLS_KEY_FILE`. Both files are checked every minute and reloaded when they change.',
  ),
  TLS_KEY_FILE: optionalSetting(
    text('the path of a file'),
    'Private key of `TLS_CERT_FILE` in PEM format.',
  ),
  RETENTION_DAYS: setting(
    integer(0, 36_500),
    '0',
    'Days after which messages are deleted permanently, pinned messages included; 0 keeps them forever.',
  ),
  AUDIT_RETENTION_DAYS: setting(
    integer(0, 36_500),
    '365',
    'Days after which entries of the audit log are deleted; 0 keeps them forever.',
  ),
  SEARCH_LANGUAGES: setting(
    searchLanguages,
    'en',
    'Languages in which a search finds the other forms of a word (`deployed` for `deploys`), in all messages: name those that are written here. `none`: only words as they are written, and their beginnings. After a change, run `parley reindex`; the same on all nodes.',
  ),
  LOG_LEVEL: setting(
    oneOf('error', 'warn', 'info', 'debug', 'silent'),
    'info',
    'Least severe level that is logged.',
  ),
  METRICS_TOKEN: optionalSetting(
    text('printable ASCII characters without spaces, at least 16', /^[\x21-\x7e]{16,}$/),
    'Bearer token with which other machines may read `GET /metrics`.',
    { fallbackNote: 'only this machine may read the metrics', redact: () => '***' },
  ),
  MAX_CONNECTIONS: optionalSetting(
    integer(1, 1_000_000),
    'Maximum number of simultaneous connections; beyond it, upgrades get 503 with `Retry-After`. It also bounds sockets of any kind, idle HTTP sockets included: twice as many plus 100, and fewer than the descriptor limit.',
    { fallbackNote: '65 % of the descriptor limit, at most 50,000' },
  ),
  MAX_CONNECTIONS_PER_ADDRESS: optionalSetting(
    integer(0, 1_000_000),
    'Maximum number of simultaneous connections per IP address; beyond it, upgrades get 429. 0 means no limit. A value that you set also applies to loopback addresses. Sockets of any kind per address: twice as many plus 100.',
    { fallbackNote: '100; no limit for loopback addresses and trusted proxies' },
  ),
  CONNECTIONS_PER_MINUTE_PER_ADDRESS: optionalSetting(
    integer(0, 1_000_000),
    'Maximum number of new connections per IP address and minute; beyond it, upgrades get 429. 0 means no limit. A value that you set also applies to loopback addresses.',
    { fallbackNote: '600; no limit for loopback addresses and trusted proxies' },
  ),
  HEARTBEAT_INTERVAL_MS: setting(
    integer(100, 300_000),
    '25000',
    'Milliseconds between two pings to a connection.',
  ),
  HEARTBEAT_TIMEOUT_MS: setting(
    integer(50, 300_000),
    '10000',
    'Milliseconds to wait for the pong; must be less than `HEARTBEAT_INTERVAL_MS`.',
  ),
  HEARTBEAT_MISSES: setting(
    integer(1, 10),
    '2',
    'Missed pongs in a row after which a connection is closed.',
  ),
  LOOP_DELAY_MAX_MS: setting(
    integer(0, 60_000),
    '500',
    'Milliseconds that the event loop may be late, as the mean of ten seconds, before new connections are refused; they are delayed from a fifth of it. 0 never refuses them.',
  ),
  MESSAGE_RATE_MAX: setting(
    integer(0, 1_000_000),
    '100',
    'Maximum number of messages per connection and `MESSAGE_RATE_WINDOW_MS`; 0 disables all limits on the number of messages and changes.',
  ),
  MESSAGE_RATE_WINDOW_MS: setting(
    integer(1, DAY_MS),
    '60000',
    'Milliseconds of the time window to which the message and change limits apply.',
  ),
  USER_MESSAGE_RATE_MAX: optionalSetting(
    integer(0, 1_000_000),
    'Maximum number of messages per user and `MESSAGE_RATE_WINDOW_MS`, summed over all dialects, connections and HTTP requests; 0 means no limit.',
    {
      fallbackNote:
        'four times `MESSAGE_RATE_MAX`, or what one connection at `/ws/chat` may send if that is more',
    },
  ),
  FLOOD_RULES: setting(
    oneOf('on', 'off'),
    'on',
    'Whether authors of floods are warned, slowed down and muted: repeated texts, mentions, and links of new accounts. Those who moderate are exempt. `off`, or `MESSAGE_RATE_MAX=0`, also lifts the limits of new accounts.',
  ),
  NEW_ACCOUNT_HOURS: setting(
    integer(0, 24 * 365),
    '24',
    'Hours for which an account is new, on a server where everybody can register: it sends at most 300 messages per hour, few links, and no `@everyone` and `@here` in rooms that it does not moderate; `JOIN_WAVE_MAX` counts it. 0 means no such limits.',
  ),
  JOIN_WAVE_MAX: setting(
    integer(0, 100_000),
    '30',
    'Number of new accounts that may join a public room within 5 minutes. Above it, moderators get a report; above twice this number, the new accounts are muted in the room for 10 minutes; above five times, their joins wait. 0, or `FLOOD_RULES=off`, means no such rule.',
  ),
  BLOCKED_WORDS_FILE: optionalSetting(
    text('the path of a file'),
    'File of words and phrases that messages must not contain, one in a line; `#` begins a comment. Whole words count, without regard to case and accents. Read at the start.',
  ),
  BLOCKED_WORDS_ACTION: setting(
    oneOf('reject', 'report'),
    'reject',
    'Treatment of a message with such a word: `reject` tells its author which word it is; `report` stores it, and puts it into the queue of the moderators.',
  ),
  USER_CHANGE_RATE_MAX: optionalSetting(
    integer(0, 1_000_000),
    'Maximum number of changes per user and `MESSAGE_RATE_WINDOW_MS`: the sum of edits, deletions, reactions, pins, new memberships, members, bans, blocks and chosen statuses. Read positions have a limit of their own, five times as high. 0 means no limit.',
    { fallbackNote: 'same as `USER_MESSAGE_RATE_MAX`' },
  ),
  USER_READ_RATE_MAX: setting(
    integer(0, 10_000_000),
    '3000',
    'Maximum number of pages that a user may read per `MESSAGE_RATE_WINDOW_MS`, summed over all dialects, connections and nodes: history, threads, pins, members, rooms and other lists. A page has 50 rows; joins and each room of a resume count as one page. 0 means no limit.',
  ),
  USER_CREATION_RATE_MAX: setting(
    integer(0, 1_000_000),
    '60',
    'Maximum number of rooms, groups, direct rooms, workspaces and channels that a user may create per hour; 0 means no limit.',
  ),
  USER_REQUEST_RATE_MAX: setting(
    integer(0, 1_000_000),
    '50',
    'Maximum number of requests that a user receives per day from strangers, with whom the user shares no group, workspace or conversation: first messages, additions to groups, and invitations. One author has at most a fifth of them. 0 means no limit.',
  ),
  ASK_BEFORE_STRANGERS: setting(
    oneOf('on', 'off'),
    'on',
    'Whether strangers can only send a request to add users to a group, private room or workspace, and do not see the presence of users who have not answered them, unless the user has chosen otherwise. `off` suits a server on which everybody knows each other.',
  ),
  USER_BYTES_PER_DAY: setting(
    integer(0, Number.MAX_SAFE_INTEGER),
    String(100 * 1024 * 1024),
    'Maximum bytes of messages and attachments that a user may store per day, over all dialects and connections (bucket that refills evenly); beyond it, messages and edits get `RATE_LIMITED`. 0 means no limit.',
  ),
  FILES_DIR: optionalSetting(
    text('a folder'),
    'Folder of the files that users upload. The nodes of a cluster need one that they share, or `FILES_URL`.',
    { fallbackNote: '`files` in `DATA_DIR`' },
  ),
  FILES_URL: optionalSetting(
    s3Url,
    'Bucket of an S3-compatible store for the files that users upload, in place of a folder: a prefix of their names, `region` (`us-east-1`), and `endpoint` for stores other than AWS. Keys come from `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or from the role of the machine. Files are received in `FILES_DIR` first.',
    { fallbackNote: 'files are in `FILES_DIR`' },
  ),
  FILE_BYTES_MAX: setting(
    integer(1, 1024 ** 3),
    String(25 * 1024 * 1024),
    'Maximum bytes of an uploaded file.',
  ),
  USER_FILE_BYTES_PER_DAY: setting(
    integer(0, Number.MAX_SAFE_INTEGER),
    String(1024 ** 3),
    'Maximum bytes of files that a user may upload per day (bucket that refills evenly); beyond it, uploads get `RATE_LIMITED`. 0 means no limit.',
  ),
  FILES_BYTES_MAX: setting(
    integer(0, Number.MAX_SAFE_INTEGER),
    String(20 * 1024 ** 3),
    'Maximum bytes of all uploaded files together, with those of unfinished resumable uploads; beyond it, and if the disk would have less than `DISK_RESERVE_BYTES` left, uploads get `UNAVAILABLE`.',
  ),
  USER_FILES_PERCENT: setting(
    integer(0, 100),
    '25',
    'Percent of the free part of `FILES_BYTES_MAX` that the files of a user may take, and an eighth of it in the first `NEW_ACCOUNT_HOURS` of an account that anybody could make: others always find space. With 25, a user alone can take a fifth of `FILES_BYTES_MAX`. Beyond it, uploads get `UNAVAILABLE`. 0 means no limit.',
  ),
  FILE_SCAN_URL: optionalSetting(
    httpUrl('http://127.0.0.1:9000/scan'),
    'Scanner that every uploaded file and picture is sent to (`POST`) before it is taken; only the answer 200 with `{"clean": true}` lets it in. [Operations](operations.md#a-scanner-of-files) has the contract.',
    { fallbackNote: 'files are not scanned' },
  ),
  FILE_SCAN_TIMEOUT_MS: setting(
    integer(100, 600_000),
    '15000',
    'Milliseconds for the answer of `FILE_SCAN_URL` to a file; it is asked three times at most.',
  ),
  UPLOAD_IDLE_MS: setting(
    integer(100, 600_000),
    '30000',
    'Milliseconds without a byte, or with less than 1 KiB a second, after which an upload ends.',
  ),
  CONTENT_LENGTH_MAX: setting(
    integer(1, 100_000),
    '10000',
    'Maximum length of a message in any dialect, in Unicode code points.',
  ),
  NATIVE_CONTENT_LENGTH_MAX: setting(
    integer(1, 100_000),
    '1000',
    'Maximum length of a message in the native dialect, in Unicode code points, for clients that negotiate no version (`parley.v1`, `parley.v1.streams`); those have `CONTENT_LENGTH_MAX`.',
  ),
  HISTORY_ON_JOIN: setting(
    integer(0, 200),
    '50',
    'Number of latest messages sent when a client joins a room.',
  ),
  CATCH_UP_EVENTS_MAX: setting(
    integer(1, 10_000),
    '1000',
    'Maximum number of missed events per room sent after a reconnect; if more were missed, the latest page of messages is sent instead.',
  ),
  TAIL_EVENTS_PER_ROOM: setting(
    integer(1, 100_000),
    '1000',
    'Latest events kept in memory for each open room; up to twice as many are kept between two trims.',
  ),
  SOFT_BUFFER_BYTES: setting(
    integer(1024, 64 * 1024 * 1024),
    '65536',
    'Unsent bytes of a connection above which typing events are dropped for it.',
  ),
  HARD_BUFFER_BYTES: setting(
    integer(1024, 256 * 1024 * 1024),
    '262144',
    'Unsent bytes of a connection above which it is lagging: the server stops reading from it, and sends what it missed once the client has read.',
  ),
  MEMORY_BUDGET_BYTES: setting(
    integer(16 * 1024 * 1024, 64 * 1024 * 1024 * 1024),
    '268435456',
    'Maximum bytes that the server holds for all clients together: recent events, waiting commands (those of other nodes included), answers and unsent bytes. Near it, recent events are dropped first, then joins and resumes get shorter answers, and clients with waiting commands are read more slowly.',
  ),
  LAGGING_TIMEOUT_MS: setting(
    integer(100, 3_600_000),
    '60000',
    'Milliseconds that a connection may be lagging before it must reload its rooms.',
  ),
  TYPING_TIMEOUT_MS: setting(
    integer(100, 60_000),
    '3000',
    'Milliseconds after which a typing indicator expires.',
  ),
  PRESENCE_GRACE_MS: setting(
    integer(0, 60_000),
    '5000',
    'Grace period in milliseconds before a disconnected user appears offline.',
  ),
  COMPRESSION: setting(
    oneOf('off', 'on'),
    'off',
    'Compression of messages of 1 KiB and more on WebSockets, for clients that offer it (permessage-deflate); not for Socket.IO.',
  ),
  AWAY_AFTER_MS: setting(
    integer(0, DAY_MS),
    '600000',
    'Milliseconds without activity of a user on any connection after which the user appears as away; 0 disables it.',
  ),
  SESSION_TTL_MS: setting(
    integer(1000, 365 * DAY_MS),
    String(DAY_MS),
    'Lifetime of a session in milliseconds, counted from its last activity.',
  ),
  SESSION_AGE_MAX_MS: setting(
    integer(1000, 10 * 365 * DAY_MS),
    String(90 * DAY_MS),
    'Maximum age of a session in milliseconds, counted from the login or the last change of the password, however much it is used.',
  ),
  SESSION_TOKEN_IN_URL: optionalSetting(
    oneOf('on', 'off'),
    'Session tokens in the addresses of upgrades. `on`: `?token=` accepts the token of a login, which proxies may log. `off`: it accepts tokens of `POST /api/tokens` only, and `?ticket=` accepts tickets of `POST /api/tickets`.',
    {
      fallbackNote:
        '`on` for clients on this machine if `HOST` is a loopback address, otherwise `off`',
    },
  ),
  LARGE_ROOM_PEOPLE: setting(
    integer(1, 1_000_000),
    '200',
    'Number of users in a room above which joins, leaves and presence are sent only as a count, and only moderators mention everyone.',
  ),
  EMPTY_ROOM_TIMEOUT_MS: setting(
    integer(0, DAY_MS),
    '300000',
    'Milliseconds after which a room is deleted if it has no messages and no users are in it.',
  ),
  LINK_PREVIEWS: optionalSetting(
    oneOf('on', 'off'),
    'Previews of the links in messages: `on` lets this server fetch the pages and pictures behind them, from public addresses only.',
    {
      fallbackNote: '`off` if `HOST` is a loopback address and `PUBLIC_URL` is not set, else `on`',
    },
  ),
  LINK_PREVIEW_ALLOW: setting(
    list(network),
    '',
    'Addresses and ranges that previews may be fetched from although they are not public, on any port, such as those of a wiki in the local network. Users can make this server send requests to all of them.',
  ),
  SMTP_URL: optionalSetting(
    text('a URL such as smtps://user:password@mail.example.org:465', /^smtps?:\/\/\S+$/),
    'Mail server that sends confirmations of e-mail addresses and links for forgotten passwords; without it, no mail is sent. Needs `MAIL_FROM`.',
    { redact: withoutPassword },
  ),
  MAIL_FROM: optionalSetting(
    text('an address such as Parley <chat@example.org>', /^[^@\r\n]+@[^@\s]+$/),
    'Sender of the mail.',
  ),
  PUBLIC_URL: optionalSetting(
    httpUrl('https://chat.example.org'),
    'Address of this server in mail, to which providers send browsers back, and whose domain passkeys have. Never taken from requests, whose sender could choose it.',
    { fallbackNote: 'the first of `ALLOWED_HOSTS`, or `HOST`, and `PORT`' },
  ),
  OIDC_PROVIDERS_FILE: optionalSetting(
    text('the path of a file'),
    'JSON file of the providers (OpenID Connect) with which users sign in. Needs `PUBLIC_URL`. [Operations](operations.md#sign-in-with-a-provider) has examples.',
  ),
  AI_BASE_URL: optionalSetting(
    httpUrl('https://api.example.org/v1'),
    'Base URL of a language model for the assistant, with an OpenAI-compatible `/chat/completions` endpoint; without it, the assistant is disabled.',
    { redact: withoutPassword },
  ),
  AI_API_KEY: optionalSetting(
    text('printable ASCII characters without spaces', /^[\x21-\x7e]+$/),
    'API key sent to `AI_BASE_URL` as a bearer token.',
    { redact: () => '***' },
  ),
  AI_MODEL: optionalSetting(text('the name of a model'), 'Name of the model that answers.'),
  AI_MENTION: setting(
    text('`@` and 2 to 20 letters, digits, `_` or `-`', /^@[A-Za-z0-9_-]{2,20}$/),
    '@ai',
    'Mention that calls the assistant: `@` and its name.',
  ),
  AI_TIMEOUT_MS: setting(
    // Node's `fetch` waits no longer for the beginning of a response.
    integer(100, 300_000),
    '20000',
    'Milliseconds to wait for the first words of an answer; the complete answer may take four times as long.',
  ),
});

/** Title of the settings from this one on, for people who read the list. */
export const SETTING_SECTIONS: Readonly<Partial<Record<keyof typeof SETTINGS, string>>> =
  Object.freeze({
    PORT: 'Server',
    DATABASE_URL: 'Storage',
    NODE_ENV: 'Sessions and tokens',
    REDIS_URL: 'Cluster',
    JWT_SECRET: 'Tokens',
    SOCKETIO_PING_INTERVAL_MS: 'Dialects',
    REGISTRATION: 'Access',
    RETENTION_DAYS: 'Operation',
    MAX_CONNECTIONS: 'Connections',
    MESSAGE_RATE_MAX: 'Limits per user and message',
    SOFT_BUFFER_BYTES: 'Memory and slow clients',
    TYPING_TIMEOUT_MS: 'Presence, sessions and rooms',
    LINK_PREVIEWS: 'Link previews',
    SMTP_URL: 'Mail',
    OIDC_PROVIDERS_FILE: 'Sign-in with a provider',
    AI_BASE_URL: 'Assistant',
  });

function isPostgresUrl(value: string): boolean {
  if (!/^postgres(ql)?:/.test(value) || !URL.canParse(value)) return false;
  const { pathname, searchParams } = new URL(value);
  const mode = searchParams.get('sslmode');
  return pathname.length > 1 && (mode === null || SSL_MODES.includes(mode));
}

function isPlainHttpUrl(value: string): boolean {
  if (!/^https?:/.test(value) || !URL.canParse(value)) return false;
  const { username, password, hash } = new URL(value);
  return username === '' && password === '' && hash === '';
}

/** Also hides the password of a URL that is rejected because its scheme or a slash is missing. */
function withoutPassword(url: string): string {
  return url
    .replace(/^((?:[a-z][a-z\d+.-]*:(?=\/))?[^:]*):.*@/i, '$1:***@')
    .replace(/([?&](?:ssl)?password=)[^&]*/, '$1***');
}
