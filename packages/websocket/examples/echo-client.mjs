/**
 * `node examples/echo-client.mjs ws://HOST:PORT/PATH`: connects, and sends back
 * all messages until the server closes. For conformance suites whose server
 * runs the tests.
 *
 * `--max-message BYTES` and `--handshake-timeout MS` set those options. The exit
 * code is 0 after a connection, however it ended, and 1 without one.
 */
import { parseArgs } from 'node:util';
import { connect } from '@parley/websocket';

try {
  const { address, options } = readArguments();
  const connection = await connect(address, options);
  const { code, wasClean } = await echoUntilClosed(connection);
  console.log(`closed with ${code}, ${wasClean ? 'cleanly' : 'not cleanly'}`);
} catch (error) {
  console.error(`echo-client: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

/** Reads no faster than the echoes are sent. */
function echoUntilClosed(connection) {
  connection.on('message', (data, isBinary) => {
    if (isBinary) connection.sendBinary(data);
    else connection.sendText(data);
    if (connection.isCongested) connection.pause();
  });
  connection.on('drain', () => connection.resume());
  return new Promise((resolve) => connection.on('close', resolve));
}

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { 'max-message': { type: 'string' }, 'handshake-timeout': { type: 'string' } },
  });
  const [address, ...more] = positionals;
  if (address === undefined || more.length > 0) throw new Error('give one address: ws://…');
  const { 'max-message': maxMessage, 'handshake-timeout': timeout } = values;
  return {
    address,
    options: {
      ...(maxMessage === undefined ? {} : { maxMessageSize: Number(maxMessage) }),
      ...(timeout === undefined ? {} : { handshakeTimeout: Number(timeout) }),
    },
  };
}
