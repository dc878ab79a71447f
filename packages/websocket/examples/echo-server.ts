/**
 * `npm run --silent ws:echo -- --port N`: the engine alone, for conformance
 * suites and load generators.
 *
 * Echoes at `/`, sends to all, the sender included, at `/broadcast`; other paths
 * are 404. Options: see `echo-options.ts`.
 */
import {
  type Connection,
  OPTION_DEFAULTS,
  prepareFrame,
  requestPath,
  TRUSTED_PEERS,
  WebSocketServer,
  type WebSocketServerOptions,
} from '@parley/websocket';
import { type EchoSettings, readEchoSettings } from './echo-options.ts';

try {
  await run(readEchoSettings(process.argv.slice(2)));
} catch (error) {
  console.error(`ws:echo: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

async function run(settings: EchoSettings): Promise<void> {
  const server = new WebSocketServer<unknown>(serverOptions(settings));
  const listeners = new Set<Connection>();
  server.on('connection', (connection, request) => {
    closeOnCommand(connection, settings.closeCommand);
    if (requestPath(request.url) === '/') echo(connection);
    else sendToAll(connection, listeners);
  });

  const { address, family, port } = await server.listen(settings.port, settings.host);
  const host = family === 'IPv6' ? `[${address}]` : address;
  console.log(`listening on ws://${host}:${port}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => void server.shutdown().then(() => process.exit(0)));
  }
}

/** Echoes, and reads no faster than its echoes are taken. */
function echo(connection: Connection): void {
  connection.on('message', (data, isBinary) => {
    if (isBinary) connection.sendBinary(data);
    else connection.sendText(data);
    if (connection.isCongested) connection.pause();
  });
  connection.on('drain', () => connection.resume());
}

function sendToAll(connection: Connection, listeners: Set<Connection>): void {
  listeners.add(connection);
  connection.on('close', () => listeners.delete(connection));
  connection.on('message', (data, isBinary) => {
    const frame = prepareFrame(data, { binary: isBinary });
    for (const listener of listeners) listener.sendFrame(frame);
  });
}

/** Added before the echo, so that the command is not echoed: nothing is sent while closing. */
function closeOnCommand(connection: Connection, command: string | undefined): void {
  if (command === undefined) return;
  connection.on('message', (data, isBinary) => {
    if (!isBinary && data.toString() === command) connection.close(1000);
  });
}

function serverOptions({
  limits,
  hasDeflate,
}: EchoSettings): Partial<WebSocketServerOptions<unknown>> {
  const { heartbeatInterval, heartbeatTimeout, closeTimeout, shutdownTimeout } = {
    ...OPTION_DEFAULTS,
    ...limits,
  };
  return {
    // A suite or a load generator is one address, and as fast as it can be.
    ...TRUSTED_PEERS,
    ...limits,
    paths: ['/', '/broadcast'],
    // Whatever its size: a conformance suite tries small messages too.
    perMessageDeflate: hasDeflate && { threshold: 0 },
    // A ping that a conformance suite does not expect ends its case.
    enableHeartbeat:
      limits.heartbeatInterval !== undefined || limits.heartbeatTimeout !== undefined,
    maxConnections: 1_000_000,
    // Load generators are slow readers at times; they get more room before they are given up.
    writeBufferLimit: 4 * 1_048_576,
    // Where only one of a pair is given, the other follows.
    heartbeatTimeout:
      limits.heartbeatTimeout ?? Math.min(heartbeatTimeout, Math.ceil(heartbeatInterval / 2)),
    shutdownTimeout: Math.max(shutdownTimeout, closeTimeout + 1_000),
  };
}
