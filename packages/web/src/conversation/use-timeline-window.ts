/** The window of messages that the list holds, and the steps that move it. */
import type { Message, OpenRoom } from '@parley/client';
import { useCallback, useMemo, useRef, useState } from 'react';
import {
  cutEnd,
  cutGrown,
  fixStart,
  LATEST,
  type TimelineWindow,
  widenAfter,
  widenBefore,
  windowAround,
  windowRange,
} from './timeline-window.ts';

export interface WindowView {
  readonly messages: readonly Message[];
  /** The first message in the window is the first that the client holds. */
  readonly isAtStart: boolean;
  /** The window shows new messages. */
  readonly isAtEnd: boolean;
  /** The last message in the window is the last that the client holds. */
  readonly isAtHeldEnd: boolean;
  readonly widenBefore: () => void;
  readonly widenAfter: () => void;
  readonly showAround: (sequence: number) => void;
  readonly showLatest: () => void;
  /** Removes the oldest messages of a window that grew by new ones. */
  readonly cutGrown: () => void;
  /** Removes the newest messages of a window that grew by new ones. */
  readonly cutEnd: () => void;
}

type Held = readonly Message[];

export function useTimelineWindow(room: OpenRoom, hasNewer: boolean): WindowView {
  const { messages } = room.log;
  const [chosen, setWindow] = useState(LATEST);
  const window = fixStart(messages, chosen);
  if (window !== chosen) setWindow(window);
  const held = useRef<Held>(messages);
  held.current = messages;

  const [start, end] = windowRange(messages, window);
  const shown = useMemo(() => messages.slice(start, end), [messages, start, end]);
  const move = useCallback((step: (held: Held, from: TimelineWindow) => TimelineWindow): void => {
    setWindow((from) => step(held.current, from));
  }, []);
  const steps = useMemo(
    () => ({
      widenBefore: () => move(widenBefore),
      widenAfter: () => move(widenAfter),
      showAround: (sequence: number) => move((now) => windowAround(now, sequence)),
      showLatest: () => setWindow((from) => (from.last === undefined ? from : LATEST)),
      cutGrown: () => move(cutGrown),
      cutEnd: () => move(cutEnd),
    }),
    [move],
  );
  return {
    messages: shown,
    isAtStart: start === 0,
    isAtEnd: end === messages.length && !hasNewer,
    isAtHeldEnd: end === messages.length,
    ...steps,
  };
}
