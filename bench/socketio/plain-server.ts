/** The peer: a plain Socket.IO server on `ws` that forwards messages to a room, and stores nothing. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { answerRequests } from '../harness/child-program.ts';

const requests = {
  async start(): Promise<{ readonly url: string; readonly pid: number }> {
    const http = createServer();
    const io = new Server(http, { transports: ['websocket'] });
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

export type PlainRequests = typeof requests;
answerRequests(requests);
