/**
 * Our client under test: asks the fuzzing server for the number of cases, and
 * echoes all messages of each of them, as the suite requires.
 *
 * `node client.ts ws://HOST:PORT [--no-context-takeover]`, or `wss://HOST:PORT` for the certificate
 * of the tests, in a process of its own, so that the client does not wait for the process that runs
 * the suite.
 */
import { parseArgs } from 'node:util';
import { connect } from '@parley/websocket';
import { TEST_CERTIFICATE } from '../../tests/support/certificate.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'no-context-takeover': { type: 'boolean', default: false } },
});
const [address = ''] = positionals;
const OPTIONS = {
  perMessageDeflate: {
    // Compress messages of any size: the cases send small messages too.
    threshold: 0,
    clientNoContextTakeover: values['no-context-takeover'],
  },
  // No pings: a ping that a case does not expect fails it.
  enableHeartbeat: false,
  // The largest message of the cases has 16 MiB.
  maxMessageSize: 33_554_432,
  handshakeTimeout: 60_000,
  ...(address.startsWith('wss:') && { tls: { ca: TEST_CERTIFICATE } }),
};

const count = Number(await ask('/getCaseCount'));
for (let index = 1; index <= count; index += 1) {
  await echoThrough(`/runCase?case=${index}&agent=parley`);
}
await ask('/updateReports?agent=parley');

/** The last message of a connection that only reports a value. */
async function ask(path: string): Promise<string> {
  const connection = await connect(address + path, OPTIONS);
  let answer = '';
  connection.on('message', (data) => (answer = data.toString()));
  await new Promise((resolve) => connection.on('close', resolve));
  return answer;
}

async function echoThrough(path: string): Promise<void> {
  const connection = await connect(address + path, OPTIONS);
  connection.on('message', (data, isBinary) => {
    if (isBinary) connection.sendBinary(data);
    else connection.sendText(data);
    if (connection.isCongested) connection.pause();
  });
  connection.on('drain', () => connection.resume());
  await new Promise((resolve) => connection.on('close', resolve));
}
