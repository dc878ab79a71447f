/**
 * Requests that one rule forbids. Each attack is a list of attempts; it is repelled if every attempt
 * has the expected result.
 */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import type { Account } from '../../../packages/server/test/support/account.ts';
import type { TestSocket } from '../../../packages/server/test/support/test-socket.ts';
import { tlsFiles } from '../../../packages/server/test/support/tls-files.ts';
import { findFreePort, ParleyProcess } from '../../support/parley-process.ts';
import { type Attack, BEHIND_PROXY, WITH_CONSENT } from '../attack.ts';
import { logIn, statusOf, tryAll } from '../attempts.ts';
import type { Target } from '../target.ts';

async function retryAfterRemoval(target: Target): Promise<void> {
  const [owner, banned] = [
    await logIn(target, target.victim),
    await logIn(target, target.attacker(0)),
  ];
  const [toOwner, toBanned] = [await owner.connect(), await banned.connect()];
  const { roomId } = await toOwner.joinRoom({ roomName: 'removal' });
  await toBanned.joinRoom({ roomId });
  const said = { roomId, content: 'hello', clientMessageId: 'r1' };
  const first = await banned.must<{ message: { id: string } }>('POST', '/api/messages', said);
  const { id: messageId } = first.message;
  await toOwner.ask('add_reaction', { roomId, messageId, emoji: '👍' }, 'message_ack');
  const reply = { roomId, content: 'secret', parentMessageId: messageId };
  await toOwner.sendMessage(reply);
  await owner.must('PUT', `/api/rooms/${roomId}/bans/${banned.userId}`);
  const send = (clientMessageId: string) =>
    banned.call('POST', '/api/messages', { ...said, clientMessageId });
  await tryAll(target, [
    {
      what: 'a retry after the removal',
      expected: first.message,
      act: async () => ((await (await send('r1')).json()) as typeof first).message,
    },
    { what: 'a new message', expected: 403, act: () => statusOf(send('r2')) },
  ]);
  for (const socket of [toOwner, toBanned]) socket.close();
}

/** A block shows in what reaches the blocker, never in the answer to the author. */
async function reachBlocker(target: Target): Promise<void> {
  const victim = await logIn(target, target.victim);
  const blocked = await logIn(target, target.attacker(0));
  const accomplice = await logIn(target, target.attacker(1));
  const bystander = await logIn(target, target.attacker(2));
  await victim.must('PUT', `/api/blocks/${blocked.userId}`);
  const { workspace } = await blocked.must<{ workspace: { id: string } }>(
    'POST',
    '/api/workspaces',
    { name: 'rude words' },
  );
  const members = `/api/workspaces/${workspace.id}/members`;
  const add = (who: Account, role: string) => () =>
    statusOf(blocked.call('POST', members, { username: who.username, role }));
  const write = (who: Account) => () => {
    const said = { recipientId: who.userId, content: 'hi', clientMessageId: who.userId };
    return statusOf(blocked.call('POST', '/api/messages', said));
  };
  const [toBlocked, toAccomplice] = [await blocked.connect(), await accomplice.connect()];
  const group = (by: TestSocket, who: Account) => async () => {
    const userIds = [who.userId, by === toBlocked ? accomplice.userId : blocked.userId];
    const made = await by.ask('create_group', { userIds, name: 'rude words' }, 'group_created');
    return made.invited?.length;
  };
  const listOf = (path: string, field: string) => async () =>
    (await victim.must<Record<string, unknown>>('GET', path))[field];
  const invitersOf = async () =>
    (
      await victim.must<{ invitations: { inviter: { username: string } }[] }>(
        'GET',
        '/api/invitations',
      )
    ).invitations.map(({ inviter }) => inviter.username);
  // The bystander has blocked nobody: the answers must be the same.
  for (const who of [victim, bystander]) {
    const { username } = who;
    await tryAll(target, [
      { what: `a membership of ${username}`, expected: 202, act: add(who, 'member') },
      { what: `an ownership of ${username}`, expected: 202, act: add(who, 'owner') },
      { what: `a group with ${username}`, expected: 2, act: group(toBlocked, who) },
      { what: `an accomplice and ${username}`, expected: 2, act: group(toAccomplice, who) },
      { what: `a message to ${username}`, expected: 201, act: write(who) },
    ]);
  }
  await tryAll(target, [
    { what: 'inviters', expected: [accomplice.username], act: invitersOf },
    { what: 'workspaces', expected: [], act: listOf('/api/workspaces', 'workspaces') },
    { what: 'conversations', expected: [], act: listOf('/api/conversations', 'conversations') },
  ]);
  for (const socket of [toBlocked, toAccomplice]) socket.close();
}

