/** `parley start --demo`: fills an empty server with people, rooms and messages, through its HTTP API. */
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type Config, ConfigError } from '../config/load-config.ts';
import { isForThisMachineOnly, registrationOf } from '../config/role.ts';
import { DEMO_DIRECT_MESSAGES, DEMO_PEOPLE, DEMO_ROOMS, type DemoMessage } from './demo-content.ts';
import { administerAccounts, migrateStore } from './store-admin.ts';

interface Call {
  readonly method?: 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly body: object;
  /** Username of the sender; undefined without a session. */
  readonly from?: string;
}

/** Attempts of a request that is `RATE_LIMITED`. */
const ATTEMPTS_MAX = 30;

/**
 * All people have the same password, so only clients of this machine may reach them.
 *
 * @throws {ConfigError} Others can reach the server, people do not register with it, or it has accounts.
 */
export async function prepareDemo({ values }: Config): Promise<void> {
  if (!isForThisMachineOnly(values)) {
    throw new ConfigError(
      '--demo requires a HOST that is loopback, without TRUST_PROXY, ALLOWED_HOSTS and PUBLIC_URL.',
    );
  }
  if (values.SESSION_STORE !== 'own' || registrationOf(values) === 'closed') {
    throw new ConfigError('--demo requires SESSION_STORE=own, and REGISTRATION other than closed.');
  }
  if (values.TLS_CERT_FILE !== undefined) throw new ConfigError('--demo requires no TLS.');
  await migrateStore(values);
  await administerAccounts(values, async (administration) => {
    for await (const { user } of administration.list()) {
      throw new ConfigError(
        `--demo fills only a server without accounts; this one has ${user.username}.`,
      );
    }
    // Also if it is interrupted: accounts that follow may be of the demo.
    await administration.noteDemo(Number.MAX_SAFE_INTEGER);
  });
}

/**
 * @returns What the operator needs to log in.
 * @throws {ConfigError} A request was rejected.
 */
export async function fillDemo(url: string, { values }: Config): Promise<string> {
  const password = randomBytes(9).toString('base64url');
  const tokens = new Map<string, string>();
  const call = (request: Call) => send(url, request, tokens);
  const logIn = async (username: string): Promise<void> => {
    const { token } = await call({ path: '/login', body: { username, password } });
    tokens.set(username, token as string);
  };

  const [owner, ...others] = DEMO_PEOPLE;
  await call({ path: '/register', body: { username: owner.username, password } });
  await logIn(owner.username);
  const me = await call({ method: 'PATCH', path: '/api/me', body: owner, from: owner.username });
  const roomIds = new Map<string, string>();
  for (const { messages: _, ...settings } of DEMO_ROOMS) {
    const { name } = settings;
    const body = { ...settings, visibility: 'public' };
    const { room } = await call({ path: '/api/rooms', body, from: owner.username });
    roomIds.set(name, (room as { id: string }).id);
  }
  const { invite } = await call({
    path: '/api/invites',
    body: { roomIds: [...roomIds.values()] },
    from: owner.username,
  });
  const { token } = invite as { token: string };
  for (const { username, displayName } of others) {
    await call({ path: '/register', body: { username, password, invite: token } });
    await logIn(username);
    await call({ method: 'PATCH', path: '/api/me', body: { displayName }, from: username });
  }

  const write = async (roomId: string, message: DemoMessage, parentMessageId?: string) => {
    const { from, text, replies = [], reactions = {}, isPinned } = message;
    const body = { roomId, content: text, ...(parentMessageId && { parentMessageId }) };
    const answer = await call({ path: '/api/messages', body, from });
    const { id } = answer['message'] as { id: string };
    for (const [emoji, names] of Object.entries(reactions)) {
      const path = `/api/rooms/${roomId}/messages/${id}/reactions/${encodeURIComponent(emoji)}`;
      for (const name of names) await call({ method: 'PUT', path, body: {}, from: name });
    }
    if (isPinned) {
      const path = `/api/rooms/${roomId}/pins/${id}`;
      await call({ method: 'PUT', path, body: {}, from: owner.username });
    }
    for (const reply of replies) await write(roomId, reply, id);
  };
  for (const { name, messages } of DEMO_ROOMS) {
    for (const message of messages) await write(roomIds.get(name) ?? '', message);
  }
  const { id: recipientId } = me['user'] as { id: string };
  for (const { from, text } of DEMO_DIRECT_MESSAGES) {
    await call({ path: '/api/messages', body: { recipientId, content: text }, from });
  }
  await administerAccounts(values, (administration) => administration.noteDemo(Date.now()));
  const names = others.map(({ username }) => username).join(', ');
  return `Demo: log in as ${owner.username}, the owner, or as ${names}. The password of all is ${password}`;
}

async function send(
  url: string,
  { method = 'POST', path, body, from }: Call,
  tokens: ReadonlyMap<string, string>,
): Promise<Record<string, unknown>> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await fetch(url + path, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(from !== undefined && { authorization: `Bearer ${tokens.get(from)}` }),
      },
      body: JSON.stringify(body),
    });
    const read = (await answer.json()) as Record<string, unknown>;
    if (answer.ok) return read;
    if (answer.status !== 429 || attempt === ATTEMPTS_MAX) {
      const { message } = (read['error'] ?? {}) as { message?: string };
      throw new ConfigError(
        `The demo is not complete: ${method} ${path}: ${answer.status} ${message}`,
      );
    }
    await wait(1_000 * Number(answer.headers.get('retry-after') ?? 1));
  }
}
