/** Adds people to a group conversation or a room. Loaded on the first use. */
import { ChatError, type RoomId, type UserPayload } from '@parley/client';
import { useState } from 'react';
import { useChat } from '../chat-context.ts';
import { FormDialog } from '../components/form-dialog.tsx';
import { groupStrings } from '../strings/group.ts';
import { PeoplePicker } from './people-picker.tsx';

interface AddPeopleDialogProps {
  readonly roomId: RoomId;
  readonly text: string;
  readonly onClose: () => void;
}

export default function AddPeopleDialog({ roomId, text, onClose }: AddPeopleDialogProps) {
  const { client } = useChat();
  const [chosen, setChosen] = useState<readonly UserPayload[]>([]);
  return (
    <FormDialog
      title={groupStrings.addPeople}
      text={text}
      submit={groupStrings.add}
      problemOf={groupStrings.addProblem}
      onSubmit={async () => {
        if (chosen.length === 0) throw new ChatError('VALIDATION_ERROR');
        for (const { id } of chosen) await client.addToGroup(roomId, id);
      }}
      onClose={onClose}
    >
      <PeoplePicker chosen={chosen} onChange={setChosen} />
    </FormDialog>
  );
}
