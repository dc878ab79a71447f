/** `ws` as its documentation uses it; with or without `bufferutil`, by the environment. */
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { BACKLOG, BENCH_TLS, type SubjectOptions, serve } from './host.ts';

const DEFLATE = { serverNoContextTakeover: true, clientNoContextTakeover: true, threshold: 0 };

serve(async ({ mode, deflate, tls }: SubjectOptions) => {
  const http = tls === true ? createTlsServer({ ...BENCH_TLS, noDelay: true }) : createServer();
  const server = new WebSocketServer({
    server: http,
    perMessageDeflate: deflate ? DEFLATE : false,
  });
  server.on('connection', (socket) => {
    // A peer that is disconnected at the end of a measurement is not an error.
    socket.on('error', () => socket.terminate());
    socket.on('message', (data, isBinary) => {
      if (mode === 'echo') socket.send(data, { binary: isBinary });
      else for (const each of server.clients) each.send(data, { binary: isBinary });
    });
  });
  await new Promise<void>((resolve) => {
    http.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG }, resolve);
  });
  // A bound TCP server has an address of this type.
  return (http.address() as AddressInfo).port;
});
