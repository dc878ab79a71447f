/**
 * Every setting of the server: name, what it decides, default, what is allowed.
 * The reference in `docs/settings.md` and `parley config` are made from this table.
 */
import { isAddressRange } from '@parley/websocket';
import { integer, list, oneOf, optionalSetting, setting, text } from './setting-types.ts';

const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'];
const DAY_MS = 24 * 60 * 60 * 1000;

const databaseUrl = {
  parse: (value: string) => (value === 'sqlite:' || isPostgresUrl(value) ? value : undefined),
  allowed: '`sqlite:` or an address such as postgres://user:password@host:5432/database',
};
const redisUrl = text('an address such as redis://user:password@host:6379/0', /^rediss?:\/\/\S+$/);
const origin = text('an origin such as https://chat.example.org', /^https?:\/\/[^/]+$/);
const hostName = {
  // As the URL parser reads it, so that a name is compared in one form.
  parse: (value: string) =>
    /^[^\s/?#@\\:[\]]+$/.test(value) && URL.canParse(`http://${value}`)
      ? new URL(`http://${value}`).hostname
      : undefined,
  allowed: 'a host name such as chat.example.org, without scheme and port',
};
const modelAddress = {
  parse: (value: string) => (isPlainHttpUrl(value) ? value : undefined),
  allowed: 'an address such as https://api.example.org/v1, without a password in it',
};
const network = {
  parse: (value: string) => (isAddressRange(value) ? value : undefined),
  allowed: 'an address or a range such as 10.0.0.0/8',
};

export const SETTINGS = Object.freeze({
  PORT: setting(integer(0, 65_535), '8080', 'Port of the server; 0 takes a free one.'),
  HOST: setting(
    text('an address or a host name'),
    '127.0.0.1',
    'Address that the server listens on.',
  ),
  DATA_DIR: setting(
    text('a folder'),
    './data',
    'Folder of the database and of the secrets that are made at the first start.',
  ),
  DATABASE_URL: setting(
    databaseUrl,
    'sqlite:',
    'Where messages and accounts are stored: `sqlite:` is a file in `DATA_DIR`.',
    { redact: withoutPassword },
  ),
  DATABASE_CONNECTIONS_MAX: setting(
    integer(1, 1000),
    '10',
    'Connections to PostgreSQL at once; what needs one more waits.',
  ),
  DATABASE_TIMEOUT_MS: setting(
    integer(100, 60_000),
    '5000',
    'After which the database is held to be out of reach; PostgreSQL gives up a statement by then.',
  ),
  DURABILITY: setting(
    oneOf('full', 'relaxed'),
    'full',
    '`full`: an acknowledged message survives a power cut. `relaxed`: the last moments may not.',
  ),
  NODE_ENV: setting(
    text('a word', /^\w+$/),
    'development',
    'With `production` a `SESSION_SECRET` is needed.',
  ),
  SESSION_SECRET: optionalSetting(
    list(text('a text of at least 16 characters', /^.{16,}$/)),
    'Signs the session cookie. The first of several signs, all verify.',
    { fallbackNote: 'made once, in `DATA_DIR`', redact: () => '***' },
  ),
  SESSION_STORE: setting(
    oneOf('own', 'redis'),
    'own',
    '`redis`: sessions are those that an Express application keeps with connect-redis in `REDIS_URL`, under the same `SESSION_SECRET`; nobody logs in here.',
  ),
  REDIS_URL: optionalSetting(
    redisUrl,
    'Where connect-redis keeps its sessions; needed with `SESSION_STORE=redis`.',
    { redact: withoutPassword },
  ),
  JWT_SECRET: optionalSetting(
    text('a text of at least 32 characters', /^.{32,}$/),
    'Signs the tokens of `POST /api/tokens`.',
    { fallbackNote: 'made once, in `DATA_DIR`', redact: () => '***' },
  ),
  JWT_ISSUER: optionalSetting(
    text('what the issuer calls itself'),
    'Whose tokens are taken beside our own; needs `JWT_AUDIENCE`, and `JWKS_URL` or `JWT_PUBLIC_KEY_FILE`.',
  ),
  JWT_AUDIENCE: optionalSetting(
    text('what the tokens call this server'),
    'For whom the tokens of `JWT_ISSUER` must be made out.',
  ),
  JWT_ALGORITHMS: setting(
    list(oneOf('RS256', 'ES256', 'EdDSA')),
    'RS256,ES256,EdDSA',
    'Signatures that are taken of `JWT_ISSUER`.',
  ),
  JWKS_URL: optionalSetting(
    text('an address such as https://login.example.org/jwks.json', /^https?:\/\/\S+$/),
    'Where the keys of `JWT_ISSUER` are fetched.',
  ),
  JWT_PUBLIC_KEY_FILE: optionalSetting(
    text('the path of a file'),
    'Public key of `JWT_ISSUER` in PEM form, in place of `JWKS_URL`.',
  ),
  SOCKETIO_PING_INTERVAL_MS: setting(
    integer(100, 300_000),
    '25000',
    'Time between two pings of a Socket.IO client.',
  ),
  SOCKETIO_PING_TIMEOUT_MS: setting(
    integer(100, 300_000),
    '20000',
    'Time for its pong, after which a Socket.IO client is dead.',
  ),
  CHANNELS_BUCKET_CAPACITY: setting(
    integer(1, 1_000_000),
    '20',
    'Messages that one connection at `/ws/chat` or `/messagepal` may send at once, and one person post in its place.',
  ),
  CHANNELS_REFILL_PER_SECOND: setting(
    integer(1, 1_000_000),
    '5',
    'Of which so many come back in a second.',
  ),
  REGISTRATION: setting(
    oneOf('open', 'closed'),
    'open',
    'Whether people may make accounts themselves.',
  ),
  ALLOWED_HOSTS: setting(
    list(hostName),
    '',
    'Host names under which people open this server, such as `chat.example.org`; requests for other names get 403. IP addresses, `localhost`, `HOST`, the hosts of `CORS_ORIGINS` and the names of `TLS_CERT_FILE` are always allowed.',
  ),
  CORS_ORIGINS: setting(list(origin), '', 'Other origins whose pages may use this server.'),
  TRUST_PROXY: setting(
    list(network),
    '',
    'Proxies whose `X-Forwarded-For`, `-Host` and `-Proto` are believed.',
  ),
  TLS_CERT_FILE: optionalSetting(
    text('the path of a file'),
    'Certificate in PEM form, with those between it and the root behind it: the server speaks HTTPS. Needs `TLS_KEY_FILE`; both are looked at each minute, and taken up when they change.',
  ),
  TLS_KEY_FILE: optionalSetting(text('the path of a file'), 'Private key of `TLS_CERT_FILE`.'),
  RETENTION_DAYS: setting(
    integer(0, 36_500),
    '0',
    'Days after which messages are taken away for good, also pinned ones; 0 keeps them for ever.',
  ),
  LOG_LEVEL: setting(
    oneOf('error', 'warn', 'info', 'debug', 'silent'),
    'info',
    'The least important lines that are logged.',
  ),
  MAX_CONNECTIONS: optionalSetting(
    integer(1, 1_000_000),
    'Connections at once; above it 503 with `Retry-After`. It also bounds the sockets of any kind: twice as many and 100 more, and fewer than the descriptor limit.',
    { fallbackNote: '65 % of the descriptor limit, at most 50,000' },
  ),
  MAX_CONNECTIONS_PER_ADDRESS: optionalSetting(
    integer(0, 1_000_000),
    'Connections of one address at once; above it 429. 0 is no limit. Where it is set, it holds for this machine too. Sockets of any kind of one address: twice as many and 100 more.',
    { fallbackNote: '100; no limit for this machine and trusted proxies' },
  ),
  CONNECTIONS_PER_MINUTE_PER_ADDRESS: optionalSetting(
    integer(0, 1_000_000),
    'New connections of one address in a minute; above it 429. 0 is no limit. Where it is set, it holds for this machine too.',
    { fallbackNote: '600; no limit for this machine and trusted proxies' },
  ),
  HEARTBEAT_INTERVAL_MS: setting(
    integer(100, 300_000),
    '25000',
    'Time between two pings of a connection.',
  ),
  HEARTBEAT_TIMEOUT_MS: setting(
    integer(50, 300_000),
    '10000',
    'Time for the pong; shorter than the interval.',
  ),
  HEARTBEAT_MISSES: setting(integer(1, 10), '2', 'Missed pongs after which a connection is dead.'),
  MESSAGE_RATE_MAX: setting(
    integer(0, 1_000_000),
    '100',
    'Messages that one connection may send in the window; 0 switches off every limit on the number of messages and changes.',
  ),
  MESSAGE_RATE_WINDOW_MS: setting(integer(1, DAY_MS), '60000', 'Window of `MESSAGE_RATE_MAX`.'),
  USER_MESSAGE_RATE_MAX: optionalSetting(
    integer(0, 1_000_000),
    'Messages of one user in `MESSAGE_RATE_WINDOW_MS`, over all dialects, connections and posts together; 0 is no limit.',
    {
      fallbackNote:
        'four times `MESSAGE_RATE_MAX`, and at least what one connection at `/ws/chat` may send',
    },
  ),
  USER_CHANGE_RATE_MAX: optionalSetting(
    integer(0, 1_000_000),
    'Changes by one user in `MESSAGE_RATE_WINDOW_MS`: edits, deletions, reactions, pins, new memberships, members, bans and blocks together; read positions have five times as many. 0 is no limit.',
    { fallbackNote: 'as `USER_MESSAGE_RATE_MAX`' },
  ),
  USER_CREATION_RATE_MAX: setting(
    integer(0, 1_000_000),
    '60',
    'Rooms, groups, direct rooms, workspaces and channels that one user may make in an hour; 0 is no limit.',
  ),
  CONTENT_LENGTH_MAX: setting(
    integer(1, 100_000),
    '10000',
    'Code points of a message in any dialect.',
  ),
  NATIVE_CONTENT_LENGTH_MAX: setting(
    integer(1, 100_000),
    '1000',
    'Code points of a message in the native dialect.',
  ),
  HISTORY_ON_JOIN: setting(integer(0, 200), '50', 'Messages that a join brings.'),
  CATCH_UP_EVENTS_MAX: setting(
    integer(1, 10_000),
    '1000',
    'Missed events that a reconnect brings; beyond it the newest page takes their place.',
  ),
  TAIL_EVENTS_PER_ROOM: setting(
    integer(1, 100_000),
    '1000',
    'Latest events of each open room that are kept in memory.',
  ),
  SOFT_BUFFER_BYTES: setting(
    integer(1024, 64 * 1024 * 1024),
    '65536',
    'Unsent bytes of a connection above which typing notices are dropped for it.',
  ),
  HARD_BUFFER_BYTES: setting(
    integer(1024, 256 * 1024 * 1024),
    '262144',
    'Unsent bytes of a connection above which it lags: it is not read on, and caught up once it has read.',
  ),
  LAGGING_TIMEOUT_MS: setting(
    integer(100, 3_600_000),
    '60000',
    'How long a connection may lag before it has to fetch its rooms anew.',
  ),
  TYPING_TIMEOUT_MS: setting(
    integer(100, 60_000),
    '3000',
    'After which a typist is no longer shown.',
  ),
  PRESENCE_GRACE_MS: setting(
    integer(0, 60_000),
    '5000',
    'How long a lost connection is not told as offline.',
  ),
  SESSION_TTL_MS: setting(
    integer(1000, 365 * DAY_MS),
    String(DAY_MS),
    'Life of a session, counted from its last activity.',
  ),
  LARGE_ROOM_PEOPLE: setting(
    integer(1, 1_000_000),
    '200',
    'People in a room above which joins, leaves and presence are told as a count only.',
  ),
  EMPTY_ROOM_TIMEOUT_MS: setting(
    integer(0, DAY_MS),
    '300000',
    'After which a room in which nobody ever wrote, and where nobody is, goes.',
  ),
  AI_BASE_URL: optionalSetting(
    modelAddress,
    'Endpoint of a language model (`/chat/completions` as of OpenAI) for the assistant; without it there is none.',
  ),
  AI_API_KEY: optionalSetting(
    text('visible characters without blanks', /^[\x21-\x7e]+$/),
    'Sent to the endpoint as a bearer token.',
    { redact: () => '***' },
  ),
  AI_MODEL: optionalSetting(text('a name of the endpoint'), 'Which of its models answers.'),
  AI_MENTION: setting(
    text('`@` and 2 to 20 letters, digits, `_` or `-`', /^@[A-Za-z0-9_-]{2,20}$/),
    '@ai',
    'What calls the assistant; behind the `@` its name.',
  ),
  AI_TIMEOUT_MS: setting(
    integer(100, 600_000),
    '20000',
    'Time for the first words of an answer; a whole one may take four times as long.',
  ),
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

function withoutPassword(url: string): string {
  return url.replace(/(\/\/[^:/@]*):.*@/, '$1:***@').replace(/([?&]password=)[^&]*/, '$1***');
}
