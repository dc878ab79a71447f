/** Asks for how long, and why, before an account is disabled. */
import type { ManagedAccount } from '@parley/client';
import { useState } from 'react';
import { FormDialog } from '../components/form-dialog.tsx';
import { RadioChoice } from '../components/radio-choice.tsx';
import { TextField } from '../components/text-field.tsx';
import { durationMs } from '../people/durations.ts';
import { adminStrings } from '../strings/admin.ts';
import { restrictionStrings } from '../strings/restrictions.ts';

export interface Suspension {
  readonly until?: Date;
  readonly reason?: string;
}

interface DisableDialogProps {
  readonly account: ManagedAccount;
  /** @throws {ChatError} The account is as it was. */
  readonly onSubmit: (suspension: Suspension) => Promise<void>;
  readonly onClose: () => void;
}

const texts = adminStrings.people;
const DURATIONS = ['1h', '1d', '1w', 'forever'] as const;

export function DisableDialog({ account, onSubmit, onClose }: DisableDialogProps) {
  const [duration, setDuration] = useState<(typeof DURATIONS)[number]>('forever');
  const [reason, setReason] = useState('');
  const submit = (): Promise<void> =>
    onSubmit({
      ...(duration === 'forever' ? {} : { until: new Date(Date.now() + durationMs(duration)) }),
      ...(reason.trim() === '' ? {} : { reason }),
    });
  return (
    <FormDialog
      title={texts.disableTitle(account.displayName)}
      names={[account.displayName]}
      text={texts.disableText}
      submit={texts.disableNow}
      isDanger={true}
      problemOf={texts.notChanged}
      onSubmit={submit}
      onClose={onClose}
    >
      <RadioChoice
        title={restrictionStrings.durationTitle}
        names={restrictionStrings.durations}
        values={DURATIONS}
        current={duration}
        onChoose={setDuration}
      />
      <TextField
        label={restrictionStrings.reason}
        hint={restrictionStrings.reasonHint}
        value={reason}
        maxLength={500}
        autoComplete="off"
        onChange={({ target }) => setReason(target.value)}
      />
    </FormDialog>
  );
}