const SAME_NAMES = ['gen\u200beral', 'gen\u00aderal', '\ufeffgeneral', 'GENERAL'];
const REJECTED_NAMES = ['gener\u0430l', 'a\nb', 'a\u001b[2Jb', 'a\u202eb', 'a\u2028b'];

/** Each name by another user: joins of the same room are limited. */
async function imitateRoom(target: Target): Promise<void> {
  const joinAs = async (index: number, roomName: string): Promise<string | undefined> => {
    const socket = await (await logIn(target, target.attacker(index))).connect();
    const answer: object = await socket.ask('join_room', { roomName });
    socket.close();
    const { code, roomId } = answer as { code?: string; roomId?: string };
    return code ?? roomId;
  };
  const attemptsOf = (names: readonly string[], expected: string | undefined) =>
    names.map((name, index) => ({
      what: JSON.stringify(name),
      expected,
      act: () => joinAs(index + 1, name),
    }));
  const roomId = await joinAs(0, 'general');
  await tryAll(target, attemptsOf(SAME_NAMES, roomId));
  await tryAll(target, attemptsOf(REJECTED_NAMES, 'VALIDATION_ERROR'));
}

const RESERVED_NAMES = ['everyone', 'system', '__proto__', 'SYSTEM', 'ｓｙｓｔｅｍ', 'here'];

const registerReserved = (target: Target): Promise<void> =>
  tryAll(
    target,
    RESERVED_NAMES.map((username) => ({
      what: username,
      expected: 400,
      act: async () => {
        const answer = await target.post('/register', { username, password: 'correct horse' });
        return answer.status;
      },
    })),
  );

const NO_EMOJI = ['<svg/onload=alert(1)>', 'javascript:alert(1)', 'x', '1', '👍👍', '👍\u200b', ''];

async function reactWithText(target: Target): Promise<void> {
  const socket = await (await logIn(target, target.attacker(0))).connect();
  const { roomId } = await socket.joinRoom({ roomName: 'reactions' });
  const { id } = await socket.sendMessage({ roomId, content: 'hello' });
  await tryAll(
    target,
    NO_EMOJI.map((emoji) => ({
      what: JSON.stringify(emoji),
      expected: 'VALIDATION_ERROR',
      act: async () => {
        const about = { roomId, messageId: id, emoji };
        const answer: object = await socket.ask('add_reaction', about);
        return (answer as { code?: string }).code;
      },
    })),
  );
  socket.close();
}

