/** Warns before a mention of everyone in a large room, and in a room that leaves it to moderators. */
import { findMentions, type RoomId } from '@parley/client';
import { useSnapshot } from '../chat-context.ts';
import { isPermitted } from '../rooms/room-permissions.ts';
import { listedRoom } from '../rooms/shown-room-name.ts';
import { messageStrings } from '../strings/message.ts';

/** Number of people from which the mention is worth a warning. */
const PEOPLE_MIN = 20;

interface EveryoneWarningProps {
  readonly text: string;
  /** Number of members, without the user. */
  readonly others: number;
}

export default function EveryoneWarning({
  roomId,
  ...about
}: EveryoneWarningProps & { readonly roomId: RoomId }): string {
  const isAllowed = useSnapshot(({ directory }) =>
    isPermitted(listedRoom(directory, roomId), 'mentioningAll'),
  );
  return everyoneWarning({ ...about, isAllowed });
}

/** Empty if there is no need. Pure. */
export function everyoneWarning({
  text,
  others,
  isAllowed,
}: EveryoneWarningProps & { readonly isAllowed: boolean }): string {
  const { everyone, here } = findMentions(text);
  if (!isAllowed) return everyone || here ? messageStrings.moderatorsMention : '';
  return everyone && others >= PEOPLE_MIN ? messageStrings.warnEveryone(others) : '';
}
