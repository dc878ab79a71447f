/** Below the message box of a room in slow mode: how long the user must wait. It is not announced. */
import type { RoomId } from '@parley/client';
import { useChat, useSnapshot } from '../chat-context.ts';
import { useNow } from '../hooks/use-now.ts';
import { slowModeStrings as texts } from '../strings/slow-mode.ts';
import { slowModeOf, slowModeWait } from './slow-mode.ts';
import classes from './slow-mode-line.module.css';

const TICK_MS = 1_000;

export default function SlowModeLine({ roomId }: { readonly roomId: RoomId }) {
  const { user } = useChat();
  const seconds = useSnapshot((snapshot) => slowModeOf(snapshot, roomId));
  const nowMs = useNow(seconds === undefined ? 0 : TICK_MS);
  const wait = useSnapshot((snapshot) => slowModeWait(snapshot, roomId, user, nowMs));
  if (seconds === undefined) return null;
  return <p className={classes['line']}>{wait > 0 ? texts.wait(wait) : texts.rule(seconds)}</p>;
}
