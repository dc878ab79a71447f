/**
 * One desktop notification per conversation, while the page is not visible, and one sound; none if
 * another tab shows the messages. The notification closes when they are read, on this device or
 * another. The icon of an installed page has the count as a badge. Loaded after the page.
 */
import { type RoomId, reportActivity, toPlainText } from '@parley/client';
import type { Chat } from '../chat-context.ts';
import { shownText } from '../files/shown-text.ts';
import { fullName } from '../people/full-name.ts';
import { mentionText } from '../people/mentions.ts';
import { followBlocks } from '../people/refresh-blocks.ts';
import { shownRoomName } from '../rooms/shown-room-name.ts';
import { roomPath } from '../route.ts';
import { strings } from '../strings/strings.ts';
import { type CallCounts, callCounts, totalOf } from './call-counts.ts';
import { areNotificationsOn, isSoundOn } from './notification-choice.ts';
import { openPressed, type ShownNotification, showNotification } from './show-notification.ts';

const BODY_LENGTH_MAX = 200;
/** The tab that shows a message marks it as read within this time. */
const DELAY_MS = 1_000;

/** Returns a function that ends it. */
export function startNotifications(chat: Chat): () => void {
  const { client, subscribe, user } = chat;
  const shown = new Map<RoomId, ShownNotification>();
  /** Conversations that have had their sound since they were last read. */
  const sounded = new Set<RoomId>();
  let before: CallCounts = callCounts(client.getSnapshot(), user);
  showBadge(totalOf(before));
  let isOver = false;
  const isHidden = (): boolean => document.visibilityState === 'hidden' || !document.hasFocus();
  const call = (roomId: RoomId): void => {
    const count = callCounts(client.getSnapshot(), user).get(roomId);
    if (count === undefined || isOver || !isHidden()) return;
    if (areNotificationsOn()) shown.set(roomId, show(chat, roomId, count));
    if (isSoundOn() && !sounded.has(roomId)) sound();
    sounded.add(roomId);
  };
  const update = (): void => {
    const now = callCounts(client.getSnapshot(), user);
    for (const [roomId, notification] of shown) {
      if (now.has(roomId)) continue;
      notification.close();
      shown.delete(roomId);
    }
    for (const roomId of sounded) if (!now.has(roomId)) sounded.delete(roomId);
    for (const [roomId, count] of now) {
      if (count > (before.get(roomId) ?? 0) && isHidden()) setTimeout(call, DELAY_MS, roomId);
    }
    if (totalOf(now) !== totalOf(before)) showBadge(totalOf(now));
    before = now;
  };
  const unsubscribe = subscribe(update);
  const ignorePressed = openPressed();
  // The server shows the user as away if no tab reports activity.
  const stopReports = reportActivity(client);
  const stopBlocks = followBlocks(chat);
  return () => {
    isOver = true;
    unsubscribe();
    ignorePressed();
    stopReports();
    stopBlocks();
    for (const notification of shown.values()) notification.close();
    showBadge(0);
  };
}

/** Zero removes the badge. */
function showBadge(count: number): void {
  // Not every browser has badges, and some have them only for installed pages.
  const { setAppBadge } = navigator as Partial<Navigator>;
  setAppBadge?.call(navigator, count).catch(() => {});
}

/** The browser may refuse sounds until the user has used the page. */
function sound(): void {
  const playing = import('./notification-sound.ts').then(({ playNotificationSound }) =>
    playNotificationSound(),
  );
  playing.catch(() => {});
}

function show(chat: Chat, roomId: RoomId, count: number): ShownNotification {
  const snapshot = chat.client.getSnapshot();
  const room = snapshot.rooms.get(roomId);
  const title = shownRoomName(snapshot, roomId) ?? strings.product;
  const latest = room?.kind === 'open' ? room.log.messages.at(-1) : undefined;
  const last = latest && !chat.blocks.has(latest.userId) ? latest : undefined;
  const named = (username: string) => mentionText(chat, username);
  const text =
    last === undefined ? '' : toPlainText(shownText(last), named).slice(0, BODY_LENGTH_MAX);
  const sender = last && fullName(snapshot.presence.get(last.userId), last.sender);
  const body = last === undefined ? strings.rooms.unread(count) : `${sender}: ${text}`;
  return showNotification({ title, body, tag: roomId, path: roomPath(roomId) });
}
