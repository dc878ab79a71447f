/** Asks for how long, and why, before an account is disabled. */
import type { ManagedAccount } from '@parley/client';
import { useState } from 'react';
import { FormDialog } from '../components/form-dialog.tsx';
import type { Duration } from '../people/durations.ts';
import {
  type RestrictionChoice,
  RestrictionFields,
  restrictionOf,
} from '../people/restriction-fields.tsx';
import { adminStrings } from '../strings/admin.ts';

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
const DURATIONS: readonly Duration[] = ['1h', '1d', '1w', 'forever'];

export function DisableDialog({ account, onSubmit, onClose }: DisableDialogProps) {
  const [choice, setChoice] = useState<RestrictionChoice>({ duration: 'forever', reason: '' });
  return (
    <FormDialog
      title={texts.disableTitle(account.displayName)}
      names={[account.displayName]}
      text={texts.disableText}
      submit={texts.disableNow}
      isDanger={true}
      problemOf={texts.notChanged}
      onSubmit={() => onSubmit(restrictionOf(choice))}
      onClose={onClose}
    >
      <RestrictionFields durations={DURATIONS} choice={choice} onChoose={setChoice} />
    </FormDialog>
  );
}
