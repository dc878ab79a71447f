/** Links that make the server connect where it must not, or that never end. */

import { bytes, html, WebSite } from '../../../packages/server/test/support/web-site.ts';
import type { Attack } from '../attack.ts';
import { logIn, tryAll } from '../attempts.ts';
import type { Target } from '../target.ts';

const THREAT = 'Links that make the server send requests';
const CHUNK = Buffer.alloc(64 * 1024, '<b>');
/** Of a site that the operator allows, to which this machine answers. */
const ALLOWED = '127.0.0.1';

/** Each is a way to write an address of this machine, or of its network. */
const closedAddresses = (port: number): string[] =>
  [
    ...['127.0.0.2', '2130706434', '0x7f000002', '0177.0.0.2', '127.2', '[::1]', '[::]', '0.0.0.0'],
    ...['[::ffff:127.0.0.2]', '[64:ff9b::7f00:2]', '169.254.169.254', 'localhost', '10.0.0.1'],
  ].flatMap((host) => [`http://${host}/`, `http://${host}:${port}/`]);

async function reachClosed(target: Target): Promise<void> {
  const site = await WebSite.start({
    '/open': html('<title>open</title>'),
    '/redirect': (response) => {
      response.writeHead(302, { location: 'http://127.0.0.2/' }).end();
    },
    '/endless': (response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      const write = (): void => {
        while (!response.destroyed && response.write(CHUNK));
        if (!response.destroyed) response.once('drain', write);
      };
      write();
    },
    '/slow': (response) => void response.writeHead(200, { 'content-type': 'text/html' }).write('<'),
    '/deep': html('<div>'.repeat(190_000)),
    '/picture': bytes(Buffer.alloc(900_000, 0xff), 'image/png'),
  });
  const attacker = await logIn(target, target.attacker(0));
  const socket = await attacker.connect();
  const { roomId } = await socket.joinRoom({ roomName: 'links' });
  const say = (content: string) => socket.sendMessage({ roomId, content });
  const titles = async (): Promise<string[]> => {
    const path = `/api/rooms/${roomId}/link-previews?limit=200`;
    const { messages } = await attacker.must<{
      messages: { previews: { title?: string }[] }[];
    }>('GET', path);
    return messages.flatMap(({ previews }) => previews.map(({ title }) => title ?? ''));
  };
  for (const url of closedAddresses(site.port)) await say(url);
  await say(`${site.url}/redirect`);
  // The limit of a user lets a part of them through.
  await Promise.all(
    [1, 2, 3, 4].map(async (index) => {
      const other = await logIn(target, target.attacker(index));
      const flood = await other.connect();
      await flood.joinRoom({ roomName: 'links' });
      for (let count = 0; count < 20 && !target.isOver; count += 1) {
        const paths = ['endless', 'slow', 'deep', 'picture'].slice(0, 3);
        const links = paths.map((path) => `${site.url}/${path}?${index}-${count}`);
        await flood.sendMessage({ roomId, content: links.join(' ') });
      }
      flood.close();
    }),
  );
  await target.wait(3_500);
  await tryAll(target, [{ what: 'previews of closed addresses', expected: [], act: titles }]);
  const bystander = await logIn(target, target.victim);
  const toBystander = await bystander.connect();
  await toBystander.joinRoom({ roomId });
  await toBystander.sendMessage({ roomId, content: `${site.url}/open` });
  const deadlineMs = Date.now() + 15_000;
  while (!target.isOver && Date.now() < deadlineMs && !(await titles()).includes('open')) {
    await target.wait(200);
  }
  await tryAll(target, [{ what: 'the preview of another user', expected: ['open'], act: titles }]);
  for (const each of [socket, toBystander]) each.close();
  await site.close();
}

export const PREVIEW_ATTACKS: readonly Attack[] = [
  {
    name: 'link-previews',
    about: 'Links to closed addresses, to pages without an end, slow ones and deep ones',
    threat: THREAT,
    server: { settings: { LINK_PREVIEWS: 'on', LINK_PREVIEW_ALLOW: ALLOWED } },
    durationMs: 40_000,
    run: reachClosed,
  },
];
