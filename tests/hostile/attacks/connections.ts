/** Connections beyond the limits, and memory that they leave behind. */
import type { Attack } from '../attack.ts';
import { LIMITED_ADDRESSES } from '../attack.ts';
import type { Target } from '../target.ts';

const CONNECTIONS = 100;
const PER_ADDRESS_MAX = 10;
const FEW_PER_ADDRESS = {
  settings: { MAX_CONNECTIONS_PER_ADDRESS: '10', CONNECTIONS_PER_MINUTE_PER_ADDRESS: '6000' },
};
const PID_BYTES = 900_000;

/** The number of 100 WebSockets to these targets that are open at the same time. */
async function countOpen(target: Target, toPath: (index: number) => string): Promise<void> {
  let open = 0;
  await target.each(CONNECTIONS, async (index) => {
    const socket = await Promise.race([
      target.openWebSocket(toPath(index)),
      target.wait(4000).then(() => undefined),
    ]);
    if (socket !== undefined && socket.readyState === socket.OPEN) open += 1;
  });
  target.expect(
    open <= PER_ADDRESS_MAX,
    `${open} connections of one address, allowed ${PER_ADDRESS_MAX}`,
  );
}

/** A connection that does not join sends a lot, and does not read. */
async function holdUnjoined(target: Target): Promise<void> {
  const half = Buffer.alloc(900_000, 'x');
  await target.each(CONNECTIONS, async (index) => {
    const socket = await target.openWebSocket('/socket.io/?EIO=4&transport=websocket', {
      from: `127.0.1.${1 + (index % 20)}`,
    });
    if (socket === undefined) return;
    socket.pause();
    // A fragmented message, which the server has to buffer.
    for (let sent = 0; sent < 9; sent += 1) {
      socket.send(half, { fin: false, binary: true }, () => {});
    }
    await target.wait(20_000);
  });
}

/** Joins with an invented recovery id, leaves, and returns with another id. */
async function leaveIds(target: Target): Promise<void> {
  await target.each(20, async (index) => {
    await target.repeat(async (round) => {
      const attacker = target.attacker(index);
      const filler = 'p'.repeat(PID_BYTES);
      const pid = `${attacker.userId}.${index}-${round}${filler}`;
      const forms = [pid, `${filler}.${attacker.userId}`, `${index}-${round}${filler}`];
      const socket = await target.openSocketIo(attacker, {
        pid: forms[round % forms.length],
        offset: `${index}${'o'.repeat(1000)}`,
      });
      if (socket === undefined) return target.wait(100);
      await target.wait(100);
      socket.terminate();
    });
  });
}

/** Joins, requests a lot, and does not read the answers. */
async function neverRead(target: Target): Promise<void> {
  const talker = await target.openWebSocket('/ws', { attacker: target.attacker(0) });
  talker?.send(JSON.stringify({ type: 'join_room', payload: { roomName: 'square' } }));
  await target.each(CONNECTIONS, async (index) => {
    const socket = await target.openWebSocket('/ws', { attacker: target.attacker(index) });
    if (socket === undefined) return;
    socket.send(JSON.stringify({ type: 'join_room', payload: { roomName: 'square' } }));
    await target.wait(200);
    socket.pause();
    await target.repeat(async () => {
      await target.send(socket, JSON.stringify({ type: 'get_rooms', payload: {} }));
      await target.wait(20);
    });
  });
}

const ADDRESS_LIMITS = 'Connections beyond the limits';

export const CONNECTION_ATTACKS: readonly Attack[] = [
  {
    name: 'repeated-sid',
    about: '100 WebSockets with `sid=x&sid=`, which looks like a known session and is not',
    threat: ADDRESS_LIMITS,
    server: FEW_PER_ADDRESS,
    run: (target) => countOpen(target, () => '/socket.io/?EIO=4&transport=websocket&sid=x&sid='),
  },
  {
    name: 'odd-sids',
    about: '100 WebSockets whose `sid` is empty, repeated, or written as a list or an object',
    threat: ADDRESS_LIMITS,
    server: FEW_PER_ADDRESS,
    run: (target) => {
      const ends = [
        '',
        '&sid=',
        '&sid=&sid=x',
        '&sid[]=x',
        '&sid[a]=x',
        '&SID=x',
        '&%73id=',
        '&sid',
        '&sid=%00',
      ];
      return countOpen(
        target,
        (index) => `/socket.io/?EIO=4&transport=websocket${ends[index % ends.length]}`,
      );
    },
  },
  {
    name: 'unjoined-sockets',
    about:
      '100 Socket.IO WebSockets without an account that hold messages in fragments and ignore the close',
    threat: ADDRESS_LIMITS,
    server: LIMITED_ADDRESSES,
    durationMs: 15_000,
    run: holdUnjoined,
  },
  {
    name: 'polling-sessions',
    about: 'Polling sessions of one address, one after another, never polled again',
    threat: ADDRESS_LIMITS,
    server: FEW_PER_ADDRESS,
    run: async (target) => {
      let opened = 0;
      await target.each(CONNECTIONS, async () => {
        if ((await target.openPolling()) !== undefined) opened += 1;
      });
      target.expect(
        opened <= PER_ADDRESS_MAX,
        `${opened} polling sessions of one address, allowed ${PER_ADDRESS_MAX}`,
      );
    },
  },
  {
    name: 'recovery-ids',
    about: 'Recovery ids of 900 kB, a new one with each connection',
    threat: 'Memory kept for recovery',
    durationMs: 12_000,
    run: leaveIds,
  },
  {
    name: 'never-reading',
    about: '100 connections that send requests continuously, and do not read',
    threat: 'Slow readers',
    durationMs: 10_000,
    run: neverRead,
  },
  {
    name: 'connect-and-leave',
    about: 'Upgrades without a session as fast as possible',
    threat: ADDRESS_LIMITS,
    run: (target) =>
      target.each(50, () =>
        target.repeat(async () => {
          const socket = await target.openWebSocket('/ws');
          socket?.terminate();
        }),
      ),
  },
];
