/**
 * The assistant in a whole server: asked in every dialect, with an endpoint that behaves in every
 * way.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Account } from '../support/account.ts';
import { FlatClient } from '../support/flat-client.ts';
import {
  answerRaw,
  answerWhole,
  answerWith,
  type Behaviour,
  begin,
  chunkOf,
  DONE,
  ModelEndpoint,
} from '../support/model-endpoint.ts';
import { endAll, started } from '../support/parley-command.ts';
import { TestServer } from '../support/running-server.ts';
import { SocketIoClient, type SocketIoMessage } from '../support/socketio-client.ts';
import type { TestSocket } from '../support/test-socket.ts';
import { until } from '../support/wait.ts';
import { Workspace } from '../support/workspace.ts';

/** A message as one dialect sends it, in common fields. */
type ReceivedMessage = readonly [id: string, sequence: number, sender: string, content: string];

const KEY = 'sk-very-secret';

class AssistantChannel {
  readonly server: TestServer;
  readonly channelId: string;
  readonly #alice: Account;
  readonly native: TestSocket;
  readonly flat: FlatClient;
  readonly socketio: SocketIoClient;

  /** Opens a channel with alice, bob and carol, each in another dialect. */
  static async open(settings: Record<string, string>): Promise<AssistantChannel> {
    const server = await TestServer.start(settings);
    for (const name of ['bob', 'carol']) await server.register(name);
    const alice = await server.signUp('alice');
    const workspace = await Workspace.create(alice, 'bob', 'carol');
    const channelId = await workspace.createChannel('maths');
    const native = await alice.connect();
    await native.joinRoom({ roomId: channelId });
    const flat = await FlatClient.connect(server, 'bob');
    await flat.joinChannel(channelId);
    const socketio = await SocketIoClient.connect(server, 'carol');
    await socketio.joinRoom(channelId);
    return new AssistantChannel({ server, alice, channelId, native, flat, socketio });
  }

  private constructor(parts: {
    server: TestServer;
    channelId: string;
    alice: Account;
    native: TestSocket;
    flat: FlatClient;
    socketio: SocketIoClient;
  }) {
    this.server = parts.server;
    this.channelId = parts.channelId;
    this.#alice = parts.alice;
    this.native = parts.native;
    this.flat = parts.flat;
    this.socketio = parts.socketio;
  }

  /** Messages of the assistant that each dialect received. */
  received(): ReceivedMessage[][] {
    return [
      this.native
        .ofType('chat_message')
        .map(
          ({ id, sequence, sender, content }): ReceivedMessage => [id, sequence, sender, content],
        ),
      this.flat.all('new_message').map((frame) => toTold(frame['message'] as FlatMessage)),
      this.socketio
        .all<SocketIoMessage>('message:new')
        .map(
          ({ id, sequence, username, content }): ReceivedMessage => [
            id,
            sequence,
            username,
            content,
          ],
        ),
    ].map(ofAssistant);
  }

  /** Messages of the assistant in the history. */
  async stored(): Promise<ReceivedMessage[]> {
    const path = `/api/channels/${this.channelId}/messages?limit=200`;
    const { messages } = await this.#alice.must<{ messages: FlatMessage[] }>('GET', path);
    return ofAssistant(messages.map(toTold));
  }

  /** Waits until every client has this number of answers; they must be equal. */
  async agreed(count: number): Promise<string[]> {
    await until(() => this.received().every((told) => told.length >= count), `${count} answers`);
    const stored = await this.stored();
    for (const told of this.received()) assert.deepEqual(told, stored);
    assert.equal(stored.length, count);
    return stored.map(([, , , content]) => content);
  }

  ask(content: string): Promise<unknown> {
    return this.native.sendMessage({ roomId: this.channelId, content });
  }

  post(content: string): Promise<Response> {
    const body = { channelId: this.channelId, content };
    return this.#alice.call('POST', '/api/messages', body);
  }

  async close(): Promise<void> {
    this.native.close();
    this.flat.close();
    this.socketio.close();
    await this.server.close();
  }
}

interface FlatMessage {
  readonly id: string;
  readonly sequence: number;
  readonly senderName: string;
  readonly content: string;
}

function toTold({ id, sequence, senderName, content }: FlatMessage): ReceivedMessage {
  return [id, sequence, senderName, content];
}

function ofAssistant(told: readonly ReceivedMessage[]): ReceivedMessage[] {
  return told.filter(([, , sender]) => sender === 'ai');
}

