/** Asks for the room of a link that lets people in, if there are several, and shows the link. */
import type { RoomId, RoomListEntry } from '@parley/client';
import { useState } from 'react';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { inviteStrings as texts } from '../strings/invite.ts';
import { strings } from '../strings/strings.ts';
import { InviteDialog } from './invite-dialog.tsx';

interface InvitePeopleDialogProps {
  /** At least one. */
  readonly rooms: readonly Pick<RoomListEntry, 'id' | 'name'>[];
  /** The room on the screen. */
  readonly here: RoomId | undefined;
  readonly onClose: () => void;
}

export function InvitePeopleDialog({ rooms, here, onClose }: InvitePeopleDialogProps) {
  const first = rooms.find(({ id }) => id === here) ?? rooms[0];
  const [chosen, setChosen] = useState(first?.id);
  const [isChosen, setIsChosen] = useState(rooms.length === 1);
  const room = rooms.find(({ id }) => id === chosen) ?? first;
  if (isChosen && room !== undefined) {
    return <InviteDialog roomId={room.id} name={room.name} onClose={onClose} />;
  }
  return (
    <Dialog
      title={texts.people}
      names={[]}
      text={texts.chooseRoom}
      problem={undefined}
      onClose={onClose}
    >
      <label style={{ flexBasis: '100%' }}>
        {texts.room}{' '}
        <select value={room?.id} onChange={({ target }) => setChosen(target.value as RoomId)}>
          {rooms.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <Button onClick={onClose}>{strings.rooms.cancel}</Button>
      <Button kind="primary" onClick={() => setIsChosen(true)}>
        {texts.make}
      </Button>
    </Dialog>
  );
}
