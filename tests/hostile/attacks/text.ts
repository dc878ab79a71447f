/** Texts that are short on the wire and slow to normalise, and values that are slow to validate. */
import type { Attack } from '../attack.ts';
import type { Target } from '../target.ts';

/** Alternating marks of two classes, which normalisation has to sort. */
const marks = (count: number): string => `a${'\u0315\u0300'.repeat(count / 2)}`;
const LEGAL_MARKS = marks(9_990);
const MANY_MARKS = marks(60_000);
const BODY_MARKS = marks(80_000);

/** Sends the same frame over ten connections, until the attack is over. */
function repeatFrame(
  path: string,
  toFrame: (target: Target, room: string) => object,
  connections = 10,
) {
  return (target: Target): Promise<void> =>
    target.each(connections, async (index) => {
      await target.repeat(async () => {
        const attacker = target.attacker(index);
        const socket = await target.openWebSocket(path, { attacker });
        if (socket === undefined) return target.wait(200);
        const room = await joinRoom(target, socket, path);
        const text = JSON.stringify(toFrame(target, room));
        for (let sent = 0; sent < 20 && !target.isOver; sent += 1) {
          await target.send(socket, text);
          await target.wait(20);
        }
        socket.terminate();
      });
    });
}

async function joinRoom(
  target: Target,
  socket: NonNullable<Awaited<ReturnType<Target['openWebSocket']>>>,
  path: string,
): Promise<string> {
  if (path !== '/ws') return 'no-room';
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.on('message', (data) => {
    const { type, payload } = JSON.parse(data.toString());
    if (type === 'room_joined') resolve(payload.roomId);
  });
  socket.send(JSON.stringify({ type: 'join_room', payload: { roomName: 'square' } }));
  await Promise.race([promise.then(() => {}), target.wait(2000)]);
  resolve('no-room');
  return promise;
}

function repeatPost(path: string, toBody: (target: Target) => object, connections = 10) {
  return (target: Target): Promise<void> =>
    target.each(connections, (index) =>
      target.repeat(async () => {
        const attacker = target.attacker(index);
        await target.post(path, toBody(target), { attacker });
        await target.wait(10);
      }),
    );
}

const message = (roomId: string, more: object) => ({
  type: 'chat_message',
  payload: { roomId, ...more },
});
const emptyObjects = (count: number) => Array.from({ length: count }, () => ({}));
const fields = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, 1]));
const rooms = Array.from({ length: 40_000 }, () => ({ roomId: 'x' }));
const ids = Array.from({ length: 200_000 }, () => 'x');

const NORMALISATION = 'Texts that are slow to normalise';
const VALIDATION = 'Values that are slow to validate';

