/** An upgrade request without an HTTP server, for streams that are not TCP sockets. */
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { KEY } from './raw-peer.ts';

export function bareUpgradeRequest(added: Readonly<Record<string, string>> = {}): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  Object.assign(request, { method: 'GET', url: '/', httpVersion: '1.1' });
  request.rawHeaders = [
    ...['Host', 'a', 'Connection', 'Upgrade', 'Upgrade', 'websocket'],
    ...['Sec-WebSocket-Version', '13', 'Sec-WebSocket-Key', KEY],
    ...Object.entries(added).flat(),
  ];
  return request;
}
