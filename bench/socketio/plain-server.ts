/**
 * The peer: a plain Socket.IO server on `ws` that forwards messages to a room, and stores nothing.
 * With the address of a Redis, it uses the Redis adapter to reach the clients of other servers.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { answerRequests } from '../harness/child-program.ts';

const requests = {
  async start({ redisUrl }: { readonly redisUrl?: string } = {}): Promise<{
    readonly url: string;
    readonly pid: number;
  }> {
    const http = createServer();
    const io = new Server(http, { transports: ['websocket'] });
    if (redisUrl !== undefined) io.adapter(await openAdapter(redisUrl));
    let sequence = 0;
    io.on('connection', (socket) => {
      socket.on('room:join', ({ roomId }: { roomId: string }, done: (answer: object) => void) => {
        void socket.join(roomId);
        done({ ok: true });
      });
      socket.on(
        'message:send',
        (message: { roomId: string; content: string }, done: (answer: object) => void) => {
          sequence += 1;
          const stored = { id: `${sequence}`, ...message, sequence };
          io.to(message.roomId).emit('message:new', stored);
          done({ ok: true, message: stored });
        },
      );
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    // A bound TCP server has an address of this type.
    const { port } = http.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}`, pid: process.pid };
  },
};

async function openAdapter(url: string) {
  const { createAdapter } = await import('@socket.io/redis-adapter');
  const { createClient } = await import('redis');
  const publisher = createClient({ url });
  const subscriber = publisher.duplicate();
  await Promise.all([publisher.connect(), subscriber.connect()]);
  return createAdapter(publisher, subscriber);
}

export type PlainRequests = typeof requests;
answerRequests(requests);