export const TEXT_ATTACKS: readonly Attack[] = [
  {
    name: 'marks-workspace-name',
    about: 'Workspace names of alternating combining marks',
    threat: NORMALISATION,
    run: repeatPost('/api/workspaces', () => ({ name: BODY_MARKS })),
  },
  {
    name: 'marks-registration',
    about: 'Usernames and passwords of alternating combining marks',
    threat: NORMALISATION,
    run: repeatPost('/register', () => ({
      username: BODY_MARKS,
      password: MANY_MARKS.slice(0, 9000),
    })),
  },
  {
    name: 'marks-login',
    about: 'Logins with a name and a password of alternating combining marks',
    threat: NORMALISATION,
    run: repeatPost('/login', () => ({
      username: MANY_MARKS,
      password: MANY_MARKS.slice(0, 9000),
    })),
  },
  {
    name: 'marks-message',
    about: 'Messages of 60,000 alternating combining marks at `/ws`',
    threat: NORMALISATION,
    run: repeatFrame('/ws', (_, room) => message(room, { content: MANY_MARKS })),
  },
  {
    name: 'marks-room-name',
    about: 'Names of rooms of alternating combining marks',
    threat: NORMALISATION,
    run: repeatFrame('/ws', () => ({ type: 'join_room', payload: { roomName: MANY_MARKS } })),
  },
  {
    name: 'marks-status',
    about: 'Status texts and reactions of alternating combining marks',
    threat: NORMALISATION,
    run: repeatFrame('/ws', () => ({
      type: 'set_presence',
      payload: { status: 'online', statusText: MANY_MARKS },
    })),
  },
  {
    name: 'marks-channels',
    about: 'Messages of alternating combining marks at `/ws/chat`',
    threat: NORMALISATION,
    run: repeatFrame('/ws/chat', () => ({
      type: 'send_message',
      channelId: 'x',
      content: MANY_MARKS,
    })),
  },
  {
    name: 'marks-direct',
    about: 'Messages of alternating combining marks at `/messagepal`',
    threat: NORMALISATION,
    run: repeatFrame('/messagepal', ({ victim }) => ({
      type: 'send_message',
      recipientId: victim.userId,
      content: MANY_MARKS,
    })),
  },
  {
    name: 'marks-legal-length',
    about: 'Messages of 9,990 marks, which is a legal length, over HTTP',
    threat: NORMALISATION,
    run: repeatPost('/api/messages', ({ victim }) => ({
      recipientId: victim.userId,
      content: LEGAL_MARKS,
    })),
  },
  {
    name: 'many-attachments',
    about: '300,000 empty attachments in one message',
    threat: VALIDATION,
    run: repeatFrame('/ws', (_, room) =>
      message(room, { content: 'x', attachments: emptyObjects(300_000) }),
    ),
  },
  {
    name: 'large-attachment',
    about: 'An attachment with 80,000 fields',
    threat: VALIDATION,
    run: repeatFrame('/ws', (_, room) =>
      message(room, { content: 'x', attachments: [fields(80_000)] }),
    ),
  },
  {
    name: 'large-frame-object',
    about: 'A frame at `/ws/chat` with 80,000 unknown fields',
    threat: VALIDATION,
    run: repeatFrame('/ws/chat', () => ({ type: 'typing', channelId: 'x', ...fields(60_000) })),
  },
  {
    name: 'large-group',
    about: '200,000 ids in `create_group`',
    threat: VALIDATION,
    run: repeatFrame('/ws', () => ({ type: 'create_group', payload: { userIds: ids } })),
  },
  {
    name: 'large-resume',
    about: '40,000 rooms in `resume`',
    threat: VALIDATION,
    run: repeatFrame('/ws', () => ({ type: 'resume', payload: { rooms } })),
  },
  {
    name: 'nested-json',
    about: 'JSON that is nested deep, over HTTP and at `/ws`',
    threat: VALIDATION,
    run: async (target) => {
      const nested = `${'['.repeat(90_000)}${']'.repeat(90_000)}`;
      await Promise.all([
        target.each(5, (index) =>
          target.repeat(() =>
            target.request({
              method: 'POST',
              path: '/api/messages',
              attacker: target.attacker(index),
              body: `{"roomId":"x","content":${nested}}`,
            }),
          ),
        ),
        repeatFrame('/ws', () => ({ type: 'ping', payload: nestedValue(3000) }), 5)(target),
      ]);
    },
  },
  {
    name: 'markup-socketio',
    about: 'Messages of nested tags and references over Socket.IO',
    threat: VALIDATION,
    run: (target) =>
      target.each(10, async (index) => {
        const socket = await target.openSocketIo(target.attacker(index));
        if (socket === undefined) return;
        socket.send('42["room:join",{"roomId":"square"}]');
        const content = '<b><i>&lt;'.repeat(999);
        await target.repeat(async () => {
          await target.send(
            socket,
            `42["message:send",${JSON.stringify({ roomId: 'square', content })}]`,
          );
          await target.wait(20);
        });
      }),
  },
];

/** The maximum depth that this process itself can write. */
function nestedValue(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}
