/**
 * The program of a worker process: serves clients with what its primary provides. It ends when the
 * primary says so, after an error, and when the primary has ended (Node's cluster module does that).
 */
import { startServer } from '../app.ts';
import { describeError } from '../cli/describe-error.ts';
import { ServerLifecycle } from '../cli/server-lifecycle.ts';
import { ignoreOutputErrors } from '../ops/stdout-stream.ts';
import { IpcChannel, type IpcEnd } from '../system/ipc-channel.ts';
import type { ToPrimary, ToWorker, WorkerStart } from './control.ts';

ignoreOutputErrors();
// A terminal or a service manager signals all processes of a server: the primary decides.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

const ipc: IpcEnd = {
  send: (...values) => process.send?.(...values),
  on: (event, handle) => process.on(event, handle),
  isConnected: () => process.connected,
};
const primary = new IpcChannel(ipc);
const send = (message: ToPrimary): void => primary.send('control', message);
const lifecycle = new ServerLifecycle();

primary.onMessage('control', (message: ToWorker) => {
  switch (message.kind) {
    case 'start':
      void start(message.start);
      break;
    case 'ping':
      send({ kind: 'pong' });
      break;
    default:
      lifecycle.end(message.reason, 0, message.drainMs);
  }
});

async function start({ values, version, webRoot, ...worker }: WorkerStart): Promise<void> {
  try {
    const server = await startServer({ values, version, webRoot, worker: { ...worker, primary } });
    lifecycle.begin(server);
    const { url, otherUrls, ownerUrl, store } = server;
    const { description, weakenedBy } = store;
    send({
      kind: 'ready',
      ready: { url, otherUrls, ownerUrl, store: { description, weakenedBy } },
    });
  } catch (error) {
    const withStack = values.LOG_LEVEL === 'debug';
    const message = describeError(error, { args: [], withStack });
    send({ kind: 'failed', message });
    // After the message was sent.
    setImmediate(() => setImmediate(() => process.exit(1)));
  }
}
