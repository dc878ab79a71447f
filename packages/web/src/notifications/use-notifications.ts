/**
 * One desktop notification per conversation, while the page is not visible. It closes when
 * the messages are read, on this device or another.
 */
import { type ClientSnapshot, type RoomId, toPlainText } from '@parley/client';
import { useEffect } from 'react';
import type { Chat } from '../hooks/chat-context.ts';
import { navigate } from '../hooks/use-route.ts';
import { roomPath } from '../route.ts';
import { strings } from '../strings.ts';
import { type CallCounts, callCounts } from './call-counts.ts';
import { areNotificationsOn } from './notification-choice.ts';

const BODY_LENGTH_MAX = 200;

export function useNotifications({ client, subscribe, user }: Chat): void {
  useEffect(() => {
    const shown = new Map<RoomId, Notification>();
    let before: CallCounts = callCounts(client.getSnapshot(), user);
    const update = (): void => {
      const snapshot = client.getSnapshot();
      const now = callCounts(snapshot, user);
      for (const [roomId, notification] of shown) {
        if (now.has(roomId)) continue;
        notification.close();
        shown.delete(roomId);
      }
      const isHidden = document.visibilityState === 'hidden' || !document.hasFocus();
      for (const [roomId, count] of now) {
        if (count <= (before.get(roomId) ?? 0) || !isHidden || !areNotificationsOn()) continue;
        shown.set(roomId, show(snapshot, roomId, count));
      }
      before = now;
    };
    const unsubscribe = subscribe(update);
    return () => {
      unsubscribe();
      for (const notification of shown.values()) notification.close();
    };
  }, [client, subscribe, user]);
}

function show(snapshot: ClientSnapshot, roomId: RoomId, count: number): Notification {
  const room = snapshot.rooms.get(roomId);
  const listed = snapshot.directory.rooms.find(({ id }) => id === roomId);
  const title = snapshot.conversations.get(roomId)?.name ?? listed?.name ?? strings.product;
  const last = room?.kind === 'open' ? room.log.messages.at(-1) : undefined;
  const text = last === undefined ? '' : toPlainText(last.content).slice(0, BODY_LENGTH_MAX);
  const body = last === undefined ? strings.rooms.unread(count) : `${last.sender}: ${text}`;
  // The tag replaces the notification of another tab.
  const notification = new Notification(title, { body, tag: roomId, icon: '/icon.svg' });
  notification.onclick = () => {
    window.focus();
    navigate(roomPath(roomId));
  };
  return notification;
}
