/** Presence and typing: the feature, opened on the core. */

import type { Core } from '../core/core.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import { ArchivedChannelCache } from './archived-channel-cache.ts';
import { BlockCache } from './block-cache.ts';
import { type PresenceRequest, setPresence } from './presence-commands.ts';
import { Typing } from './typing.ts';
import { setTyping, type TypingRequest } from './typing-commands.ts';
import { UserPresence } from './user-presence.ts';

export function openPresence(core: Core) {
  const { accounts, clock, settings, streams, events, roomNotices, userMessages, nodes } = core;
  const { invitations } = core.store;
  const presence = new UserPresence({
    ...{ ...core, invitations, memberships: core.rooms },
    onVisibilityChanged: (connection) => events.emit('visibilityChanged', connection),
  });
  nodes.count = () => presence.nodeCount;
  const blockCache = new BlockCache(accounts, clock);
  const archivedChannelCache = new ArchivedChannelCache(core.store.workspaces, clock);
  const typing = new Typing({
    ...{ ...core, accounts: blockCache, timeoutMs: settings.typingTimeoutMs },
    send: (roomId, notice) => streams.send(roomId, notice),
    isHidden: (first, second) => presence.isHidden(first, second),
  });

  events.on('archived', 'typing', (roomId) => archivedChannelCache.forget(roomId));
  events.on('stored', 'presence', (event) => presence.noteEvent(event));
  events.on('received', 'presence', (event) => presence.noteEvent(event));
  events.on('renamed', 'presence', (renaming) => presence.rename(renaming));
  events.on('disconnected', 'presence', (connection, how) => presence.leave(connection, how));
  events.on('disconnected', 'typing', (connection) => typing.forget(connection));
  events.on('visibilityChanged', 'typing', (connection) => {
    if (connection.isInvisible) typing.forget(connection);
  });
  roomNotices.on('typing', 'typing', (stream, notice) => typing.showElsewhere(stream, notice));
  userMessages.on('presence-chosen', 'presence', (userId, { kind: _, ...choice }) => {
    presence.takeChoice(userId, choice);
  });
  events.on('beginning', 'presence', () => presence.searchIdleLater());
  events.on('closing', 'presence', () => {
    typing.close();
    presence.close();
  });

  const commands = { ...core, presence, typing, archivedChannelCache };
  return {
    ...{ presence, typing, blockCache },
    services: {
      presence,
      presenceStatus: {
        set: (chooser: Pick<ChatConnection, 'user'>, request: PresenceRequest) =>
          setPresence(commands, chooser, request),
        /** Records whether the user is active at this client. Returns the user's presence. */
        reportActivity: (connection: ChatConnection, isIdle: boolean) =>
          presence.reportActivity(connection, isIdle),
      },
      typing: {
        set: (connection: ChatConnection, request: TypingRequest) =>
          setTyping(commands, connection, request),
      },
    },
  };
}

export type PresenceFeature = ReturnType<typeof openPresence>;
