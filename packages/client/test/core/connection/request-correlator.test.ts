import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { ClientFrame, ServerFrame } from '@parley/protocol';
import { REQUEST_TIMEOUT_MS, REQUESTS_MAX } from '../../../src/core/connection/pending-requests.ts';
import {
  type Outcome,
  RequestCorrelator,
} from '../../../src/core/connection/request-correlator.ts';
import { LOBBY, range } from '../../fakes/builders.ts';
import { FakeEnvironment } from '../../fakes/fake-environment.ts';

const ROOM_LIST = { rooms: [], hasMore: false };
const timestamp = '2026-01-31T12:00:00.000Z';

describe('Requests', () => {
  let environment: FakeEnvironment;
  let sent: ClientFrame[];
  let isOpen: boolean;
  let requests: RequestCorrelator;
  let outcomes: Outcome<'get_rooms'>[];

  beforeEach(() => {
    environment = new FakeEnvironment();
    sent = [];
    isOpen = true;
    outcomes = [];
    requests = new RequestCorrelator(environment, (frame) => {
      if (isOpen) sent.push(frame);
      return isOpen;
    });
  });

  const ask = (): void =>
    requests.ask('get_rooms', { limit: 5 }, (outcome) => outcomes.push(outcome));
  const roomList = (replyTo: string): ServerFrame => ({
    type: 'room_list',
    payload: ROOM_LIST,
    timestamp,
    replyTo,
  });

  test('sends a read that the server limits again, when the server allows it', () => {
    ask();
    for (const id of ['q1', 'q2']) {
      assert.equal(outcomes.length, 0);
      requests.settle({
        type: 'error',
        payload: {
          ...{ code: 'RATE_LIMITED', message: 'Slow down', originalType: 'get_rooms' },
          retryAfter: 2,
        },
        timestamp,
        replyTo: id,
      });
      environment.advance(2_000);
    }

    assert.deepEqual(
      sent.map(({ id }) => id),
      ['q1', 'q2', 'q3'],
    );
    requests.settle(roomList('q3'));
    assert.equal(outcomes[0]?.kind, 'answered');
  });

  test('gives each request its own id, and each answer to its requester', () => {
    ask();
    ask();
    requests.settle(roomList('q2'));

    assert.deepEqual(
      sent.map(({ id }) => id),
      ['q1', 'q2'],
    );
    assert.equal(outcomes.length, 1);
    const [outcome] = outcomes;
    assert(outcome?.kind === 'answered');
    assert.deepEqual(outcome.payload, ROOM_LIST);
  });

  test('turns an error frame into an error with its code, field and wait', () => {
    ask();
    requests.settle({
      type: 'error',
      payload: {
        code: 'UNAVAILABLE',
        message: 'Slow down',
        originalType: 'get_rooms',
        field: 'limit',
        retryAfter: 4,
      },
      timestamp,
      replyTo: 'q1',
    });

    const [outcome] = outcomes;
    assert(outcome?.kind === 'refused');
    assert.equal(outcome.error.code, 'UNAVAILABLE');
    assert.equal(outcome.error.message, 'Slow down');
    assert.deepEqual(outcome.error.details, {
      message: 'Slow down',
      field: 'limit',
      retryAfterSeconds: 4,
    });
  });

  test('times out a lost request, and ignores a late answer', () => {
    ask();
    environment.advance(REQUEST_TIMEOUT_MS - 1);
    assert.equal(outcomes.length, 0);
    environment.advance(1);
    requests.settle(roomList('q1'));

    assert.equal(outcomes.length, 1);
    const [outcome] = outcomes;
    assert(outcome?.kind === 'refused');
    assert.equal(outcome.error.code, 'UNAVAILABLE');
  });

  test('cuts off every pending request with the connection, once', () => {
    ask();
    ask();
    requests.cutOff();
    requests.cutOff();
    requests.settle(roomList('q1'));

    assert.deepEqual(outcomes, [{ kind: 'cut_off' }, { kind: 'cut_off' }]);
    assert.equal(environment.timerCount, 0);
  });

  test('is cut off at once if nothing can be sent', () => {
    isOpen = false;
    ask();

    assert.deepEqual(outcomes, [{ kind: 'cut_off' }]);
    assert.equal(environment.timerCount, 0);
  });

  test('ignores frames that answer nothing, or another request', () => {
    ask();
    requests.settle({ type: 'pong', payload: {}, timestamp, replyTo: 'other' });
    requests.settle({ type: 'room_left', payload: { roomId: LOBBY }, timestamp });
    assert.equal(outcomes.length, 0);
  });

  test('rejects requests above its limit, and accepts them again when one is done', () => {
    for (const _ of range(1, REQUESTS_MAX)) ask();
    assert.equal(outcomes.length, 0);
    ask();
    assert.equal(outcomes.length, 1);
    assert.equal(outcomes[0]?.kind, 'refused');

    requests.settle(roomList('q1'));
    ask();

    assert.equal(sent.length, REQUESTS_MAX + 1);
  });
});
