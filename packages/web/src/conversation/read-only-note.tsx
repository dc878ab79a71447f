/** Stands in the place of the message field in a room in which the user cannot write. */
import type { RoomId } from '@parley/client';
import { useSnapshot } from '../chat-context.ts';
import { absoluteTime } from '../format-time.ts';
import { listedRoom } from '../rooms/shown-room-name.ts';
import { readOnlyStrings as texts } from '../strings/read-only.ts';
import type { ReadOnlyReason } from './read-only.ts';
import classes from './read-only-note.module.css';

interface ReadOnlyNoteProps {
  readonly roomId: RoomId;
  readonly reason: ReadOnlyReason;
}

export default function ReadOnlyNote({ roomId, reason }: ReadOnlyNoteProps) {
  const room = useSnapshot(({ directory }) => listedRoom(directory, roomId));
  const { mutedUntil, muteReason = '' } = room ?? {};
  const text =
    reason === 'muted'
      ? texts.muted(absoluteTime(Date.parse(mutedUntil ?? '')), muteReason)
      : texts[reason];
  return (
    <p className={classes['note']} role={reason === 'muted' ? 'alert' : 'note'} dir="auto">
      {text}
    </p>
  );
}
