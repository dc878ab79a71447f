import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import {
  TYPING_IDLE_MS,
  TYPING_START_DELAY_MS,
  TypingSender,
} from '../../../src/core/typing/typing-sender.ts';
import { LOBBY, OPS } from '../../fakes/builders.ts';
import { FakeEnvironment } from '../../fakes/fake-environment.ts';

describe('TypingSender', () => {
  let environment: FakeEnvironment;
  let told: string[];
  let typing: TypingSender;

  beforeEach(() => {
    environment = new FakeEnvironment();
    told = [];
    typing = new TypingSender(environment, {
      send: (roomId, isTyping) => told.push(`${roomId} ${isTyping}`),
    });
  });

  /** A key every 100 ms. */
  function typeFor(ms: number): void {
    for (let passed = 0; passed < ms; passed += 100) {
      typing.type(LOBBY);
      environment.advance(100);
    }
  }

  test('reports nothing before 500 ms, then once', () => {
    typing.type(LOBBY);
    environment.advance(TYPING_START_DELAY_MS - 1);
    assert.deepEqual(told, []);

    environment.advance(1);

    assert.deepEqual(told, ['r-lobby true']);
  });

  test('never reports a text that is sent faster than that', () => {
    typeFor(400);
    typing.stop();
    environment.advance(10_000);

    assert.deepEqual(told, []);
  });

  test('repeats the report at most every 2 s while typing continues', () => {
    typeFor(7_000);

    assert.deepEqual(told, Array(4).fill('r-lobby true'));
  });

  test('reports the end once on demand', () => {
    typeFor(600);
    typing.stop();
    typing.stop();

    assert.deepEqual(told, ['r-lobby true', 'r-lobby false']);
  });

  test('reports the end after 3 s without a key', () => {
    typeFor(600);
    environment.advance(TYPING_IDLE_MS);

    assert.deepEqual(told, ['r-lobby true', 'r-lobby false']);
    assert.equal(environment.timerCount, 0);
  });

  test('ends in one room before it begins in another', () => {
    typeFor(600);
    typing.type(OPS);
    environment.advance(TYPING_START_DELAY_MS);

    assert.deepEqual(told, ['r-lobby true', 'r-lobby false', 'r-ops true']);
  });

  test('resets without a report when the connection is lost', () => {
    typeFor(600);
    typing.forget();
    environment.advance(10_000);

    assert.deepEqual(told, ['r-lobby true']);
    assert.equal(environment.timerCount, 0);
  });
});
