/**
 * Where the list takes its messages from: the latest messages of the open room, or a window of
 * its history around a message that is far from them.
 */
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { OpenRoom } from '../../core/rooms/room-state.ts';
import { canLoadOlder } from '../../core/rooms/rooms.ts';
import type { TimelineWindow, WindowCenter } from '../../core/rooms/timeline-window.ts';
import type { MessageListClient } from './list-client.ts';

export interface ListSource {
  /** The room, with the messages of the source. */
  readonly room: OpenRoom;
  /** There are newer messages than those of the source. */
  readonly hasNewer: boolean;
  readonly loadOlder: () => void;
  readonly loadNewer: () => void;
  /**
   * Changes to a source that holds this position, and returns the sequence of its message, or
   * of the next one; undefined in an empty room, and if another position was asked for meanwhile.
   *
   * @throws {ChatError} `NOT_FOUND`, `VALIDATION_ERROR`, `UNAVAILABLE`.
   */
  readonly openAround: (center: WindowCenter) => Promise<number | undefined>;
  /** A position that was asked for is no longer wanted: its messages change nothing. */
  readonly cancel: () => void;
  /** Changes to the latest messages. */
  readonly openLatest: () => void;
}

export function useListSource(client: MessageListClient, room: OpenRoom): ListSource {
  const [far, setFar] = useState<TimelineWindow>();
  const latest = useRef(room);
  latest.current = room;
  // State alone does not close a window that React never showed, such as just before the list is removed.
  const opened = useRef<TimelineWindow>(undefined);
  const change = useCallback((window: TimelineWindow | undefined) => {
    opened.current?.close();
    opened.current = window;
    setFar(window);
  }, []);
  const state = useSyncExternalStore(
    far?.subscribe ?? never,
    () => far?.getSnapshot(),
    () => undefined,
  );

  const asked = useRef(0);
  const cancel = useCallback(() => {
    asked.current += 1;
  }, []);
  const isMounted = useRef(true);
  useEffect(() => {
    isMounted.current = true;
    return () => {
      isMounted.current = false;
      opened.current?.close();
    };
  }, []);
  const openAround = useCallback(
    async (center: WindowCenter): Promise<number | undefined> => {
      cancel();
      const turn = asked.current;
      if (isHeld(latest.current, center)) {
        change(undefined);
        return sequenceAt(latest.current, center);
      }
      const window = await client.openWindow(latest.current.id, center);
      try {
        await window.load();
      } catch (error) {
        window.close();
        if (asked.current !== turn) return undefined;
        throw error;
      }
      if (asked.current !== turn || !isMounted.current) {
        window.close();
        return undefined;
      }
      change(window);
      return window.getSnapshot().anchorSequence;
    },
    [client, cancel, change],
  );
  const { id } = room;
  const steps = useMemo(
    () => ({
      // The state of the window shows a failure.
      loadOlder: () =>
        far === undefined ? client.loadOlder(id) : void far.loadOlder().catch(() => {}),
      loadNewer: () => void far?.loadNewer().catch(() => {}),
      openLatest: () => {
        cancel();
        change(undefined);
      },
    }),
    [client, far, id, cancel, change],
  );
  const shown = useMemo((): OpenRoom => {
    if (state === undefined) return room;
    const { messages, hasOlder, status } = state;
    const olderPages = status === 'ready' ? 'idle' : status;
    return { ...room, log: { ...room.log, messages, hasOlder }, olderPages };
  }, [room, state]);
  const hasNewer = state?.hasNewer === true;
  return { room: shown, hasNewer, openAround, cancel, ...steps };
}

/** Whether the latest messages include this position, as far as it exists. */
function isHeld(room: OpenRoom, center: WindowCenter): boolean {
  const { messages } = room.log;
  const [first] = messages;
  if ('messageId' in center) return messages.some(({ id }) => id === center.messageId);
  if (!canLoadOlder(room)) return true;
  if (first === undefined) return false;
  return 'sequence' in center
    ? first.sequence <= center.sequence
    : first.sentAtMs < new Date(center.date).getTime();
}

/** Sequence of the message at this position of the held messages, or of the next one. */
function sequenceAt({ log }: OpenRoom, center: WindowCenter): number | undefined {
  const { messages } = log;
  if ('sequence' in center) return center.sequence;
  if ('messageId' in center) return messages.find(({ id }) => id === center.messageId)?.sequence;
  const ms = new Date(center.date).getTime();
  return (messages.find(({ sentAtMs }) => sentAtMs >= ms) ?? messages.at(-1))?.sequence;
}

/** The subscription of a source that does not exist. */
function never(): () => void {
  return () => {};
}
