/**
 * Closes sockets that send many requests without waiting for answers. Node passes on all requests
 * of one read before another socket has its turn, so a few sockets could delay all clients.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Unanswered requests of one socket. Browsers send the next request after the answer. */
const UNANSWERED_MAX = 16;

type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

/** Call it once all listeners for requests are registered. */
export function limitPipelining(server: Server): void {
  // Registered for `request`, so these are its listeners.
  const listeners = server.listeners('request') as RequestListener[];
  const unanswered = new WeakMap<Socket, number>();
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const count = unanswered.get(socket) ?? 0;
    if (count >= UNANSWERED_MAX) {
      socket.destroy();
      return;
    }
    unanswered.set(socket, count + 1);
    response.once('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1));
    for (const listener of listeners) listener.call(server, request, response);
  });
}