/** Behind a proxy: what its clients learn, and what caches and other protocols may keep. */
async function readResponses(target: Target): Promise<void> {
  const { username } = target.attacker(0);
  const forwarded = { 'x-forwarded-for': '198.51.100.7' };
  const ask = (method: string, path: string, body?: object, more: Record<string, string> = {}) =>
    target.request({
      method,
      path,
      headers: { ...forwarded, ...more },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const cacheOf = (method: string, path: string, body?: object) => async () =>
    (await ask(method, path, body)).headers['cache-control'];
  const login = { username, password: 'correct horse' };
  await tryAll(target, [
    {
      what: 'the folder of the store in /ready',
      expected: false,
      act: async () => (await ask('GET', '/ready')).body.includes(target.directory),
    },
    ...(['/login', '/api/auth/login'] as const).map((path) => ({
      what: `caching of ${path}`,
      expected: 'no-store',
      act: cacheOf('POST', path, login),
    })),
    { what: 'caching of /api/auth/me', expected: 'no-store', act: cacheOf('GET', '/api/auth/me') },
    {
      what: 'a cookie over HTTPS, named in capitals, that is Secure',
      expected: true,
      act: async () => {
        const answer = await ask('POST', '/login', login, { 'x-forwarded-proto': 'HTTPS' });
        return /; *secure/i.test(`${answer.headers['set-cookie']}`);
      },
    },
  ]);
}

const HOST = 'chat.example';

/** A second server with a certificate of its own, whose clients must not return over HTTP. */
async function downgrade(target: Target): Promise<void> {
  const DATA_DIR = join(target.directory, 'tls');
  mkdirSync(DATA_DIR);
  const server = await ParleyProcess.start({
    PORT: await findFreePort(),
    DATA_DIR,
    ALLOWED_HOSTS: HOST,
    ...tlsFiles(),
  });
  const headerOf = (name: string) => async () => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    // Browsers ignore the header for addresses.
    const options = { rejectUnauthorized: false, headers: { host: HOST } };
    get(`${server.url}/health`, options, (response) => {
      response.resume();
      resolve(response.headers[name]);
    }).on('error', reject);
    return /max-age=[1-9]/.test(`${await promise}`);
  };
  try {
    const act = headerOf('strict-transport-security');
    await tryAll(target, [{ what: 'HTTPS for later visits', expected: true, act }]);
  } finally {
    await server.kill();
  }
}

const ISSUER = 'https://issuer.example';
const keys = generateKeyPairSync('ed25519');

function trustIssuer(directory: string): Record<string, string> {
  const file = join(directory, 'issuer.pem');
  writeFileSync(file, keys.publicKey.export({ type: 'spki', format: 'pem' }));
  return { JWT_ISSUER: ISSUER, JWT_AUDIENCE: 'chat', JWT_PUBLIC_KEY_FILE: file };
}

function issueToken(key: KeyObject): string {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const claims = { iss: ISSUER, aud: 'chat', sub: 'u-1', iat: nowSeconds, exp: nowSeconds + 600 };
  const text = [{ alg: 'EdDSA' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
}

async function reuseToken(target: Target): Promise<void> {
  const headers = { authorization: `Bearer ${issueToken(keys.privateKey)}` };
  const me = async () => (await target.request({ path: '/api/auth/me', headers })).status;
  const logOut = async () => (await target.post('/logout', {}, { headers })).status;
  const upgrade = async () => (await target.openWebSocket('/ws', { headers })) !== undefined;
  await tryAll(target, [
    { what: 'the token before the logout', expected: 200, act: me },
    { what: 'the logout', expected: 200, act: logOut },
    { what: 'the token after the logout', expected: 401, act: me },
    { what: 'a second logout', expected: 401, act: logOut },
    { what: 'a WebSocket after the logout', expected: false, act: upgrade },
  ]);
}

const DURATION_MS = 20_000;
const LOOK_ALIKES = 'Names that look alike';
const SECRETS = 'Credentials in logs and caches';

export const RULE_ATTACKS: readonly Attack[] = [
  {
    name: 'retry-after-removal',
    about: 'A banned user repeats a message to read what happened to it since',
    threat: 'Reading by a retry after losing access',
    run: retryAfterRemoval,
  },
  {
    name: 'blocked-user',
    about: 'A blocked user writes to, adds and promotes the blocker, also through an accomplice',
    threat: 'Contacting a user after a block',
    server: WITH_CONSENT,
    run: reachBlocker,
  },
  {
    name: 'look-alike-rooms',
    about: 'Room names with invisible characters, control characters or letters of other scripts',
    threat: LOOK_ALIKES,
    run: imitateRoom,
  },
  {
    name: 'reserved-names',
    about: 'Accounts named like the server, like all users or like an object of the language',
    threat: LOOK_ALIKES,
    run: registerReserved,
  },
  {
    name: 'text-reactions',
    about: 'Reactions that are markup, letters or several emoji',
    threat: 'Text in place of a reaction',
    run: reactWithText,
  },
  {
    name: 'read-responses',
    about: 'Looks for addresses, cacheable credentials and cookies without `Secure`',
    threat: SECRETS,
    server: BEHIND_PROXY,
    run: readResponses,
  },
  {
    name: 'downgrade-to-http',
    about: 'A server with its own certificate that lets clients return over HTTP',
    threat: SECRETS,
    run: downgrade,
  },
  {
    name: 'token-after-logout',
    about: "Another issuer's token after its logout, over HTTP and in an upgrade",
    threat: 'Credentials after their end',
    server: { settings: trustIssuer },
    run: reuseToken,
  },
].map((attack) => ({ durationMs: DURATION_MS, ...attack }));
