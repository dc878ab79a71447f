/** Asks for confirmation before all messages of a user are deleted, everywhere. */
import { purgeUser, type UserId } from '@parley/client';
import { useChat } from '../chat-context.ts';
import { FormDialog } from '../components/form-dialog.tsx';
import { withProof } from '../proof/with-proof.ts';
import { deletionStrings as texts } from '../strings/deletion.ts';

interface PurgeDialogProps {
  readonly person: { readonly id: UserId; readonly name: string };
  /** @param text What happens now. */
  readonly onPurged: (text: string) => void;
  readonly onClose: () => void;
}

export function PurgeDialog({ person: { id, name }, onPurged, onClose }: PurgeDialogProps) {
  const { client } = useChat();
  return (
    <FormDialog
      title={texts.purgeTitle(name)}
      names={[name]}
      text={texts.purgeText}
      submit={texts.purgeSubmit}
      isDanger={true}
      problemOf={texts.failed}
      onSubmit={async () => {
        await withProof(client, () => purgeUser(client, id));
        onPurged(texts.purged(name));
      }}
      onClose={onClose}
    />
  );
}
