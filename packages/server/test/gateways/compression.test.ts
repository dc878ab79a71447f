/** Long messages are compressed if the operator wants it and the client offers it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { TestServer } from '../support/running-server.ts';

for (const setting of ['off', 'on']) {
  test(`with COMPRESSION=${setting}, a client that offers it receives the same messages`, async () => {
    const server = await TestServer.start({ COMPRESSION: setting });
    const { token } = await server.signUp('alice');
    const headers = { authorization: `Bearer ${token}` };
    const socket = new WebSocket(`ws://${server.host}/ws`, { headers, perMessageDeflate: true });
    const content = 'the same words again and again. '.repeat(30).trim();
    const history = new Promise<unknown>((resolve) => {
      const ask = (type: string, payload: object) =>
        socket.send(JSON.stringify({ type, payload, id: type }));
      socket.on('open', () => ask('join_room', { roomName: 'lobby' }));
      socket.on('message', (data) => {
        const { type, payload } = JSON.parse(data.toString());
        if (type === 'room_joined') ask('chat_message', { content });
        if (type === 'message_ack') ask('get_history', { roomId: 'lobby' });
        if (type === 'history') resolve(payload.messages[0].content);
      });
    });
    assert.equal(await history, content);
    assert.equal(socket.extensions, setting === 'on' ? 'permessage-deflate' : '');
    socket.close();
    await server.close();
  });
}
