/** Asks why a message or a person is reported to the moderators of the server. */
import { report } from '@parley/client';
import { useState } from 'react';
import { useChat } from '../chat-context.ts';
import { FormDialog } from '../components/form-dialog.tsx';
import { TextField } from '../components/text-field.tsx';
import { reportStrings as texts } from '../strings/reports.ts';
import type { ReportTarget } from './ask-for-report.ts';
import { useShownName } from './use-shown-name.ts';

interface ReportDialogProps {
  readonly target: ReportTarget;
  readonly onClose: () => void;
}

export function ReportDialog({ target, onClose }: ReportDialogProps) {
  const { client } = useChat();
  const { messageId, userId, username } = target;
  const name = useShownName(userId, username);
  const [reason, setReason] = useState('');
  const submit = async (): Promise<void> => {
    const { messageId: about } = target;
    await report(client, {
      ...(about === undefined ? { userId: target.userId } : { messageId: about }),
      reason,
    });
  };
  return (
    <FormDialog
      title={messageId === undefined ? texts.title(name) : texts.messageTitle(name)}
      names={[name]}
      text={texts.text}
      submit={texts.submit}
      isReady={reason.trim() !== ''}
      problemOf={texts.notReported}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label={texts.reason}
        hint={texts.reasonHint}
        value={reason}
        maxLength={500}
        autoComplete="off"
        onChange={({ target: { value } }) => setReason(value)}
      />
    </FormDialog>
  );
}
