/**
 * WebSocket over HTTP/2: the stream of an extended CONNECT carries one connection (RFC 8441 section
 * 5). The HTTP/2 server must announce `settings: { enableConnectProtocol: true }`.
 */
import { IncomingMessage } from 'node:http';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Connection } from '../connection/connection.ts';
import type { WebSocketServer } from '../server/server.ts';
import type { UpgradeHooks } from './upgrade-hooks.ts';
import { type HeaderValues, headOf } from './upgrade-response.ts';

/** Headers that HTTP/2 does not allow (RFC 9113 section 8.2.2), and Node does not send. */
const CONNECTION_HEADERS =
  /^(connection|upgrade|transfer-encoding|keep-alive|proxy-connection|http2-settings|te)$/i;

/** Whether the request of a stream asks for a WebSocket connection. */
export function isWebSocketConnect(headers: IncomingHttpHeaders): boolean {
  return headers[':method'] === 'CONNECT' && headers[':protocol'] === 'websocket';
}

/**
 * Opens a connection over a `stream` of an HTTP/2 server; otherwise as `handleUpgrade`. A server with
 * a request handler needs a `connect` listener, which gets the stream as `request.stream`: without
 * one, Node responds to each CONNECT with 405.
 */
export function handleConnect<M>(
  server: WebSocketServer<M>,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  hooks: UpgradeHooks<M> = {},
): Promise<Connection<M> | undefined> {
  return server.adopt(stream, toRequest(stream, headers), {
    hooks,
    accept: ({ protocol, extensions, headers: added }) => {
      stream.respond({
        ':status': 200,
        ...withoutConnection(added),
        ...(protocol !== undefined && { 'sec-websocket-protocol': protocol }),
        ...(extensions !== undefined && { 'sec-websocket-extensions': extensions }),
      });
    },
    reject: ({ status, headers: added, body, contentType }) => {
      if (stream.destroyed) return;
      stream.respond({
        // HTTP/2 cannot upgrade, and has no 426 (RFC 9113 section 8.6).
        ':status': status === 426 ? 400 : status,
        'content-type': contentType,
        ...withoutConnection(added),
      });
      const { clock, closeTimeout } = server.options;
      const timer = clock.setTimeout(() => stream.destroy(), closeTimeout);
      stream.on('close', () => timer.clear());
      // A client could go on sending (RFC 9113 section 8.1).
      stream.end(body, () => stream.close());
      stream.resume();
    },
  });
}

function withoutConnection(headers: HeaderValues): HeaderValues {
  const allowed = Object.entries(headers).filter(([name]) => !CONNECTION_HEADERS.test(name));
  return Object.fromEntries(allowed);
}

/** The request in the form that the hooks of the application know. */
function toRequest(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): IncomingMessage {
  const { ':path': url = '/', ':authority': host } = headers;
  const fields = Object.entries(headers).filter(([name]) => !name.startsWith(':'));
  // The session's socket: hooks and limits read its address.
  const request = new IncomingMessage(stream.session?.socket as IncomingMessage['socket']);
  request.method = 'CONNECT';
  request.url = url;
  request.httpVersion = '2.0';
  request.headers = { ...(host !== undefined && { host }), ...Object.fromEntries(fields) };
  request.rawHeaders = [...headOf(request).rawHeaders];
  return request;
}
