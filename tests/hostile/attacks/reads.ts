/** More reads than one user needs, over many connections of one account. */
import type { WebSocket } from 'ws';
import { Account } from '../../../packages/server/test/support/account.ts';
import type { Attack } from '../attack.ts';
import type { Target } from '../target.ts';

const SOCKETS = 24;
const IN_FLIGHT = 4;
const WRITERS = 5;
const MESSAGES_PER_WRITER = 90;
/** So that a page of 200 messages is large. */
const TEXT = 'all work and no play makes Jack a dull boy. '.repeat(20);

/** A room with more messages than the largest page. */
async function fillRoom(target: Target): Promise<string> {
  let roomId = '';
  for (let index = 0; index < WRITERS; index += 1) {
    const account = await Account.logIn(target.url, target.attacker(index).username);
    const socket = await account.connect();
    roomId = (await socket.joinRoom({ roomName: 'library' })).roomId;
    await target.each(MESSAGES_PER_WRITER, () => socket.sendMessage({ roomId, content: TEXT }));
    socket.close();
  }
  return roomId;
}

/** Keeps requests in flight on one connection, until the attack is over. */
function keepAsking(
  socket: WebSocket,
  ask: (round: number) => string,
  onAnswer: (type: string) => void,
): void {
  let round = 0;
  const next = () => {
    round += 1;
    if (socket.readyState === socket.OPEN) socket.send(ask(round));
  };
  socket.on('message', (data: Buffer) => {
    const [, type = ''] = /^\{"type":"(\w+)"/.exec(data.toString('latin1', 0, 60)) ?? [];
    if (type !== 'history' && type !== 'error' && type !== 'resumed') return;
    onAnswer(type);
    next();
  });
  for (let index = 0; index < IN_FLIGHT; index += 1) next();
}

const frame = (type: string, payload: object): string => JSON.stringify({ type, payload });

async function flood(target: Target, ask: (roomId: string) => string): Promise<void> {
  const roomId = await fillRoom(target);
  const counts = new Map<string, number>();
  await target.each(SOCKETS, async () => {
    const socket = await target.openWebSocket('/ws', { attacker: target.attacker(0) });
    if (socket === undefined) return;
    keepAsking(
      socket,
      () => ask(roomId),
      (type) => counts.set(type, (counts.get(type) ?? 0) + 1),
    );
  });
  await target.wait(FLOOD_MS);
  const served = (counts.get('history') ?? 0) + (counts.get('resumed') ?? 0);
  target.expect(served > 0, 'the attacker was not served at all');
}

const FLOOD_MS = 12_000;

const about = (what: string) =>
  `One account asks for ${what} on ${SOCKETS} connections, ${IN_FLIGHT} requests at a time on each.`;

export const READ_ATTACKS: readonly Attack[] = [
  {
    name: 'read-flood',
    about: about('the largest page of history'),
    threat: 'Reads without end',
    durationMs: FLOOD_MS + 20_000,
    run: (target) => flood(target, (roomId) => frame('get_history', { roomId, limit: 200 })),
  },
  {
    name: 'read-flood-resume',
    about: about('a resume'),
    threat: 'Reads without end',
    durationMs: FLOOD_MS + 20_000,
    run: (target) => flood(target, (roomId) => frame('resume', { rooms: [{ roomId }] })),
  },
];
