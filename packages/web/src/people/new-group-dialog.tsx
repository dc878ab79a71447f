/** Creates a group conversation with several people. Loaded on the first use. */
import type { UserPayload } from '@parley/client';
import { useState } from 'react';
import { useChat } from '../chat-context.ts';
import { FormDialog } from '../components/form-dialog.tsx';
import { TextField } from '../components/text-field.tsx';
import { navigate } from '../hooks/use-route.ts';
import { roomPath } from '../route.ts';
import { groupStrings } from '../strings/group.ts';
import { strings } from '../strings/strings.ts';
import { PeoplePicker } from './people-picker.tsx';

export default function NewGroupDialog({ onClose }: { readonly onClose: () => void }) {
  const { client } = useChat();
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<readonly UserPayload[]>([]);
  return (
    <FormDialog
      title={strings.groups.title}
      text={groupStrings.text}
      submit={groupStrings.create}
      problemOf={groupStrings.problem}
      onSubmit={async () => {
        const userIds = chosen.map(({ id }) => id);
        navigate(roomPath(await client.createGroup(userIds, name.trim())));
      }}
      onClose={onClose}
    >
      <PeoplePicker chosen={chosen} onChange={setChosen} />
      <TextField
        label={groupStrings.name}
        hint={groupStrings.nameHint}
        value={name}
        autoComplete="off"
        onChange={({ target }) => setName(target.value)}
      />
    </FormDialog>
  );
}
