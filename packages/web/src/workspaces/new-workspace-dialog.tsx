/** Creates a workspace. Loaded on the first use. */

import { useState } from 'react';
import { FormDialog } from '../components/form-dialog.tsx';
import { TextField } from '../components/text-field.tsx';
import { useChat } from '../hooks/chat-context.ts';
import { useWorkspaces } from './workspace-list.ts';
import { workspaceStrings } from './workspace-strings.ts';

export default function NewWorkspaceDialog({ onClose }: { readonly onClose: () => void }) {
  const { client } = useChat();
  const { refresh } = useWorkspaces();
  const [name, setName] = useState('');
  const texts = workspaceStrings;
  return (
    <FormDialog
      title={texts.newWorkspace}
      text={texts.newWorkspaceText}
      submit={texts.createWorkspace}
      onSubmit={async () => {
        await client.workspaces.create(name);
        await refresh();
      }}
      onClose={onClose}
    >
      <TextField
        label={texts.workspaceName}
        value={name}
        autoComplete="off"
        autoFocus={true}
        required={true}
        onChange={({ target }) => setName(target.value)}
      />
    </FormDialog>
  );
}
