/** Attempts of a user that servers limit, for tests that count how many of them are allowed. */
import type { Account } from '../../packages/server/test/support/account.ts';
import { TestSocket } from '../../packages/server/test/support/test-socket.ts';

/** Allowed attempts of each kind: per hour, and connections per minute. */
export const LIMIT = 32;
/** A window that no test outlasts: a token takes two minutes. */
export const LIMIT_SETTINGS = {
  MESSAGE_RATE_MAX: `${LIMIT}`,
  USER_MESSAGE_RATE_MAX: `${LIMIT}`,
  USER_CHANGE_RATE_MAX: '10000',
  USER_CREATION_RATE_MAX: `${LIMIT}`,
  CONNECTIONS_PER_MINUTE_PER_ADDRESS: `${LIMIT}`,
  MESSAGE_RATE_WINDOW_MS: '3600000',
};

/** Returns whether the attempt was allowed. */
type Attempt = () => Promise<boolean>;

/** Makes the attempts at once, in rounds, until a whole round is rejected. */
export async function countAllowed(attempts: readonly Attempt[]): Promise<number> {
  let count = 0;
  for (let inRound = attempts.length; inRound > 0; count += inRound) {
    const results = await Promise.all(attempts.map((attempt) => attempt()));
    inRound = results.filter((isAllowed) => isAllowed).length;
  }
  return count;
}

export function postMessage(account: Account, roomId: string): Attempt {
  return () => request(account, '/api/messages', { roomId, content: 'hello' });
}

export function createWorkspace(account: Account): Attempt {
  return () => request(account, '/api/workspaces', { name: 'Workspace' });
}

export function sendMessage(socket: TestSocket, roomId: string): Attempt {
  return () => ask(socket, 'chat_message', { roomId, content: 'hello' });
}

export function createRoom(socket: TestSocket, prefix: string): Attempt {
  let count = 0;
  return async () => {
    count += 1;
    const isAllowed = await ask(socket, 'join_room', { roomName: `${prefix}-${count}` });
    const { roomId } = socket.ofType('room_joined').at(-1) ?? {};
    // A connection may have few rooms open.
    if (isAllowed) await socket.ask('leave_room', { roomId }, 'room_left');
    return isAllowed;
  };
}

/** Connects from an address, as a trusted proxy reports it. */
export function connectFrom(url: string, account: Account, address: string): Attempt {
  return async () => {
    const headers = { cookie: account.cookie, 'x-forwarded-for': address };
    const socket = new TestSocket(`${url.replace('http', 'ws')}/ws`, { headers });
    const status = await socket.status;
    socket.terminate();
    return isAllowed(status === 101 ? undefined : status);
  };
}

async function request(account: Account, path: string, body: object): Promise<boolean> {
  const answer = await account.call('POST', path, body);
  return isAllowed(answer.ok ? undefined : answer.status);
}

async function ask(socket: TestSocket, type: string, payload: object): Promise<boolean> {
  const answer = (await socket.ask(type, payload)) as { readonly code?: string };
  return isAllowed(answer.code === 'RATE_LIMITED' ? 429 : undefined, answer.code);
}

function isAllowed(status: number | undefined, code?: string): boolean {
  if (status === 429) return false;
  if (status !== undefined || code !== undefined) throw new Error(`${status ?? code}`);
  return true;
}
