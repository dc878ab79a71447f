/** Single packets and frames that may make a decoder, a logger or an encoder throw. */
import type { Attack } from '../attack.ts';
import type { Target } from '../target.ts';

const ODD_PACKETS = [
  '42[1]',
  '42[null]',
  '42[{}]',
  '42[[]]',
  '42[true,1,2]',
  '42[]',
  '42{}',
  '42"x"',
  '420[1]',
  '42["__proto__"]',
  '42["newListener",{}]',
  '42["disconnect"]',
  '451-["room:join",{"_placeholder":true,"num":7}]',
  '451-[{"_placeholder":true,"num":0}]',
  '460-0[]',
  '430[{}]',
  '43["x"]',
  '44{"message":"x"}',
  '40[1]',
  '40"x"',
  '47',
  '4',
  'x',
  '',
];
const ODD_FRAMES = [
  '{"type":{},"payload":{}}',
  '{"type":["chat_message"],"payload":null}',
  '{"type":"__proto__","payload":{"__proto__":{"a":1}}}',
  '{"type":"chat_message","payload":{"content":{"toString":1}}}',
  '{"type":"send_message","channelId":[],"content":null,"attachments":{"length":-1}}',
  '{"type":"send_message","recipientId":{},"content":1e999}',
  '{"type":"resume","payload":{"rooms":[null,1,"x",{}]}}',
  '[]',
  'null',
  '"x"',
  '\ufeff{}',
  '{"type":"ping"',
];

/** Each on its own connection, since most end it. */
async function sendAlone(target: Target, path: string, inputs: readonly string[]): Promise<void> {
  await target.repeat(async (round) => {
    await target.each(Math.min(inputs.length, 25), async (index) => {
      const attacker = target.attacker(index + round);
      const isSocketIo = path.startsWith('/socket.io/');
      const socket = isSocketIo
        ? await target.openSocketIo(attacker)
        : await target.openWebSocket(path, { attacker });
      if (socket === undefined) return;
      const input = inputs[index] ?? '';
      await target.wait(20);
      await target.send(socket, input);
      if (round % 2 === 1) await target.send(socket, Buffer.from(input));
      await target.wait(100);
      socket.terminate();
    });
  });
}

async function poll(target: Target): Promise<void> {
  await target.repeat(async (round) => {
    await target.each(ODD_PACKETS.length, async (index) => {
      const path = await target.openPolling(target.attacker(index + round));
      if (path === undefined) return;
      const body = ODD_PACKETS[index] ?? '';
      await target.request({ method: 'POST', path, body });
      await target.request({ method: 'POST', path, body: `${body}\u001e${body}` });
    });
  });
}

const THREAT = 'One malformed packet';

export const PACKET_ATTACKS: readonly Attack[] = [
  {
    name: 'odd-packets-websocket',
    about: 'Socket.IO packets whose event is not a string, or with announced parts missing',
    threat: THREAT,
    durationMs: 4000,
    run: (target) => sendAlone(target, '/socket.io/', ODD_PACKETS),
  },
  {
    name: 'odd-packets-polling',
    about: 'The same packets in requests of a polling client',
    threat: THREAT,
    durationMs: 4000,
    run: poll,
  },
  ...['/ws', '/ws/chat', '/messagepal'].map((path) => ({
    name: `odd-frames${path.replaceAll('/', '-')}`,
    about: `Frames at ${path} whose fields have any type but the right one`,
    threat: THREAT,
    durationMs: 3000,
    run: (target: Target) => sendAlone(target, path, ODD_FRAMES),
  })),
];
