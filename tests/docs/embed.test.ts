/** The code of "Embed a chat" works as described, against the real server. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { TestServer } from '../../packages/server/test/support/running-server.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';

const root = join(import.meta.dirname, '../..');

/** Uses the functions of the document as an application would. */
const APPLICATION = `
const [ada, bob] = ['ada', 'bob'].map((id) => ({ id, login: id, name: id.toUpperCase() }));
globalThis.fetch = ((fetch) => async (input, init) =>
  input === '/chat-token' ? new Response(await chatTokenFor(ada)) : fetch(input, init))(fetch);

const shown = [];
const room = await showRoom('ticket-55', (line) => shown.push(line));
await room.send({ text: 'hello' }).done;

const bobs = createParley({ url: URL, auth: { getToken: () => chatTokenFor(bob) } });
await bobs.connect();
await (await bobs.join('ticket-55')).send({ text: 'hi' }).done;
await new Promise((resolve) => {
  if (shown.length > 1) resolve();
  parley.on('message', ({ content }) => content === 'hi' && resolve());
});

await notify('ada', 17, 'Your order is on its way');
await notify('ada', 17, 'Your order is on its way');
const channelId = await openCase('ada', 'Case');
const token = await chatTokenFor(ada);
const direct = await parley.direct('shop');
await direct.open();
const channel = await call(token, 'GET', '/api/channels/' + channelId + '/messages');
console.log(JSON.stringify({
  shown,
  direct: direct.messages.map(({ sender, content }) => sender.name + ': ' + content),
  channel: channel.messages,
}));
parley.close();
bobs.close();
`;

test('its functions show a room by name, and write from a backend', async (t) => {
  const directory = temporaryDirectory();
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const file = (name: string) => join(directory, name);
  writeFileSync(file('private.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(file('public.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
  const server = await TestServer.start({
    JWT_ISSUER: 'https://app.example.org',
    JWT_AUDIENCE: 'chat',
    JWT_PUBLIC_KEY_FILE: file('public.pem'),
  });
  t.after(() => server.close());
  const page = readFileSync(join(root, 'docs/embed.md'), 'utf8');
  const blocks = [...page.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code = '']) => code);
  assert.equal(blocks.length, 3);
  const program = [...blocks, APPLICATION]
    .join('\n')
    .replaceAll('https://chat.example.org', server.url)
    .replaceAll('{ url: URL,', `{ url: '${server.url}',`)
    .replaceAll('chat-private.pem', file('private.pem'));

  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: join(root, 'packages/client'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill());
  const said = await text(child.stdout);

  assert.deepEqual(JSON.parse(said), {
    shown: ['ADA: hello', 'BOB: hi'],
    direct: ['The shop: Your order is on its way'],
    channel: [],
  });
});
