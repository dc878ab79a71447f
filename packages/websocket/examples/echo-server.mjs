/**
 * `node echo-server.mjs --port N`: the engine alone, for conformance suites and load
 * generators.
 *
 * Echoes at `/`; sends to all clients, including the sender, at `/broadcast`; other paths
 * are 404. `--help` lists the options; invalid options are reported in one line.
 */
import { parseArgs } from 'node:util';
import { OPTION_DEFAULTS, prepareFrame, WebSocketServer } from '@parley/websocket';
import { requestPath } from '@parley/websocket/http';

const READ_BUFFERS = ['pooled', 'shared', 'own'];

const LIMITS = {
  'max-message': 'maxMessageSize',
  'handshake-timeout': 'handshakeTimeout',
  'close-timeout': 'closeTimeout',
  'heartbeat-interval': 'heartbeatInterval',
  'heartbeat-timeout': 'heartbeatTimeout',
};

const OPTIONS = {
  port: { type: 'string', default: '8080' },
  host: { type: 'string', default: '127.0.0.1' },
  cert: { type: 'string' },
  key: { type: 'string' },
  'read-buffer': { type: 'string', default: 'pooled' },
  'close-command': { type: 'string' },
  'max-message': { type: 'string' },
  'handshake-timeout': { type: 'string' },
  'close-timeout': { type: 'string' },
  'heartbeat-interval': { type: 'string' },
  'heartbeat-timeout': { type: 'string' },
  'no-deflate': { type: 'boolean' },
};

const HELP = `node echo-server.mjs [OPTION ...]

The engine alone: echoes at /, sends to all, the sender included, at /broadcast.

  --port N                 Port (8080); 0 picks a free port and prints it.
  --host ADDRESS           Address to listen on (127.0.0.1).
  --cert FILE              Certificate (PEM), with --key: speaks TLS, wss in place of ws.
  --key FILE               Private key of the certificate (PEM).
  --read-buffer MODE       Memory that sockets are read into (pooled), or shared, or own.
  --max-message BYTES      Largest message that is accepted.
  --no-deflate             Offers no compression.
  --close-command TEXT     A text on which the server starts a close with 1000.
  --handshake-timeout MS   Time for a request to come in whole.
  --close-timeout MS       Time for the answer to a close.
  --heartbeat-interval MS  Time between two pings; none unless one of these two is given.
  --heartbeat-timeout MS   Time for the pong.`;

try {
  const args = process.argv.slice(2);
  if (args.includes('--help')) console.log(HELP);
  else await run(readEchoSettings(args));
} catch (error) {
  console.error(`echo-server: ${describe(error)}`);
  process.exit(1);
}

async function run(settings) {
  const server = new WebSocketServer(serverOptions(settings));
  const listeners = new Set();
  server.on('connection', (connection, request) => {
    closeOnCommand(connection, settings.closeCommand);
    if (requestPath(request.url) === '/') echo(connection);
    else sendToAll(connection, listeners);
  });

  const { address, family, port } = await server.listen(settings.port, settings.host);
  const host = family === 'IPv6' ? `[${address}]` : address;
  const scheme = settings.tls === undefined ? 'ws' : 'wss';
  console.log(`listening on ${scheme}://${host}:${port}`);
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => void server.shutdown().then(() => process.exit(0)));
  }
}

/** Echoes, and reads no faster than its echoes are sent. */
function echo(connection) {
  connection.on('message', (data, isBinary) => {
    if (isBinary) connection.sendBinary(data);
    else connection.sendText(data);
    if (connection.isCongested) connection.pause();
  });
  connection.on('drain', () => connection.resume());
}

function sendToAll(connection, listeners) {
  listeners.add(connection);
  connection.on('close', () => listeners.delete(connection));
  connection.on('message', (data, isBinary) => {
    const frame = prepareFrame(data, { binary: isBinary });
    for (const listener of listeners) listener.sendFrame(frame);
  });
}

/** Added before the echo, so that the command is not echoed: nothing is sent while closing. */
function closeOnCommand(connection, command) {
  if (command === undefined) return;
  connection.on('message', (data, isBinary) => {
    if (!isBinary && data.toString() === command) connection.close(1000);
  });
}

function serverOptions({ limits, hasDeflate, tls, readBuffer }) {
  const { heartbeatInterval, heartbeatTimeout, closeTimeout, shutdownTimeout } = {
    ...OPTION_DEFAULTS,
    ...limits,
  };
  return {
    // A load generator must not be rejected, however much it sends.
    pressureInterval: 0,
    ...limits,
    tls,
    readBuffer,
    paths: ['/', '/broadcast'],
    // Messages of any size: a conformance suite sends small messages too.
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

/** @throws {Error} for an option that does not exist, or a value that is no number. */
function readEchoSettings(args) {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true });
  const limits = {};
  for (const [option, name] of Object.entries(LIMITS)) {
    const text = values[option];
    if (text !== undefined) limits[name] = toNumber(option, text);
  }
  return {
    port: toNumber('port', values.port),
    host: values.host,
    tls: readTls(values.cert, values.key),
    readBuffer: toReadBuffer(values['read-buffer']),
    closeCommand: values['close-command'],
    hasDeflate: values['no-deflate'] !== true,
    limits,
  };
}

function readTls(certFile, keyFile) {
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined) {
    throw new Error('--cert and --key go together');
  }
  return { certFile, keyFile };
}

function toReadBuffer(text) {
  const mode = READ_BUFFERS.find((each) => each === text);
  if (mode === undefined) {
    throw new Error(`--read-buffer is ${READ_BUFFERS.join(', ')}, not '${text}'`);
  }
  return mode;
}

function toNumber(option, text) {
  if (!/^\d+$/.test(text)) throw new Error(`--${option} takes a whole number, not '${text}'`);
  return Number(text);
}

function describe(error) {
  if (!(error instanceof Error)) return String(error);
  const isOfArguments = String(error.code).startsWith('ERR_PARSE_ARGS');
  if (!isOfArguments) return error.message;
  // Node's later sentences explain a syntax that the user did not intend.
  return `${error.message.split(/\. |\n/, 1)}. --help lists the options.`;
}
