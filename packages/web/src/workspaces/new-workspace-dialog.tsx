/** Creates a workspace. Loaded on the first use. */
import { WorkspaceApi } from '@parley/client';
import { useChat } from '../chat-context.ts';
import { workspaceStrings } from '../strings/workspace.ts';
import { NameDialog } from './name-dialog.tsx';
import { useWorkspaces } from './use-workspaces.ts';

export default function NewWorkspaceDialog({ onClose }: { readonly onClose: () => void }) {
  const { client } = useChat();
  const { refresh } = useWorkspaces();
  const texts = workspaceStrings;
  return (
    <NameDialog
      title={texts.newWorkspace}
      text={texts.newWorkspaceText}
      label={texts.workspaceName}
      submit={texts.createWorkspace}
      onSubmit={async (name) => {
        await new WorkspaceApi(client).create(name);
        await refresh();
      }}
      onClose={onClose}
    />
  );
}
