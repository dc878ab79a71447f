/**
 * Loaded before the tests. `node:test` notes the test of each promise, for errors that no code handles;
 * that is half the CPU time of tests without input and output. Here it notes tests only, which it
 * needs to know the suite of a test. An unhandled error is then reported at the end, for the process.
 */
import asyncHooks from 'node:async_hooks';
import { isMainThread } from 'node:worker_threads';

const NO_RESOURCE = -1;
const { AsyncResource, createHook } = asyncHooks;

if (isMainThread) {
  asyncHooks.createHook = ({ init }) =>
    createHook({
      trackPromises: false,
      init(asyncId, type, _triggerId, resource) {
        // A test; others would be noted as parts of the one that made them.
        if (resource instanceof AsyncResource) init(asyncId, type, NO_RESOURCE, resource);
      },
    });
  await import('node:test');
  asyncHooks.createHook = createHook;
  // With its stack, while its test runs.
  process.on('uncaughtExceptionMonitor', (error) => console.error(error));
}
