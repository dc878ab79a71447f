/**
 * Where the list takes its messages from: the latest messages of the open room, or a window of
 * its history around a message that is far from them.
 */
import { canLoadOlder, type OpenRoom, type TimelineWindow } from '@parley/client';
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { useChat } from '../hooks/chat-context.ts';

export interface TimelineSource {
  /** The room, with the messages of the source. */
  readonly room: OpenRoom;
  /** There are newer messages than those of the source. */
  readonly hasNewer: boolean;
  readonly loadOlder: () => void;
  readonly loadNewer: () => void;
  /** Changes to a source that holds this sequence. */
  readonly openAround: (sequence: number) => Promise<void>;
  /** Changes to a source that holds the first message from this time on, and returns its sequence. */
  readonly openAroundTime: (ms: number) => Promise<number | undefined>;
  /** Changes to the latest messages. */
  readonly openLatest: () => void;
}

export function useTimelineSource(room: OpenRoom): TimelineSource {
  const { client } = useChat();
  const [far, setFar] = useState<TimelineWindow>();
  const latest = useRef(room);
  latest.current = room;
  useEffect(() => () => far?.close(), [far]);
  const state = useSyncExternalStore(far?.subscribe ?? never, () => far?.getSnapshot());

  const openAround = useCallback(
    async (sequence: number): Promise<void> => {
      const { id, log } = latest.current;
      const isHeld = (log.messages[0]?.sequence ?? 0) <= sequence || !canLoadOlder(latest.current);
      const window = isHeld ? undefined : await client.openWindow(id, { sequence });
      try {
        await window?.load();
        setFar(window);
      } catch (error) {
        window?.close();
        throw error;
      }
    },
    [client],
  );
  const openAroundTime = useCallback(
    async (ms: number): Promise<number | undefined> => {
      const { id, log } = latest.current;
      const [first] = log.messages;
      if ((first !== undefined && first.sentAtMs < ms) || !canLoadOlder(latest.current)) {
        setFar(undefined);
        return (log.messages.find(({ sentAtMs }) => sentAtMs >= ms) ?? log.messages.at(-1))
          ?.sequence;
      }
      const window = await client.openWindow(id, { date: ms });
      try {
        await window.load();
      } catch (error) {
        window.close();
        throw error;
      }
      setFar(window);
      return window.getSnapshot().anchorSequence;
    },
    [client],
  );
  const { id } = room;
  const steps = useMemo(
    () => ({
      // The state of the window shows a failure.
      loadOlder: () =>
        far === undefined ? client.loadOlder(id) : void far.loadOlder().catch(() => {}),
      loadNewer: () => void far?.loadNewer().catch(() => {}),
      openLatest: () => setFar(undefined),
    }),
    [client, far, id],
  );
  const shown = useMemo((): OpenRoom => {
    if (state === undefined) return room;
    const { messages, hasOlder, status } = state;
    const olderPages = status === 'ready' ? 'idle' : status;
    return { ...room, log: { ...room.log, messages, hasOlder }, olderPages };
  }, [room, state]);
  const hasNewer = state?.hasNewer === true;
  return { room: shown, hasNewer, openAround, openAroundTime, ...steps };
}

/** The subscription of a source that does not exist. */
function never(): () => void {
  return () => {};
}
