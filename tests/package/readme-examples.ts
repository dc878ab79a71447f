/** The examples of the engine's README, in a project that has installed the package. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { inTime } from '../../packages/websocket/test/support/wait.ts';
import { TEST_CERTIFICATE, TEST_KEY } from '../support/certificate.ts';
import { machineNode, runProgram } from './packed-checkout.ts';

/** The suffix of a program's file, and how its source is written. */
const MODULES = [
  { name: 'an ES module', suffix: 'mjs', convert: (source: string) => source },
  { name: 'CommonJS', suffix: 'cjs', convert: toCommonJs },
] as const;

/** @param installed Returns the folder of the project. */
export function testReadmeExamples(installed: () => string): void {
  for (const { name, suffix, convert } of MODULES) {
    test(`as ${name}, the server and the client of the README talk to each other`, async (t) => {
      const readme = readmeIn(installed());
      const server = writeProgram(
        installed(),
        `server.${suffix}`,
        convert(exampleOf(readme, 'ts')),
      );
      const { child, port } = await startServer(t, server);
      const example = exampleOf(readme, 'js')
        // Only the address is not that of the page, nor are three dots a token.
        .replace('wss://chat.example', `ws://127.0.0.1:${port}`)
        .replace('…', 'token');
      const source = `${example}\nconnection.on('message', () => connection.close());\n`;
      const client = writeProgram(installed(), `client.${suffix}`, convert(source));

      const ran = await runProgram(machineNode(), [client]);

      assert.deepEqual(ran, { code: 0, output: 'you said: hello\n' });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      assert.equal(await inTime(ended, 'the server to end'), 0);
    });

    test(`as ${name}, the parts about other HTTP servers and HTTP/2 work`, async () => {
      const source = partsProgram(readmeIn(installed()));
      const program = writeProgram(installed(), `parts.${suffix}`, convert(source));

      const ran = await runProgram(machineNode(), [program]);

      assert.deepEqual(ran, { code: 0, output: 'chat live 200 200\n' });
    });
  }
}

/** Writes the examples as TypeScript; returns the names of their files. */
export function writeTypedExamples(app: string): readonly string[] {
  const readme = readmeIn(app);
  writeProgram(app, 'server.ts', exampleOf(readme, 'ts'));
  writeProgram(app, 'client.ts', exampleOf(readme, 'js'));
  return ['server.ts', 'client.ts'];
}

function readmeIn(app: string): string {
  return readFileSync(join(app, 'node_modules/@parley/websocket/README.md'), 'utf8');
}

function exampleOf(readme: string, language: string): string {
  return partsOf(readme, language)[0] ?? assert.fail(`the README has an example in ${language}`);
}

function partsOf(readme: string, language: string): string[] {
  return [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, source = '']) => source,
  );
}

/** Completes the parts that are no programs of their own. */
function partsProgram(readme: string): string {
  const [upgrades, streams, connects, closes, ...more] = partsOf(readme, 'typescript');
  assert.equal(more.length, 0);
  return `
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect as connectHttp2, createSecureServer } from 'node:http2';
import { connect, handleConnect, isWebSocketConnect, WebSocketServer } from '@parley/websocket';
import { requestPath } from '@parley/websocket/http';

const [cert, key] = ${JSON.stringify([TEST_CERTIFICATE, TEST_KEY])};
const chat = new WebSocketServer();
const live = new WebSocketServer();
const server = new WebSocketServer();
chat.on('connection', (connection) => connection.sendText('chat'));
live.on('connection', (connection) => connection.sendText('live'));
const http = createServer();
${upgrades}
${streams}
const settings = { enableConnectProtocol: true };
const pages = createSecureServer({ cert, key, settings }, (_request, response) => response.end());
{
  const http2 = pages;
  ${connects}
}
const log = () => {};
${closes}
for (const each of [http, http2, pages]) {
  each.listen(0, '127.0.0.1');
  await once(each, 'listening');
}

const answers = [];
for (const path of ['/chat', '/live']) {
  const connection = await connect('ws://127.0.0.1:' + http.address().port + path);
  const [data] = await once(connection, 'message');
  answers.push(String(data));
  connection.destroy();
}
for (const each of [http2, pages]) {
  const session = connectHttp2('https://127.0.0.1:' + each.address().port, { ca: cert });
  await once(session, 'remoteSettings');
  const stream = session.request({
    ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/', 'sec-websocket-version': '13',
  });
  const [headers] = await once(stream, 'response');
  answers.push(headers[':status']);
}
console.log(...answers);
process.exit(0);
`;
}

/** As its author would write it: `require` for `import`, and a function around \`await\`. */
function toCommonJs(source: string): string {
  const body = source.replaceAll(
    /import \{([^}]+)\} from ('[^']+');/g,
    (_statement, names: string, from: string) =>
      `const {${names.replaceAll(' as ', ': ')}} = require(${from});`,
  );
  return `void (async () => {\n${body}\n})();\n`;
}

function writeProgram(app: string, name: string, source: string): string {
  const path = join(app, name);
  writeFileSync(path, source);
  return path;
}

async function startServer(
  t: TestContext,
  program: string,
): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const child = spawn(machineNode(), [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const port = new Promise<number>((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      const found = /:(\d+)\/chat/.exec(output)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
    child.once('exit', () => reject(new Error(`the server ended: ${output}`)));
  });
  return { child, port: await inTime(port, 'the address of the server') };
}
