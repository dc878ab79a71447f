import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findBreakingChanges } from './breaking-changes.ts';

const ROOM = {
  type: 'object',
  required: ['id', 'name'],
  properties: {
    id: { type: 'string' },
    name: { type: 'string' },
    kind: { enum: ['room', 'direct'] },
    parent: { $ref: '#/components/schemas/room' },
  },
};
const BODY = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string', maxLength: 80 }, kind: { enum: ['room', 'direct'] } },
};

function api({ room = ROOM as object, body = BODY as object, parameters = [] as object[] } = {}) {
  const schema = { $ref: '#/components/schemas/room' };
  const answer = { content: { 'application/json': { schema } } };
  const operation = {
    parameters: [{ name: 'q', in: 'query', required: false }, ...parameters],
    requestBody: { content: { 'application/json': { schema: body } } },
    responses: { 201: answer },
  };
  return { paths: { '/api/rooms': { post: operation } }, components: { schemas: { room } } };
}

const AT = 'POST /api/rooms';

describe('the HTTP interface', () => {
  const { kind: _, ...withoutKind } = ROOM.properties;
  for (const [title, now, expected] of [
    ['is the same', api(), []],
    [
      'has more of all',
      api({
        room: { ...ROOM, properties: { ...ROOM.properties, topic: { type: 'string' } } },
        body: {
          ...BODY,
          properties: {
            name: { type: 'string', maxLength: 90 },
            kind: { enum: ['room', 'direct', 'group'] },
            topic: { type: 'string' },
          },
        },
        parameters: [{ name: 'after', in: 'query' }],
      }),
      [],
    ],
    ['has no such operation', { paths: {} }, [`${AT} is gone`]],
    [
      'answers without a field',
      api({ room: { ...ROOM, properties: withoutKind } }),
      [`${AT}: 201.kind is gone`],
    ],
    [
      'may leave out a field',
      api({ room: { ...ROOM, required: ['id'] } }),
      [`${AT}: 201.name may be missing now`],
    ],
    [
      'answers with another type',
      api({ room: { ...ROOM, properties: { ...ROOM.properties, id: { type: 'number' } } } }),
      [`${AT}: 201.id: "string" became "number"`],
    ],
    [
      'demands a field',
      api({ body: { ...BODY, required: ['name', 'kind'] } }),
      [`${AT}: body.kind is required now`],
    ],
    [
      'takes less of a text, and a value less',
      api({
        body: {
          ...BODY,
          properties: { name: { type: 'string', maxLength: 40 }, kind: { enum: ['room'] } },
        },
      }),
      [`${AT}: body.name: maxLength 80 became 40`, `${AT}: body.kind: {"const":"direct"} is gone`],
    ],
    [
      'demands a parameter',
      api({ parameters: [{ name: 'after', in: 'query', required: true }] }),
      [`${AT}: the parameter after is required now`],
    ],
  ] as const) {
    test(title, () => assert.deepEqual(findBreakingChanges(api(), now), expected));
  }
});

function frames(tier: string, properties: object, required: readonly string[]) {
  const payload = {
    type: 'object',
    properties: { payload: { type: 'object', properties, required } },
  };
  return {
    operations: { pin: { tags: [{ name: tier }] } },
    components: { messages: { client_pin: { payload }, server_pinned: { payload } } },
  };
}

test('commands of the internal tier may change, frames may not', () => {
  const id = { id: { type: 'string' } };
  const now = frames('internal', { id: { type: 'number' } }, ['id']);

  assert.deepEqual(findBreakingChanges(frames('internal', id, ['id']), now), [
    'frame pinned.payload.id: "string" became "number"',
  ]);
  assert.deepEqual(findBreakingChanges(frames('stable', id, []), frames('stable', id, ['id'])), [
    'command pin.payload.id is required now',
  ]);
  assert.deepEqual(
    findBreakingChanges(frames('stable', id, []), { components: { messages: {} } }),
    ['command pin is gone', 'frame pinned is gone'],
  );
});
