/** Creates a channel in a workspace and opens it. Loaded on the first use. */

import type { WorkspaceEntry } from '@parley/client';
import { useState } from 'react';
import { FormDialog } from '../components/form-dialog.tsx';
import { TextField } from '../components/text-field.tsx';
import { useChat } from '../hooks/chat-context.ts';
import { navigate } from '../hooks/use-route.ts';
import { roomPath } from '../route.ts';
import { workspaceStrings } from './workspace-strings.ts';

export interface NewChannelDialogProps {
  readonly workspace: WorkspaceEntry;
  readonly onClose: () => void;
}

export default function NewChannelDialog({ workspace, onClose }: NewChannelDialogProps) {
  const { client } = useChat();
  const [name, setName] = useState('');
  const texts = workspaceStrings;
  return (
    <FormDialog
      title={texts.newChannelIn(workspace.name)}
      names={[workspace.name]}
      text={texts.newChannelText}
      submit={texts.createChannel}
      problemOf={texts.channelProblem}
      onSubmit={async () => {
        const roomId = await client.workspaces.createChannel(workspace.id, name);
        client.refreshRooms();
        navigate(roomPath(roomId));
      }}
      onClose={onClose}
    >
      <TextField
        label={texts.channelName}
        value={name}
        autoComplete="off"
        autoFocus={true}
        required={true}
        onChange={({ target }) => setName(target.value)}
      />
    </FormDialog>
  );
}
