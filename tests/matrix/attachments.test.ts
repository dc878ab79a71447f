/** Attachments of a message, sent through one interface and read through each of the others. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FlatClient } from '../../packages/server/test/support/flat-client.ts';
import { SocketIoClient } from '../../packages/server/test/support/socketio-client.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import { MatrixFixture } from './matrix-fixture.ts';

const ATTACHMENTS = [
  '/uploads/ä"\\😀.png',
  { url: 'https://files.example/1', name: 'a\nb', size: 1.5, isImage: true, preview: null },
];

/** The fields of a message that the tests compare, in any dialect. */
interface Told {
  readonly id: string;
  readonly content: string;
  readonly attachments?: unknown;
}

describe('attachments', () => {
  let fixture: MatrixFixture;
  let roomId: string;
  let native: TestSocket;
  let channels: FlatClient;
  let socketio: SocketIoClient;
  before(async () => {
    fixture = await MatrixFixture.build();
    roomId = await fixture.createChannel('carried');
    native = fixture.server.open(fixture.person('alice').token);
    await native.next('connection_established');
    await native.joinRoom({ roomId });
    channels = await joined('bob');
    socketio = await SocketIoClient.connect(fixture.server, 'carol');
    await socketio.joinRoom(roomId);
  });
  after(async () => {
    for (const client of [native, channels, socketio]) client.close();
    await fixture.close();
  });

  const cookie = (name: string) => ({ cookie: fixture.person(name).cookie });
  const joined = async (name: string, lastSequence?: number): Promise<FlatClient> => {
    const client = await FlatClient.connectAs(fixture.server, cookie(name));
    client.send('join_channel', { channelId: roomId, lastSequence });
    await client.next('joined_channel');
    return client;
  };
  const post = async (fields: object): Promise<{ status: number; message: Told }> => {
    const answer = await fixture.server.post('/api/messages', fields, cookie('carol'));
    return { status: answer.status, ...((await answer.json()) as { message: Told }) };
  };
  /** The room's last message, read through each interface that can read it afterwards. */
  const readAgain = async (before: number): Promise<Told[]> => {
    const latecomer = fixture.server.open(fixture.person('carol').token);
    await latecomer.next('connection_established');
    const snapshot = await latecomer.joinRoom({ roomId });
    const rooms = [{ roomId, lastSequence: before }];
    const { rooms: resumed } = await latecomer.ask('resume', { rooms }, 'resumed');
    const [missed] = resumed;
    assert(missed !== undefined && 'history' in missed);
    const page = await latecomer.ask('get_history', { roomId, after: before }, 'history');
    const flat = await joined('carol', before);
    const path = `${fixture.server.url}/api/channels/${roomId}/messages?limit=1`;
    const listed = await fetch(path, { headers: cookie('bob') });
    const { messages } = (await listed.json()) as { messages: Told[] };
    const again = flat.all('new_message').map((frame) => frame['message'] as Told);
    latecomer.close();
    flat.close();
    return [snapshot.history, missed.history, page.messages, again, messages].map((list) => {
      const last = list.at(-1);
      assert(last !== undefined);
      return last;
    });
  };
  const carried = (messages: readonly (Told | undefined)[]) =>
    messages.map((message) => message?.attachments);

  test('are the same through every interface, as they were sent', async () => {
    const said = { content: 'look', attachments: ATTACHMENTS };

    const { sequence } = await native.sendMessage({ roomId, ...said });
    const overChannels = (await channels.next('new_message'))['message'] as Told;
    assert.deepEqual(overChannels.attachments, ATTACHMENTS);
    assert.deepEqual(carried(await readAgain(sequence - 1)), Array(5).fill(ATTACHMENTS));

    channels.send('send_message', { channelId: roomId, ...said });
    const sent = (await channels.next('message_sent'))['message'] as Told;
    assert.deepEqual(carried([sent, await native.next('chat_message')]), [
      ATTACHMENTS,
      ATTACHMENTS,
    ]);

    const inNative = await post({ roomId, ...said });
    const inChannels = await post({ channelId: roomId, ...said });
    assert.deepEqual([inNative.status, inChannels.status], [201, 201]);
    const told = [inNative.message, inChannels.message, await native.next('chat_message')];
    assert.deepEqual(carried(told), Array(3).fill(ATTACHMENTS));
    await channels.next('new_message', 3);
    const live = channels.all('new_message').map((frame) => frame['message'] as Told);
    assert.deepEqual(carried(live), Array(3).fill(ATTACHMENTS));
  });

  test('are omitted over Socket.IO, which shows the text', async () => {
    const before = socketio.texts.length;
    await native.sendMessage({ roomId, content: 'see', attachments: ['a'] });

    await socketio.must('room:list');

    assert.deepEqual(socketio.texts.slice(before), ['see']);
  });

  test('stay when the text is edited, and are deleted with the message', async () => {
    const said = { roomId, content: 'old', attachments: ATTACHMENTS };
    const { id: messageId, sequence } = await native.sendMessage(said);
    const before = sequence - 1;

    await native.ask('edit_message', { roomId, messageId, content: 'new' }, 'message_ack');
    const edited = await readAgain(before);
    assert.deepEqual(carried(edited), Array(5).fill(ATTACHMENTS));
    assert.ok(edited.every(({ content }) => content === 'new'));

    await native.ask('delete_message', { roomId, messageId }, 'message_ack');
    assert.deepEqual(carried(await readAgain(before)), Array(5).fill(undefined));
  });

  test('decide whether a retry through another interface is the same message', async () => {
    const key = { clientMessageId: 'carried once' };
    const said = { content: 'once', attachments: ATTACHMENTS, ...key };
    channels.send('send_message', { channelId: roomId, ...said });
    const answers = channels.all('message_sent').length;
    const first = (await channels.next('message_sent', answers + 1))['message'] as Told;
    const headers = cookie('bob');

    const again = await fixture.server.post(
      '/api/messages',
      { channelId: roomId, ...said },
      headers,
    );
    const changed = { roomId, ...said, attachments: ATTACHMENTS.slice(1) };
    const other = await fixture.server.post('/api/messages', changed, headers);

    const { message } = (await again.json()) as { message: Told };
    assert.deepEqual([again.status, message.id, message.attachments], [200, first.id, ATTACHMENTS]);
    const { error } = (await other.json()) as { error: { code: string; field: string } };
    assert.deepEqual([other.status, error.code, error.field], [409, 'CONFLICT', 'clientMessageId']);
  });

  test('are absent from a message with an empty list', async () => {
    const { message } = await post({ roomId, content: 'bare', attachments: [] });

    assert.equal('attachments' in message, false);
  });
});
