/** The control connection of the real driver, whose connections are simulated. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Client } from 'cassandra-driver';
import { guardControlConnection } from '../../../src/stores/cassandra/driver-guards.ts';

/** The parts of the driver's control connection that the tests replace or use. */
interface Control {
  connection: object | null;
  _isShuttingDown: boolean;
  _refresh(hosts?: object): Promise<void>;
  _refreshControlConnection(hosts: object): Promise<void>;
  _refreshHosts(): Promise<void>;
}

function openControl(): Control {
  const client = new Client({ contactPoints: ['127.0.0.1'], localDataCenter: 'datacenter1' });
  const { controlConnection } = client as unknown as { readonly controlConnection: Control };
  guardControlConnection(client);
  return controlConnection;
}

test('a control connection that closes while it is renewed does not end the process', async () => {
  const control = openControl();
  let begun = 0;
  control._refreshControlConnection = async () => {
    begun += 1;
    await setImmediate();
    control.connection = { endpoint: '127.0.0.1:9042', endpointFriendlyName: 'a node' };
  };
  let second: Promise<void> | undefined;
  control._refreshHosts = async () => {
    // As the driver does when the connection closes: a read of it fails too.
    second ??= control._refresh();
    if (begun > 1) control._isShuttingDown = true; // No further host is tried.
    throw new Error('the connection closed');
  };

  await control._refresh();
  await second;
  assert.equal(begun, 2, 'the next host was tried, once');
});

test('a renewal of the control connection that fails unexpectedly is repeated', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const control = openControl();
  let begun = 0;
  control._refreshControlConnection = async () => {
    begun += 1;
    // Without it, the driver throws in its handling of the error.
    control.connection = null;
  };

  await control._refresh();
  assert.equal(begun, 1);
  t.mock.timers.tick(5000);
  await setImmediate();
  assert.equal(begun, 2);
});
