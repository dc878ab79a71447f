/** Direct and group rooms: the feature, opened on the core. */

import type { Core } from '../core/core.ts';
import { pagesOf } from '../core/user-reads.ts';
import type { MessagesFeature } from '../messages/open-messages.ts';
import type { PresenceFeature } from '../presence/open-presence.ts';
import type { RoomsFeature } from '../rooms/open-rooms.ts';
import { AutoSubscriber } from './auto-subscriber.ts';
import { ConnectionlessSender } from './connectionless-sender.ts';
import { DirectMessages } from './direct-messages.ts';
import { DirectRoomFinder } from './direct-room-finder.ts';
import { DirectRoomReader } from './direct-room-reader.ts';
import { DirectRoomSubscriber } from './direct-room-subscriber.ts';
import { DirectTyping } from './direct-typing.ts';
import { GroupCreator } from './group-creator.ts';

export function openDirect(
  core: Core,
  { presence, typing, blockCache }: PresenceFeature,
  { history, readReceipts, messages, attachedFiles, roomCache, rules }: MessagesFeature,
  { subscriptions, opener, roomLists }: RoomsFeature,
) {
  const { events, reads, userMessages } = core;
  const conversations = new AutoSubscriber({ ...core, subscriptions, roomLists });
  const base = { ...core, presence, conversations };
  const directRoomFinder = new DirectRoomFinder(base);
  const directTyping = new DirectTyping({
    ...{ ...core, accounts: blockCache, directRoomFinder, typing },
  });
  const directRoomReader = new DirectRoomReader({ ...core, presence, history, readReceipts });

  events.on('stored', 'conversations', (event, author) => conversations.noteStored(event, author));
  events.on('headMoved', 'conversations', (roomId) => conversations.noteMoved(roomId));
  userMessages.on('typing', 'direct rooms', (userId, notice) => {
    directTyping.showElsewhere(userId, notice);
  });

  return {
    ...{ conversations, directRoomFinder },
    services: {
      directMessages: new DirectMessages({ messages, rules, directRoomFinder, typing }),
      directTyping,
      directRoomReader: reads.limit(directRoomReader, {
        readHistory: (_user, page) => pagesOf(page),
      }),
      directRoomSubscriber: reads.limit(
        new DirectRoomSubscriber({ ...core, presence, opener, directRoomReader }),
        { subscribe: () => 1 },
      ),
      groups: new GroupCreator(base),
      connectionless: new ConnectionlessSender({
        ...core,
        ...{ messages, rules, attachedFiles, roomCache, directRoomFinder },
      }),
    },
  };
}

export type DirectFeature = ReturnType<typeof openDirect>;
