/** Texts of the pages that find, join and create rooms, outside of the first load. */
import { LIMITS } from '@parley/client';

export const browseStrings = {
  name: 'Room name',
  placeholder: 'Find or create',
  join: 'Join or create',
  joinedAll: 'You are in all rooms.',
  yours: 'Your rooms',
  browseTitle: 'Browse rooms',
  browseText: 'Join a room to read and write in it, or create a new one.',
  create: (name: string) => `Create “${name}”`,
  openOrCreate: (name: string) => `Open or create “${name}”`,
  more: (n: number) => `${n} more. Type to filter the list.`,
  moreUnlisted: 'There are more rooms. Enter the name of a room to open it.',
  others: 'Other rooms',
  missingTitle: (name: string) => `There is no room called “${name}”`,
  missingText: 'Check the link. If you want a new room with this name, create it.',
  refused: `This name is not valid. Use letters or digits, and at most ${LIMITS.roomNameLengthMax} characters.`,
  conflict:
    'This name is too similar to the name of another room, or too many rooms are open. Choose another name, or leave a room.',
  unreachable: 'The server cannot be reached. The room opens when the connection is back.',
  invalidName: 'This room name is not valid. Check the link.',
  notOpened: 'The room could not be opened',
  noneTitle: 'No rooms yet',
  none: 'Rooms are where people talk. Enter a name above to create the first one.',
  joined: 'Joined',
  joinThis: 'Join',
  private: 'Private',
} as const;
