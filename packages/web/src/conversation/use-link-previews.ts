/** Previews of the links in messages: those of new messages arrive by themselves, those of others are loaded a page at a time. */
import {
  type ChatClient,
  type LinkPreview,
  loadLinkPreviews,
  type MessageId,
  type RoomId,
} from '@parley/client';
import { useEffect, useSyncExternalStore } from 'react';
import { useChat } from '../chat-context.ts';

interface Wanted {
  readonly roomId: RoomId;
  readonly messageId: MessageId;
  readonly sequence: number;
  readonly sentAtMs: number;
}

interface Previews {
  readonly subscribe: (listener: () => void) => () => void;
  readonly of: (messageId: MessageId) => readonly LinkPreview[];
  /** Loads them unless they arrive; returns a function that ends the wish. */
  readonly want: (wanted: Wanted) => () => void;
}

const PAGE_MAX = 200;
const KNOWN_MAX = 2000;
/** Rows that are shown together are one request. */
const TOGETHER_MS = 100;
/** The server fetches the links of a new message, and then reports them to all at once. */
const NEW_MS = 8_000;
const SPREAD_MS = 4_000;
const NONE: readonly LinkPreview[] = [];

const KNOWN = new WeakMap<object, Previews>();

export function useLinkPreviews(wanted: Wanted): readonly LinkPreview[] {
  const { client } = useChat();
  const previews = previewsOf(client);
  const { roomId, messageId, sequence, sentAtMs } = wanted;
  useEffect(
    () => previews.want({ roomId, messageId, sequence, sentAtMs }),
    [previews, roomId, messageId, sequence, sentAtMs],
  );
  return useSyncExternalStore(previews.subscribe, () => previews.of(messageId));
}

function previewsOf(client: ChatClient): Previews {
  const known = KNOWN.get(client);
  if (known !== undefined) return known;
  const previews = loadPreviews(client);
  KNOWN.set(client, previews);
  return previews;
}

function loadPreviews(client: ChatClient): Previews {
  const byMessage = new Map<MessageId, readonly LinkPreview[]>();
  const listeners = new Set<() => void>();
  const waiting = new Set<Wanted>();
  let isOff = false;

  const note = (messageId: MessageId, previews: readonly LinkPreview[]): void => {
    byMessage.delete(messageId);
    byMessage.set(messageId, previews.length === 0 ? NONE : previews);
    const [oldest] = byMessage.keys();
    if (byMessage.size > KNOWN_MAX && oldest !== undefined) byMessage.delete(oldest);
  };
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  /** The messages of a room, in their order. */
  const load = async (roomId: RoomId, wanted: readonly Wanted[]): Promise<void> => {
    let rest = [...wanted].sort((a, b) => a.sequence - b.sequence);
    while (!isOff && rest[0] !== undefined) {
      const after = rest[0].sequence - 1;
      const limit = Math.min(PAGE_MAX, (rest.at(-1)?.sequence ?? 0) - after);
      const page = await loadLinkPreviews(client, roomId, { after, limit });
      isOff = !page.enabled;
      const { lastSequence = Number.POSITIVE_INFINITY } = page;
      const read = rest.filter(({ sequence }) => sequence <= lastSequence);
      for (const { messageId } of read) note(messageId, page.previews.get(messageId) ?? NONE);
      // The page has at least the first message, unless it is gone.
      rest = rest.slice(Math.max(1, read.length));
    }
  };
  const loadWaiting = (): void => {
    const unknown = [...waiting].filter(({ messageId }) => !byMessage.has(messageId));
    waiting.clear();
    for (const roomId of new Set(unknown.map((each) => each.roomId))) {
      const wanted = unknown.filter((each) => each.roomId === roomId);
      // They are wanted again when they are shown again.
      load(roomId, wanted).then(tell, () => {});
    }
  };

  client.onNotice('link_preview', ({ payload: { messageId, previews } }) => {
    note(messageId, previews);
    tell();
  });
  return {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    of: (messageId) => byMessage.get(messageId) ?? NONE,
    want: (wanted) => {
      if (isOff || byMessage.has(wanted.messageId)) return () => {};
      const isNew = Date.now() - wanted.sentAtMs < NEW_MS;
      const wait = setTimeout(
        () => {
          if (waiting.size === 0) setTimeout(loadWaiting, TOGETHER_MS);
          waiting.add(wanted);
        },
        isNew ? NEW_MS + Math.random() * SPREAD_MS : 0,
      );
      return () => {
        clearTimeout(wait);
        waiting.delete(wanted);
      };
    },
  };
}
