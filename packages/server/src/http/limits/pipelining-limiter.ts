/**
 * Handles the requests of one socket one after another, and closes sockets that send many requests
 * without waiting for answers. Node passes on all requests of one read before another socket has
 * its turn, so a few sockets could delay all clients.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Unanswered requests of one socket. Browsers send the next request after the answer. */
const UNANSWERED_MAX = 16;
/** Return value of `onIncoming` for an upgrade: the parser reads nothing after this request. */
const READ_NO_FURTHER = 2;

type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

/** The part of Node's HTTP parser that handles a request once its headers are complete. */
interface ParsedSocket extends Socket {
  readonly parser?: { onIncoming: () => number } | null;
}

interface Pipeline {
  unanswered: number;
  /** Start the requests after the first unanswered one. */
  readonly waiting: (() => void)[];
}

/**
 * Call it once all listeners for requests are registered. A `checkExpectation` listener must emit
 * `request` (`malformed-requests.ts`): Node's own answer would not pass through the queue.
 */
export function limitPipelining(server: Server): void {
  const pipelines = new WeakMap<Socket, Pipeline>();
  // Registered for `request`, so these are its listeners.
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    queue(pipelines, response, request.socket, () => {
      for (const listener of listeners) listener.call(server, request, response);
    });
  });
}

function queue(
  pipelines: WeakMap<Socket, Pipeline>,
  response: ServerResponse,
  socket: Socket,
  start: () => void,
): void {
  const pipeline = pipelines.get(socket) ?? { unanswered: 0, waiting: [] };
  pipelines.set(socket, pipeline);
  if (pipeline.unanswered >= UNANSWERED_MAX) {
    discard(socket);
    return;
  }
  pipeline.unanswered += 1;
  response.once('close', () => {
    pipeline.unanswered -= 1;
    if (!socket.destroyed) pipeline.waiting.shift()?.();
  });
  if (pipeline.unanswered === 1) start();
  else pipeline.waiting.push(start);
}

/**
 * Node parses the rest of a read even for a destroyed socket, and aborts each request in it with
 * errors that cost more than the answers. Without a known parser, only the socket is closed.
 */
function discard(socket: ParsedSocket): void {
  if (socket.parser != null) socket.parser.onIncoming = () => READ_NO_FURTHER;
  socket.destroy();
}
