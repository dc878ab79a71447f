/** Limits per client address, as an operator sets them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestServer } from '../../support/running-server.ts';

/** The status of an upgrade with its own session, while others are connected. */
async function statusFrom(server: TestServer, headers: Record<string, string> = {}) {
  const { cookie } = await server.login('alice');
  return server.upgradeStatus('/ws', { headers: { ...headers, cookie } });
}

test('local clients are not limited unless a setting requires it', async () => {
  const free = await TestServer.start();
  const limited = await TestServer.start({ MAX_CONNECTIONS_PER_ADDRESS: '1' });
  for (const server of [free, limited]) await server.connect('alice');

  assert.equal(await statusFrom(free), 101);
  assert.equal(await statusFrom(limited), 429);

  await free.close();
  await limited.close();
});

test('new connections of an address are limited per minute', async () => {
  const server = await TestServer.start({ CONNECTIONS_PER_MINUTE_PER_ADDRESS: '2' });
  await server.connect('alice');

  assert.deepEqual([await statusFrom(server), await statusFrom(server)], [101, 429]);

  await server.close();
});

test('behind a trusted proxy, each client has its own limit, and the proxy has none', async () => {
  const server = await TestServer.start({
    TRUST_PROXY: '127.0.0.1',
    MAX_CONNECTIONS_PER_ADDRESS: '1',
    CONNECTIONS_PER_MINUTE_PER_ADDRESS: '1',
  });
  await server.connect('alice');
  const from = (address: string) => statusFrom(server, { 'x-forwarded-for': address });

  assert.equal(await statusFrom(server), 101);
  assert.equal(await from('192.0.2.1'), 101);
  assert.equal(await from('192.0.2.2'), 101);
  assert.equal(await from('192.0.2.1'), 429);

  await server.close();
});

test('all addresses of an IPv6 network share a limit, and an IPv4-mapped address counts as IPv4', async () => {
  const server = await TestServer.start({
    TRUST_PROXY: '127.0.0.1',
    CONNECTIONS_PER_MINUTE_PER_ADDRESS: '1',
  });
  await server.connect('alice');
  const from = (address: string) => statusFrom(server, { 'x-forwarded-for': address });

  assert.equal(await from('2001:db8:0:1::1'), 101);
  assert.equal(await from('2001:db8:0:1:2::3'), 429);
  assert.equal(await from('2001:db8:0:2::1'), 101);
  assert.equal(await from('192.0.2.1'), 101);
  assert.equal(await from('::ffff:192.0.2.1'), 429);

  await server.close();
});
