import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDescriptors, readDescriptorLimit } from '../../../src/node/admission/descriptors.ts';
import { until } from '../../support/wait.ts';

test('a chosen maxConnections above the limit of descriptors is warned of; the default is not', async () => {
  const codes: unknown[] = [];
  process.on('warning', (warning) => codes.push('code' in warning && warning.code));
  const limit = readDescriptorLimit() ?? 0;
  assert(limit > 0);

  const bounds = checkDescriptors(1_000_000);
  assert(bounds.connectionsMax < bounds.socketsMax && bounds.socketsMax < limit);
  checkDescriptors(limit + 1);
  checkDescriptors(limit);

  await until(() => codes.length > 0);
  assert.deepEqual(codes, ['PARLEY_DESCRIPTOR_LIMIT']);
});
