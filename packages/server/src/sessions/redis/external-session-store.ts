/**
 * Reads the records of connect-redis: key `sess:` plus the session id, JSON in the format of
 * express-session.
 */
import { createClient, ErrorReply } from 'redis';
import type { ExternalSession, ExternalSessionStore } from '../../ports/external-session-store.ts';
import { StoreUnavailable } from '../../ports/store.ts';

interface RedisSessionsOptions {
  readonly url: string;
  /** Milliseconds without an answer after which Redis counts as unavailable. */
  readonly timeoutMs: number;
  /** Called when Redis becomes unavailable or available. */
  readonly onChange: (isUp: boolean) => void;
}

const PREFIX = 'sess:';
const RECONNECT_MS_MAX = 2000;
/** Expiry of a record without one; the record is read again long before. */
const ENDLESS_MS = 24 * 60 * 60 * 1000;
/** Maximum characters of a name or role. */
const TEXT_LENGTH_MAX = 128;
const WAITING_COMMANDS_MAX = 10_000;

/** @throws Error with the reason why Redis cannot be reached. */
export async function openRedisSessions(
  options: RedisSessionsOptions,
): Promise<ExternalSessionStore> {
  const { url, timeoutMs, onChange } = options;
  let isUp = true;
  const turn = (now: boolean): void => {
    if (now === isUp) return;
    isUp = now;
    onChange(now);
  };
  let hasStarted = false;
  const client = createClient({
    url,
    // Reject requests while disconnected: the client is asked to retry.
    disableOfflineQueue: true,
    commandsQueueMaxLength: WAITING_COMMANDS_MAX,
    pingInterval: timeoutMs,
    socket: {
      connectTimeout: timeoutMs,
      // A server that is connected but does not answer is detected by this timeout.
      socketTimeout: 3 * timeoutMs,
      reconnectStrategy: (tries) =>
        hasStarted ? Math.min(50 * 2 ** Math.min(tries, 10), RECONNECT_MS_MAX) : false,
    },
  });
  client.on('error', () => turn(!hasStarted));
  client.on('ready', () => turn(true));

  const ask = async <T>(answer: () => Promise<T>): Promise<T> => {
    try {
      const result = await inTime(answer(), timeoutMs);
      turn(true);
      return result;
    } catch (cause) {
      turn(false);
      throw new StoreUnavailable('The session store does not answer', { cause });
    }
  };

  try {
    await inTime(client.connect(), timeoutMs);
    await inTime(client.ping(), timeoutMs); // Fails if a password is required.
  } catch (error) {
    client.destroy();
    throw error;
  }
  hasStarted = true;

  return {
    get isUp() {
      return isUp;
    },
    read: (ids) =>
      ask(() =>
        // Pipelined: the client writes the requests of one tick together.
        Promise.all(
          ids.map(async (id) => {
            const key = `${PREFIX}${id}`;
            const [text, leftMs] = await Promise.all([
              client.get(key).catch(noText),
              client.pTTL(key),
            ]);
            return text === null ? undefined : toRecord(text, leftMs, Date.now());
          }),
        ),
      ),
    delete: (id) => ask(async () => (await client.del(`${PREFIX}${id}`)) > 0),
    close: async () => {
      client.destroy();
    },
  };
}

/** A key with another type is not a session, and must not fail the other lookups. */
function noText(error: unknown): null {
  if (error instanceof ErrorReply && error.message.startsWith('WRONGTYPE')) return null;
  throw error;
}

/** Undefined if the record is not a session of a logged-in user. */
export function toRecord(text: string, leftMs: number, nowMs: number): ExternalSession | undefined {
  const value = parse(text);
  if (!isRecord(value)) return undefined;
  const { userId, username, displayName, avatarUrl, role, cookie } = value;
  const isNamed = typeof userId === 'string' ? userId !== '' : Number.isSafeInteger(userId);
  if (!isNamed) return undefined;
  const endMs = leftMs >= 0 ? nowMs + leftMs : endOf(cookie, nowMs);
  if (Number.isNaN(endMs)) return undefined;
  return {
    userId: String(userId),
    username: textOf(username),
    displayName: textOf(displayName),
    avatarUrl: typeof avatarUrl === 'string' ? avatarUrl : undefined,
    role: textOf(role),
    expiresAtMs: Math.min(endMs, nowMs + ENDLESS_MS),
  };
}

/** Expiry of a record without a TTL in Redis. With a TTL, renewals extend only the TTL. */
function endOf(cookie: unknown, nowMs: number): number {
  const expires = isRecord(cookie) ? cookie['expires'] : undefined;
  if (expires === null || expires === undefined) return nowMs + ENDLESS_MS;
  return typeof expires === 'string' ? Date.parse(expires) : Number.NaN;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= TEXT_LENGTH_MAX
    ? value
    : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Invalid JSON is the application's problem.
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function inTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
