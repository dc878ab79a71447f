/** `useChatWs` accepts attachments. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { CHANNELS } from '../../src/core/flat/channels.ts';
import { createRoomViewSelector } from '../../src/core/flat/room-view.ts';
import { Clients, ClientsContext } from '../../src/react/clients.ts';
import { useChatWs } from '../../src/react/use-chat-ws.ts';
import { FakeEnvironment } from '../fakes/fake-environment.ts';

test('useChatWs accepts attachments with a text', () => {
  const clients = new Clients({ serverUrl: 'http://server', environment: new FakeEnvironment() });
  const channelId = 'r-lobby' as RoomId;
  const attachments = ['/uploads/1', { name: 'a.png', size: 3 }];
  const Component = (): null => {
    const { sendMessage } = useChatWs({ channelId });
    sendMessage('look', { attachments });
    sendMessage('bare');
    return null;
  };

  // As a mounted component does.
  clients.channels.acquire(channelId);
  const below = createElement(Component);
  renderToStaticMarkup(createElement(ClientsContext.Provider, { value: clients }, below));

  const { messages } = createRoomViewSelector(
    channelId,
    CHANNELS.toWire,
  )(clients.channels.getSnapshot());
  assert.deepEqual(
    messages.map((message) => [message.content, message.attachments]),
    [
      ['look', attachments],
      ['bare', undefined],
    ],
  );
});
