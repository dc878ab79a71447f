/** The window of messages that the list holds, and the steps that move it. */
import { useCallback, useMemo, useRef, useState } from 'react';
import type { Message } from '../../core/messages/message.ts';
import type { OpenRoom } from '../../core/rooms/room-state.ts';
import {
  cutEnd,
  cutGrown,
  fixBounds,
  type HeldWindow,
  LATEST,
  widenAfter,
  widenBefore,
  windowAround,
  windowRange,
} from './held-window.ts';

export interface HeldWindowView {
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

export function useHeldWindow(room: OpenRoom, hasNewer: boolean): HeldWindowView {
  const { messages } = room.log;
  const [chosen, setWindow] = useState(LATEST);
  const window = fixBounds(messages, chosen);
  if (window !== chosen) setWindow(window);
  const held = useRef<Held>(messages);
  held.current = messages;

  const [start, end] = windowRange(messages, window);
  const shown = useMemo(() => messages.slice(start, end), [messages, start, end]);
  const move = useCallback((step: (held: Held, from: HeldWindow) => HeldWindow): void => {
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
