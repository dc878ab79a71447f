import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { until } from '../../packages/server/test/support/wait.ts';
import { endOfCpu, runningIn, sample, watchCpu } from './processes.ts';

const BUSY = 'for (;;);';

test('counts grandchildren, also those that nobody has waited for', {
  skip: process.platform !== 'linux' && 'only Linux has /proc',
}, async () => {
  const grandchild = `spawn(process.execPath, ['-e', ${JSON.stringify(BUSY)}])`;
  const program = `const { spawn } = require('node:child_process'); ${grandchild};`;
  const child = spawn(process.execPath, ['-e', program], { detached: true });
  const { pid = 0 } = child;
  const cpuMs = (): number => {
    sample();
    const used = endOfCpu(pid);
    watchCpu(pid);
    return used;
  };
  watchCpu(pid);
  await until(() => cpuMs() > 300, 'the work of the grandchild');

  sample();
  assert.equal(runningIn(pid).length, 2);
  process.kill(-pid, 'SIGKILL');
  await once(child, 'close');
  // The grandchild may end after its parent.
  await until(() => runningIn(pid).length === 0, 'the end of the grandchild');
  sample();
  assert.ok(endOfCpu(pid) > 300);
});
