/**
 * Ten thousand Socket.IO clients in one process, with hand-written packets: the standard client
 * would be the bottleneck. Each message contains its send time, so every receiver knows how long it
 * took.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, connect } from '@parley/websocket';
import { percentile } from '../chat/percentile.ts';
import type { Member } from '../chat/test-bed.ts';
import { answerRequests } from '../harness/child-program.ts';

interface Measured {
  readonly sent: number;
  readonly delivered: number;
  readonly lost: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Median of deliveries to clients of other servers minus that of the sender's server. */
  readonly addedP50Ms: number;
}

interface Client {
  readonly connection: Connection;
  /** Index of its server. */
  readonly server: number;
}

const CONNECTING_AT_ONCE = 50;
/** Time for the last messages to arrive after the last was sent. */
const DRAIN_MS_MAX = 5_000;
const MARK = '"content":"at ';
const SERVER_MARK = ' from ';

const rooms = new Map<string, Client[]>();
let withinServer: number[] = [];
let acrossServers: number[] = [];
let received = 0;

async function open({ token, roomId }: Member, url: string, server: number): Promise<void> {
  const connection = await connect(
    `${url.replace(/^http/, 'ws')}/socket.io/?EIO=4&transport=websocket`,
  );
  await new Promise<void>((resolve, reject) => {
    connection.on('message', (data: Buffer) => {
      const code = data.toString('latin1', 0, 2);
      if (code === '2') connection.sendText('3');
      else if (code === '42') takeEvent(data, server);
      else if (code.startsWith('0')) connection.sendText(`40${JSON.stringify({ token })}`);
      else if (code === '40')
        connection.sendText(`420${JSON.stringify(['room:join', { roomId }])}`);
      else if (code === '44') reject(new Error(data.toString()));
      else if (data.toString('latin1', 0, 3) === '430') resolve();
    });
    connection.on('close', ({ code }) => reject(new Error(`closed with ${code}`)));
  });
  const members = rooms.get(roomId) ?? [];
  members.push({ connection, server });
  rooms.set(roomId, members);
}

function takeEvent(data: Buffer, server: number): void {
  const text = data.toString('latin1');
  const at = text.startsWith('42["message:new"') ? text.indexOf(MARK) : -1;
  if (at < 0) return;
  received += 1;
  const latency = performance.now() - Number.parseFloat(text.slice(at + MARK.length));
  const sender = text.slice(text.indexOf(SERVER_MARK, at) + SERVER_MARK.length);
  if (Number.parseInt(sender, 10) === server) withinServer.push(latency);
  else acrossServers.push(latency);
}

const requests = {
  /** Connects the members to the servers in turn. */
  async open(options: {
    readonly urls: readonly string[];
    readonly members: readonly Member[];
  }): Promise<void> {
    const { urls, members } = options;
    const waiting = [...members.entries()];
    const work = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        const [index, member] = next;
        const server = index % urls.length;
        await open(member, urls[server] ?? '', server);
      }
    };
    await Promise.all(Array.from({ length: CONNECTING_AT_ONCE }, work));
  },

  /** Closes all connections; resolves when they have ended. */
  async leave(): Promise<void> {
    const leaving = [...rooms.values()].flat();
    rooms.clear();
    const gone = leaving.map(({ connection }) => once(connection, 'close'));
    for (const { connection } of leaving) connection.close();
    await Promise.all(gone);
  },

  /** Sends one message per second to each room, spread over the second. */
  async measure({ seconds }: { readonly seconds: number }): Promise<Measured> {
    withinServer = [];
    acrossServers = [];
    received = 0;
    const groups = [...rooms.values()];
    const intervalMs = 1000 / groups.length;
    const total = groups.length * seconds;
    const beganAtMs = performance.now();
    let expected = 0;
    for (let sent = 0; sent < total; sent += 1) {
      const dueMs = beganAtMs + sent * intervalMs - performance.now();
      if (dueMs > 1) await sleep(dueMs);
      const members = groups[sent % groups.length] ?? [];
      const turn = Math.floor(sent / groups.length);
      const roomId = [...rooms.keys()][sent % groups.length];
      const sender = members[turn % members.length];
      const content = `at ${performance.now()} from ${sender?.server} a message as people write them in a chat, all day long.`;
      const packet = ['message:send', { roomId, content }];
      sender?.connection.sendText(`421${JSON.stringify(packet)}`);
      expected += members.length;
    }
    const untilMs = performance.now() + DRAIN_MS_MAX;
    while (received < expected && performance.now() < untilMs) await sleep(10);
    const latencies = [...withinServer, ...acrossServers];
    return {
      sent: total,
      delivered: received,
      lost: expected - received,
      p50Ms: percentile(latencies, 0.5),
      p99Ms: percentile(latencies, 0.99),
      addedP50Ms: percentile(acrossServers, 0.5) - percentile(withinServer, 0.5),
    };
  },
};

export type LoadRequests = typeof requests;
answerRequests(requests);
