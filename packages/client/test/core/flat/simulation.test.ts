/**
 * Random histories of one client of channels, its server, and the networks between them.
 * At the end the client shows the state of the server, each message once and in order,
 * and every sent message is stored once, in the order of writing.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { settle } from '../../fakes/fake-environment.ts';
import { FlatScene, LOBBY } from '../../fakes/flat-scene.ts';

type Step =
  | { readonly kind: 'write' | 'post' | 'older' | 'cut' | 'reconnect' | 'refuse_socket' | 'calm' }
  | { readonly kind: 'edit' | 'remove' | 'react' | 'read'; readonly at: number }
  | { readonly kind: 'flush'; readonly count: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'http'; readonly state: 'up' | 'down' }
  | { readonly kind: 'limit'; readonly code: 'RATE_LIMITED' | 'UNAVAILABLE' };

const plain = (kind: 'write' | 'post' | 'older' | 'cut' | 'reconnect' | 'refuse_socket' | 'calm') =>
  fc.constant<Step>({ kind });
const at = fc.nat({ max: 200 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: plain('write') },
  { weight: 5, arbitrary: plain('post') },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('edit' as const, 'remove', 'react', 'read'), at }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('flush' as const),
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 3, arbitrary: plain('calm') },
  { weight: 2, arbitrary: plain('cut') },
  { weight: 3, arbitrary: plain('reconnect') },
  { weight: 1, arbitrary: plain('refuse_socket') },
  { weight: 1, arbitrary: plain('older') },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.integer({ min: 1, max: 20_000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('http' as const),
      state: fc.constantFrom('up' as const, 'down'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('limit' as const),
      code: fc.constantFrom('RATE_LIMITED' as const, 'UNAVAILABLE'),
    }),
  },
);

/** A failure of an earlier version: an HTTP answer older than the page next to it. */
const FOUND: [Step[]][] = [
  [
    [
      { kind: 'post' },
      { kind: 'write' },
      { kind: 'cut' },
      { kind: 'post' },
      { kind: 'post' },
      { kind: 'edit', at: 73 },
    ],
  ],
];

describe('a client of channels, random histories', () => {
  for (const [title, catchUpMax] of [
    ['with every gap caught up', 1_000],
    ['with gaps above 4 events fetched again', 4],
  ] as const) {
    test(`end with the state of the server, everything sent once, ${title}`, async () => {
      const history = fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const scene = await FlatScene.inLobby();
        scene.server.catchUpMax = catchUpMax;
        const written: string[] = [];
        for (const each of steps) await take(scene, each, written);
        await heal(scene);

        const stored = scene.server.messages('lobby');
        const shown = scene.view().messages;
        assert.deepEqual(shown.map(toWire), stored.slice(-shown.length).map(toWire));
        assert.ok(shown.length >= Math.min(50, stored.length), 'the newest page is shown');
        const own = stored.filter(({ clientMessageId }) => clientMessageId !== undefined);
        assert.equal(own.length, written.length);
      });
      await fc.assert(history, { numRuns: 150, examples: FOUND });
    });
  }
});

/** Without local fields; readers are a set. */
function toWire(message: object): object {
  const { key: _, readBy, ...wire } = { key: '', readBy: [] as readonly string[], ...message };
  return { status: 'sent', readBy: [...readBy].sort(), ...wire };
}

async function take(scene: FlatScene, step: Step, written: string[]): Promise<void> {
  const { server, client, environment } = scene;
  switch (step.kind) {
    case 'write':
      written.push(`own ${written.length}`);
      client.send(LOBBY, written.at(-1) ?? '');
      break;
    case 'post':
      server.post('lobby', 'of bob');
      break;
    case 'edit':
    case 'remove':
    case 'react':
    case 'read': {
      const { messages } = server.room('lobby');
      const message = messages[step.at % Math.max(1, messages.length)];
      if (message === undefined || message.deleted === true) break;
      if (step.kind === 'edit') server.edit('lobby', message.id, `edited ${step.at}`);
      else if (step.kind === 'react') server.react('lobby');
      else server[step.kind]('lobby', message.id);
      break;
    }
    case 'flush':
      server.flush(step.count);
      break;
    case 'calm':
      await scene.calm();
      break;
    case 'cut':
      server.cut();
      break;
    case 'reconnect':
      if (server.isConnected) break;
      client.reconnect();
      if (scene.view().state !== 'unauthorized') server.accept();
      break;
    case 'refuse_socket':
      if (server.isConnected) break;
      client.reconnect();
      environment.socket.end(1006);
      await settle();
      break;
    case 'older':
      client.history.loadOlder(LOBBY).catch(() => {
        // May be requested at any time, also if the server cannot answer.
      });
      break;
    case 'pass':
      environment.advance(step.ms);
      break;
    case 'http':
      server.http = step.state;
      break;
    case 'limit':
      server.rejections.push({ type: 'send_message', code: step.code, retryAfter: 3 });
      break;
    default:
      step satisfies never;
  }
}

/** Everything works again, and there is enough time. */
async function heal(scene: FlatScene): Promise<void> {
  scene.server.http = 'up';
  scene.server.rejections.length = 0;
  for (let tries = 0; tries < 8; tries += 1) {
    if (scene.view().state !== 'open') {
      scene.server.cut();
      await scene.reconnect();
    }
    await scene.calm();
    scene.environment.advance(9_000);
    await scene.calm();
  }
}
