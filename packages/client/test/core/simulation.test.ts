/**
 * Random histories of one client, its server and the network between them. At the end the
 * client shows what the server stored, each message once and in order, and every sent
 * message arrived once.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import fc from 'fast-check';
import { LOBBY, OPS } from '../fakes/builders.ts';
import { Scene } from '../fakes/client.ts';

type Step =
  | { readonly kind: 'write' | 'post' | 'older'; readonly room: 'lobby' | 'ops' }
  | { readonly kind: 'flush'; readonly count: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'refuse'; readonly code: 'RATE_LIMITED' | 'UNAVAILABLE' }
  | { readonly kind: 'cut' | 'reconnect' };

const room = fc.constantFrom('lobby' as const, 'ops' as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('write' as const, 'post'), room }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('older' as const), room }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('flush' as const),
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.integer({ min: 1, max: 40_000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('refuse' as const),
      code: fc.constantFrom('RATE_LIMITED' as const, 'UNAVAILABLE'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('reconnect' as const) }) },
);

const ROOM_IDS: Readonly<Record<'lobby' | 'ops', RoomId>> = { lobby: LOBBY, ops: OPS };

describe('client, server and network, random histories', () => {
  for (const [title, catchUpMax] of [
    ['with every gap caught up', 1_000],
    ['with gaps above 4 events replaced', 4],
  ] as const) {
    test(`end with what the server stored, and everything sent once, ${title}`, () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
          const scene = Scene.inRooms('lobby', 'ops');
          scene.server.catchUpMax = catchUpMax;
          scene.server.historyOnJoin = 3;
          const written: Record<'lobby' | 'ops', string[]> = { lobby: [], ops: [] };

          steps.forEach((each, index) => {
            act(scene, each, index, written);
            assertShownOnce(scene, LOBBY);
            assertShownOnce(scene, OPS);
          });
          calmDown(scene);

          for (const name of ['lobby', 'ops'] as const) {
            const mine = scene.stored(name).filter((text) => text.startsWith('alice'));
            assert.deepEqual(mine, written[name], 'each once, in the order of writing');
            const shown = scene.shown(ROOM_IDS[name]);
            assert.deepEqual(shown, scene.stored(name).slice(-shown.length));
            assert(shown.length >= Math.min(3, scene.stored(name).length));
          }
          assert.deepEqual(scene.client.getSnapshot().outbox, []);
        }),
        { numRuns: 300 },
      );
    });
  }
});

function act(
  scene: Scene,
  step: Step,
  index: number,
  written: Record<'lobby' | 'ops', string[]>,
): void {
  const { client, server, environment } = scene;
  const { connection } = client.getSnapshot();
  switch (step.kind) {
    case 'write':
      client.send(ROOM_IDS[step.room], `alice ${index}`);
      written[step.room].push(`alice ${index}`);
      break;
    case 'post':
      server.post(step.room, `bob ${index}`);
      break;
    case 'older':
      void client.loadOlder(ROOM_IDS[step.room]);
      break;
    case 'flush':
      server.flush(step.count);
      break;
    case 'pass':
      environment.advance(step.ms);
      break;
    case 'refuse':
      server.rejections.push({ type: 'chat_message', code: step.code });
      break;
    case 'cut':
      if (connection.kind === 'open') server.cut();
      break;
    case 'reconnect':
      if (connection.kind !== 'open') scene.reconnect();
      break;
  }
}

/** No more faults: connects if needed, delivers everything, and lets every wait end. */
function calmDown(scene: Scene): void {
  scene.server.rejections.length = 0;
  for (let round = 0; round < 30; round += 1) {
    if (scene.client.getSnapshot().connection.kind !== 'open') scene.reconnect();
    scene.server.flush();
    scene.environment.advance(1_000);
  }
}

function assertShownOnce(scene: Scene, roomId: RoomId): void {
  const keys = scene.timeline(roomId).map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length, 'no message is shown twice');
}
