/** Hooks in a page of another origin, in StrictMode: the cookie or `auth` serves sockets and HTTP alike. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { PASSWORD } from '../../packages/server/test/support/account.ts';
import { TestServer } from '../../packages/server/test/support/running-server.ts';
import { Workspace } from '../../packages/server/test/support/workspace.ts';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { pageScript } from '../support/page-script.ts';

const MAIN = `
import { StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { createParley } from '@parley/client';
import {
  ParleyProvider, useChatWs, useMessagePalWs, useMessages, useParley, useRoom,
} from '@parley/client/react';

function Rows({ label, error, messages }) {
  return (
    <section aria-label={label} data-error={error ?? ''}>
      {messages.map(({ key, content }) => <p key={key}>{content}</p>)}
    </section>
  );
}
function Channel({ channelId }) {
  const { messages, error } = useChatWs({ channelId });
  return <Rows label="channel" error={error?.code} messages={messages} />;
}
function Conversation({ conversationId }) {
  const { messages, error } = useMessagePalWs({ conversationId });
  return <Rows label="conversation" error={error?.code} messages={messages} />;
}
function Joined({ name }) {
  const parley = useParley();
  const [state, setState] = useState({});
  useEffect(() => {
    parley.join(name).then(({ id }) => setState({ id }), ({ code }) => setState({ code }));
  }, [parley, name]);
  const { id, code } = state;
  return id === undefined ? <Rows label="room" error={code} messages={[]} /> : <Room roomId={id} />;
}
function Room({ roomId }) {
  useRoom(roomId);
  const { messages } = useMessages(roomId);
  return <Rows label="room" messages={messages} />;
}
export function show({ url, token, channelId, conversationId }) {
  const auth = token === undefined ? undefined : { getToken: () => token };
  const parley = createParley({ url, auth });
  parley.connect();
  const root = createRoot(document.getElementById('root'));
  root.render(
    <StrictMode>
      <ParleyProvider parley={parley}>
        <Joined name="lobby" />
        <Channel channelId={channelId} />
        <Conversation conversationId={conversationId} />
      </ParleyProvider>
    </StrictMode>,
  );
}
`;

describe('hooks in a page of another origin', { skip: browserSkip() }, () => {
  let pages: Server;
  let server: TestServer;
  let origin: string;
  let script: string;
  let ids: { readonly channelId: string; readonly conversationId: string };
  before(async () => {
    pages = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end('<div id="root"></div>');
    }).listen(0, '127.0.0.1');
    await once(pages, 'listening');
    origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    server = await TestServer.start({ CORS_ORIGINS: origin });
    script = await pageScript(MAIN, 'example', 'development');
    const [alice, bob] = [await server.signUp('alice'), await server.signUp('bob')];
    const channelId = await (await Workspace.create(bob, 'alice')).createChannel('ops');
    const socket = await bob.connect();
    const { roomId } = await socket.joinRoom({ roomName: 'lobby' });
    socket.close();
    const send = (target: object) =>
      bob.must<{ message: { conversationId: string } }>('POST', '/api/messages', {
        ...target,
        content: 'hello',
      });
    await send({ roomId });
    await send({ channelId });
    const { message } = await send({ recipientId: alice.userId });
    ids = { channelId, conversationId: message.conversationId };
  });
  after(async () => {
    await server?.close();
    pages?.close();
  });

  async function sees(profile: Profile, token?: string): Promise<void> {
    const { page } = profile;
    const failures: string[] = [];
    page.on('response', (response) => {
      if (response.status() >= 400) failures.push(`${response.status()} ${response.url()}`);
    });
    await page.goto(origin);
    await page.evaluate(script);
    const options = JSON.stringify({ url: server.url, token, ...ids });
    await page.evaluate(`example.show(${options})`);
    for (const name of ['room', 'channel', 'conversation']) {
      const region = page.getByRole('region', { name, exact: true });
      await region.getByText('hello').waitFor();
      assert.equal(await region.getAttribute('data-error'), '', name);
    }
    assert.deepEqual(
      failures.filter((failure) => !failure.endsWith('/favicon.ico')),
      [],
    );
  }

  test('work with the cookie of the server', async (t) => {
    const profile = await openProfile();
    t.after(() => profile.close());
    const { request } = profile.context;
    const data = { username: 'alice', password: PASSWORD };
    await request.post(`${server.url}/login`, { data, headers: { origin: server.url } });

    await sees(profile);
  });

  test('work with a token, without a cookie', async (t) => {
    const profile = await openProfile();
    t.after(() => profile.close());
    const { token } = await server.login('alice');

    await sees(profile, token);
    assert.deepEqual(await profile.context.cookies(), []);
  });
});
