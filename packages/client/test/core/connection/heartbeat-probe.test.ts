import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import {
  CHECK_INTERVAL_MS,
  HeartbeatProbe,
  PROBE_INTERVAL_MS,
  PROBE_REPLY_FAST_MS,
  PROBE_REPLY_MS,
} from '../../../src/core/connection/heartbeat-probe.ts';
import { FakeEnvironment } from '../../fakes/fake-environment.ts';

describe('HeartbeatProbe', () => {
  let environment: FakeEnvironment;
  let asked: number[];
  let silences: number;
  let probe: HeartbeatProbe;

  beforeEach(() => {
    environment = new FakeEnvironment();
    asked = [];
    silences = 0;
    probe = new HeartbeatProbe(environment, {
      send: (sequence) => asked.push(sequence),
      onSilent: () => {
        silences += 1;
      },
    });
    probe.start();
  });

  test('probes after its interval of silence, and not before', () => {
    environment.advance(PROBE_INTERVAL_MS - 1);
    assert.deepEqual(asked, []);

    environment.advance(1);

    assert.deepEqual(asked, [1]);
  });

  test('abandons a peer that does not answer in time, once, and leaves no timer', () => {
    environment.advance(PROBE_INTERVAL_MS + PROBE_REPLY_MS - 1);
    assert.equal(silences, 0);

    environment.advance(PROBE_INTERVAL_MS);

    assert.equal(silences, 1);
    assert.equal(environment.timerCount, 0);
  });

  test('treats any frame as a sign of life, probes again later, and counts upwards', () => {
    for (let round = 0; round < 3; round += 1) {
      environment.advance(PROBE_INTERVAL_MS);
      environment.advance(PROBE_REPLY_MS - 1);
      probe.onFrame();
    }

    assert.equal(silences, 0);
    assert.deepEqual(asked, [1, 2, 3]);
  });

  test('does not probe while frames arrive', () => {
    for (let second = 0; second < 60; second += 1) {
      environment.advance(1_000);
      probe.onFrame();
    }

    assert.deepEqual(asked, []);
  });

  test('shortens the deadline of a pending probe, but never extends it', () => {
    probe.ask(PROBE_REPLY_MS);
    probe.ask(PROBE_REPLY_FAST_MS);
    environment.advance(PROBE_REPLY_FAST_MS - 1);
    probe.ask(PROBE_REPLY_FAST_MS);
    assert.equal(silences, 0);

    environment.advance(1);

    assert.equal(silences, 1);
  });

  test('notices a connection that was lost during a sleep within 10 seconds of the wake', () => {
    environment.advance(1_000);
    environment.suspend(60_000);
    environment.advance(10_000);

    assert.equal(silences, 1);
  });

  test('keeps a connection that answers after a sleep', () => {
    environment.suspend(60_000);
    environment.advance(CHECK_INTERVAL_MS);
    assert.deepEqual(asked, [1]);
    probe.onFrame();
    environment.advance(PROBE_INTERVAL_MS - CHECK_INTERVAL_MS);

    assert.deepEqual(asked, [1]);
    assert.equal(silences, 0);
  });

  test('does nothing after it was stopped', () => {
    probe.ask(PROBE_REPLY_FAST_MS);
    probe.stop();
    environment.advance(10 * PROBE_INTERVAL_MS);

    assert.equal(silences, 0);
    assert.equal(environment.timerCount, 0);
  });
});
