/** The peer: a plain Socket.IO server that forwards and acknowledges messages, and stores nothing. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { answerRequests } from '../harness/child-program.ts';

const requests = {
  async start(): Promise<string> {
    const http = createServer();
    const io = new Server(http, { transports: ['websocket'] });
    let sequence = 0;
    io.on('connection', (socket) => {
      socket.on('join', (room: string, done: () => void) => {
        void socket.join(room);
        done();
      });
      socket.on('message', (message: { room: string }, done: (answer: object) => void) => {
        sequence += 1;
        socket.to(message.room).emit('message', { ...message, sequence });
        done({ sequence });
      });
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  },
};

export type PlainRequests = typeof requests;
answerRequests(requests);
