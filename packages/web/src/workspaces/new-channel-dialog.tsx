/** Creates a channel in a workspace and opens it. Loaded on the first use. */
import { WorkspaceApi, type WorkspaceEntry } from '@parley/client';
import { useChat } from '../hooks/chat-context.ts';
import { navigate } from '../hooks/use-route.ts';
import { roomPath } from '../route.ts';
import { workspaceStrings } from '../strings/workspace.ts';
import { NameDialog } from './name-dialog.tsx';

interface NewChannelDialogProps {
  readonly workspace: WorkspaceEntry;
  readonly onClose: () => void;
}

export default function NewChannelDialog({ workspace, onClose }: NewChannelDialogProps) {
  const { client } = useChat();
  const texts = workspaceStrings;
  return (
    <NameDialog
      title={texts.newChannelIn(workspace.name)}
      names={[workspace.name]}
      text={texts.newChannelText}
      label={texts.channelName}
      submit={texts.createChannel}
      problemOf={texts.channelProblem}
      onSubmit={async (name) => {
        const roomId = await new WorkspaceApi(client).createChannel(workspace.id, name);
        client.refreshRooms();
        navigate(roomPath(roomId));
      }}
      onClose={onClose}
    />
  );
}
