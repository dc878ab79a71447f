/** Deletes the own account for good, with the password. */
import { deleteOwnAccount, type MessagesOfDeleted } from '@parley/client';
import { useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { MessagesChoice } from '../components/messages-choice.tsx';
import { TextField } from '../components/text-field.tsx';
import { deletionStrings } from '../strings/deletion.ts';

const texts = deletionStrings.own;

interface DeleteOwnAccountProps {
  /** Leaves the page as a logout does; `end` ends the session. */
  readonly onLeave: (end: () => Promise<void>) => Promise<void>;
}

export function DeleteOwnAccount({ onLeave }: DeleteOwnAccountProps) {
  const { client } = useChat();
  const [isOpen, setIsOpen] = useState(false);
  const [messages, setMessages] = useState<MessagesOfDeleted>('keep');
  const [password, setPassword] = useState('');
  return (
    <>
      <p>{texts.text}</p>
      <Button kind="danger" onClick={() => setIsOpen(true)}>
        {texts.open}
      </Button>
      {isOpen && (
        <FormDialog
          title={texts.title}
          text={texts.confirm}
          submit={deletionStrings.submit}
          isDanger={true}
          isReady={password !== ''}
          problemOf={texts.failed}
          onSubmit={() => onLeave(() => deleteOwnAccount(client, { password, messages }))}
          onClose={() => setIsOpen(false)}
        >
          <MessagesChoice current={messages} onChoose={setMessages} />
          <TextField
            label={texts.password}
            type="password"
            autoComplete="current-password"
            value={password}
            onChange={({ target }) => setPassword(target.value)}
          />
        </FormDialog>
      )}
    </>
  );
}
