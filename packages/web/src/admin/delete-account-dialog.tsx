/** Deletes an account for good, after its username was typed. */
import { deleteAccount, type ManagedAccount, type MessagesOfDeleted } from '@parley/client';
import { useState } from 'react';
import { useChat } from '../chat-context.ts';
import { FormDialog } from '../components/form-dialog.tsx';
import { MessagesChoice } from '../components/messages-choice.tsx';
import { TextField } from '../components/text-field.tsx';
import { withProof } from '../proof/with-proof.ts';
import { deletionStrings as texts } from '../strings/deletion.ts';

interface DeleteAccountDialogProps {
  readonly account: ManagedAccount;
  readonly onDeleted: () => void;
  readonly onClose: () => void;
}

export function DeleteAccountDialog({ account, onDeleted, onClose }: DeleteAccountDialogProps) {
  const { client } = useChat();
  const { id, username, displayName } = account;
  const [messages, setMessages] = useState<MessagesOfDeleted>('keep');
  const [typed, setTyped] = useState('');
  const isConfirmed = typed.trim().toLowerCase() === username.toLowerCase();
  return (
    <FormDialog
      title={texts.title(displayName)}
      names={[displayName]}
      text={texts.text}
      submit={texts.submit}
      isDanger={true}
      isReady={isConfirmed}
      problemOf={texts.failed}
      onSubmit={async () => {
        await withProof(client, () => deleteAccount(client, id, messages));
        onDeleted();
      }}
      onClose={onClose}
    >
      <MessagesChoice current={messages} onChoose={setMessages} />
      <TextField
        label={texts.typeName(username)}
        value={typed}
        autoComplete="off"
        spellCheck={false}
        onChange={({ target }) => setTyped(target.value)}
      />
    </FormDialog>
  );
}
