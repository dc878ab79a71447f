import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { MemoryNetwork } from '../../src/bus/memory/network.ts';
import { NO_TOKEN_LEASES } from '../../src/bus/memory/token-leases.ts';
import { type SharedSecret, verifySecrets } from '../../src/bus/verify-secrets.ts';
import type { SecretFingerprints } from '../../src/model/bus-message.ts';
import { systemClock } from '../../src/system/clock.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { TestServer } from '../support/running-server.ts';
import { openSqliteInMemory } from '../support/sqlite-in-memory.ts';

const SAME: SecretFingerprints = { session: ['new', 'old'], token: ['token'] };

describe('nodes with secrets', () => {
  let differing: SharedSecret[];
  let clock: FakeClock;
  let network: MemoryNetwork;
  beforeEach(() => {
    differing = [];
    clock = new FakeClock();
    network = new MemoryNetwork({ clock });
  });

  const begin = (nodeId: string, fingerprints: SecretFingerprints) =>
    verifySecrets({
      ...{ bus: network.connect(nodeId), clock, fingerprints },
      onDiffering: (secret) => differing.push(secret),
    });
  const first = async () => {
    const begun = begin('first', SAME);
    await Promise.resolve();
    clock.advance(1000); // There is no other node.
    await begun;
  };

  test('start without a delay if another node has the same', async () => {
    await first();
    await begin('second', SAME);
    await begin('third', { session: ['old', 'new'], token: ['token'] });

    assert.deepEqual(differing, []);
  });

  test('let a secret be replaced in two steps, each on all nodes', async () => {
    for (const kind of ['session', 'token'] as const) {
      const step = (...secrets: string[]) => ({ ...SAME, [kind]: secrets });
      network = new MemoryNetwork({ clock });
      const steps = [step('old'), step('old', 'new'), step('new', 'old'), step('new')];
      for (const [index, fingerprints] of steps.entries()) {
        const nodes = [begin(`${index} a`, fingerprints), begin(`${index} b`, fingerprints)];
        await Promise.resolve();
        clock.advance(1000);
        await Promise.all(nodes);
        for (const nodeId of [`${index - 1} a`, `${index - 1} b`]) network.cut(nodeId);
      }
    }
    assert.deepEqual(differing, []);
  });

  test('do not start if another node does not verify what they sign', async () => {
    await first();
    const early = begin('second', { session: ['newest', 'new', 'old'], token: ['token'] });
    await assert.rejects(early, { secret: 'SESSION_SECRET' });
    const tokens = begin('third', { ...SAME, token: ['newest', 'token'] });
    await assert.rejects(tokens, { secret: 'JWT_SECRET' });
  });

  test('do not start with others, and the running nodes report it', async () => {
    await first();
    const cookies = begin('second', { session: ['other'], token: ['token'] });
    await assert.rejects(cookies, { secret: 'SESSION_SECRET' });
    const tokens = begin('third', { session: ['new'], token: ['other'] });
    await assert.rejects(tokens, { secret: 'JWT_SECRET' });

    assert.deepEqual(new Set(differing), new Set(['SESSION_SECRET', 'JWT_SECRET']));
  });

  test('report others when the bus that was down at the start is back', async () => {
    await first();
    const bus = network.connect('late');
    network.cut('late');
    const fingerprints = { session: ['other'], token: ['token'] };
    const found: SharedSecret[] = [];
    const begun = verifySecrets({
      ...{ bus, clock, fingerprints },
      onDiffering: (secret) => found.push(secret),
    });
    await Promise.resolve();
    clock.advance(1000); // The subscription is not confirmed.
    await begun;

    network.heal('late');
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();

    assert.deepEqual(found, ['SESSION_SECRET']);
  });
});

test('a server with another secret than the other nodes does not start', async () => {
  const network = new MemoryNetwork({ clock: systemClock });
  const store = openSqliteInMemory();
  const start = (nodeId: string, secret: string) =>
    TestServer.start(
      { SESSION_SECRET: 'the secret of the cookies', JWT_SECRET: secret },
      { store, bus: network.connect(nodeId), tokenLeases: NO_TOKEN_LEASES },
    );
  const server = await start('one', 'the secret of the tokens of the cluster');

  await assert.rejects(start('other', 'a secret of the tokens that is another'), {
    name: 'ConfigError',
    message:
      'JWT_SECRET differs from that of the other nodes of this cluster: set the same value on all nodes. To replace a secret, first add the new one after a comma on all nodes; then put it first on all nodes.',
  });
  await server.close();
});