describe('the assistant of a whole server', () => {
  let endpoint: ModelEndpoint;
  let school: AssistantChannel;
  beforeEach(async () => {
    endpoint = await ModelEndpoint.start();
  });
  afterEach(async () => {
    await school.close();
    await endpoint.close();
  });
  const openSchool = async (settings: Record<string, string> = {}): Promise<AssistantChannel> => {
    const ai = { AI_BASE_URL: endpoint.url, AI_API_KEY: KEY, AI_MODEL: 'm-1' };
    school = await AssistantChannel.open({ ...ai, ...settings });
    return school;
  };

  test('answers users of every dialect, visible to all members, once and in order', async () => {
    const { flat, socketio, channelId } = await openSchool();
    endpoint.behaviour = (response, { body }) =>
      answerWith('You said ', body.messages.at(-1)?.content ?? '')(response);

    await school.ask('@ai native');
    await school.agreed(1);
    flat.send('send_message', { channelId, content: 'flat, @AI' });
    await school.agreed(2);
    await socketio.sendMessage(channelId, '@ai socketio');
    await school.agreed(3);
    await school.post('@ai http');

    assert.deepEqual(await school.agreed(4), [
      'You said alice: @ai native',
      'You said bob: flat, @AI',
      'You said carol: @ai socketio',
      'You said alice: @ai http',
    ]);
    assert.equal(
      endpoint.asked.every(({ headers }) => headers.authorization === `Bearer ${KEY}`),
      true,
    );
  });

  test('shows typing in every dialect, and message progress in the native one, before the answer', async () => {
    await openSchool();
    let finish = () => {};
    endpoint.behaviour = (response) => {
      begin(response);
      response.write(chunkOf('One '));
      finish = () => response.end(chunkOf('two.') + DONE);
    };

    await school.ask('@ai');
    const progress = await school.native.next('message_progress');
    const typing = [
      (await school.native.next('user_typing')).username,
      (await school.flat.next('user_typing'))['username'],
      (await school.socketio.next<{ username: string }>('typing:start')).username,
    ];
    const before = [...school.received(), await school.stored()];
    finish();
    await school.agreed(1);

    assert.deepEqual(Object.keys(progress), ['roomId', 'draftId', 'content']);
    assert.equal(progress.content, 'One ');
    assert.deepEqual(typing, ['ai', 'ai', 'ai']);
    assert.deepEqual(before, [[], [], [], []]);
    const message = school.native.ofType('chat_message').at(-1);
    assert.deepEqual([message?.content, message?.clientMessageId], ['One two.', progress.draftId]);
  });

  test('apologizes once if the endpoint fails, hangs, disconnects, floods or sends invalid data', async () => {
    await openSchool({ AI_TIMEOUT_MS: '1500' });
    const bad: Record<string, Behaviour> = {
      failing: answerRaw('{"error":{"message":"no"}}', 500),
      refusing: answerRaw('', 401),
      hanging: () => {},
      'hanging after its head': begin,
      'hanging in a whole answer': (response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('{"choices":[');
      },
      nonsense: answerRaw('<html>hello</html>'),
      'no JSON': answerRaw('data: {\n\n'),
      empty: answerRaw(DONE),
      'a line without end': answerRaw(`data: ${'x'.repeat(2_000_000)}`),
      'breaking off': (response) => response.destroy(),
    };
    for (const [index, [name, behaviour]] of Object.entries(bad).entries()) {
      endpoint.behaviour = behaviour;
      school.flat.send('send_message', {
        channelId: school.channelId,
        content: `@ai ${name}`,
      });
      const texts = await school.agreed(index + 1);
      assert.match(texts[index] ?? '', /^Sorry, I cannot answer/, name);
    }
    assert.equal(endpoint.asked.length, Object.keys(bad).length);
  });

  test('posts a complete answer that arrives at once or ends with its response, and the received part of a broken one', async () => {
    await openSchool();
    // A response whose end HTTP does not announce: it ends when its connection does.
    const broken: Behaviour = (response) => {
      response.removeHeader('transfer-encoding');
      response.writeHead(200, { connection: 'close', 'content-type': 'text/event-stream' });
      response.end(chunkOf('half of it'));
    };
    const behaviours = [
      answerWhole('all at once'),
      answerRaw(chunkOf('all') + chunkOf(' of it')),
      broken,
    ];
    for (const [index, behaviour] of behaviours.entries()) {
      endpoint.behaviour = behaviour;
      await school.ask('@ai');
      await school.agreed(index + 1);
    }

    assert.deepEqual(await school.agreed(3), [
      'all at once',
      'all of it',
      'half of it\n\nSorry, I could not finish this answer.',
    ]);
  });

  test('posts the received part of an answer that exceeds the maximum', async () => {
    await openSchool();
    endpoint.behaviour = (response) => {
      begin(response);
      const more = () => {
        while (!response.destroyed && response.write(chunkOf('flood '.repeat(50))));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    await school.ask('@ai');
    const [flood = ''] = await school.agreed(1);
    assert.match(flood, /^flood flood .*\n\nSorry, this answer is too long; it ends here\.$/s);
    assert.equal(flood.length <= 10_000, true);
    await until(() => endpoint.asked.every(({ wasLeft }) => wasLeft), 'the end of the request');
  });

  test('apologizes if the endpoint is unreachable, without delaying other messages', async () => {
    await openSchool();
    await endpoint.close();

    await school.ask('@ai');
    await school.ask('and the rest of us?');

    assert.match((await school.agreed(1))[0] ?? '', /^Sorry/);
  });

  test('aborts the answer when the server stops', async () => {
    await openSchool();
    endpoint.behaviour = begin;
    await school.ask('@ai');
    await until(() => endpoint.asked.length === 1, 'the question');

    await school.close();

    await until(() => endpoint.asked[0]?.wasLeft === true, 'the end of the request');
  });

  test('is off without an endpoint', async () => {
    school = await AssistantChannel.open({});

    await school.ask('@ai');
    await school.post('@ai');

    assert.deepEqual(await school.stored(), []);
    assert.deepEqual(school.native.ofType('user_typing'), []);
  });
});

test('never logs the key, whatever the endpoint sends', async () => {
  const endpoint = await ModelEndpoint.start();
  endpoint.behaviour = answerRaw(`no such key: ${KEY}`, 401);
  const { child, url } = await started({
    AI_BASE_URL: endpoint.url,
    AI_API_KEY: KEY,
    LOG_LEVEL: 'debug',
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      log += chunk;
    });
  }
  const alice = await Account.signUp(url, 'alice');
  const workspace = await Workspace.create(alice);
  const channelId = await workspace.createChannel('maths');
  await alice.must('POST', '/api/messages', { channelId, content: '@ai' });

  await until(() => log.includes('assistant.failed'), 'the line of the failure');

  assert.match(log, /answered 401/);
  assert.doesNotMatch(log, new RegExp(KEY));
  await endAll();
  await endpoint.close();
});
