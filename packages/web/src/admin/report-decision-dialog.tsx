/** Asks for confirmation before a moderator acts on a report. */
import type { Report, ReportAction } from '@parley/client';
import { useState } from 'react';
import { FormDialog } from '../components/form-dialog.tsx';
import { RadioChoice } from '../components/radio-choice.tsx';
import { TextField } from '../components/text-field.tsx';
import { durationMs } from '../people/durations.ts';
import { reportStrings as texts } from '../strings/reports.ts';
import { restrictionStrings } from '../strings/restrictions.ts';

interface ReportDecisionDialogProps {
  readonly report: Report;
  readonly action: ReportAction;
  /** @throws {ChatError} The report stays open. */
  readonly onDecide: (choice: { readonly until?: Date; readonly reason?: string }) => Promise<void>;
  readonly onClose: () => void;
}

const OF_MUTES = ['1h', '1d', '1w'] as const;

export function ReportDecisionDialog(props: ReportDecisionDialogProps) {
  const { report, action, onDecide, onClose } = props;
  const name = report.user.displayName;
  const [duration, setDuration] = useState<(typeof OF_MUTES)[number]>('1d');
  const [reason, setReason] = useState('');
  const hasEnd = action === 'mute' || action === 'suspend';
  const hasText = hasEnd || action === 'warn';
  return (
    <FormDialog
      title={texts.confirm[action](name)}
      names={[name]}
      text={texts.confirmText[action]}
      submit={texts.actions[action]}
      isDanger={action !== 'dismiss'}
      problemOf={texts.notClosed}
      onSubmit={() =>
        onDecide({
          ...(hasText && reason.trim() !== '' ? { reason } : {}),
          ...(hasEnd ? { until: new Date(Date.now() + durationMs(duration)) } : {}),
        })
      }
      onClose={onClose}
    >
      <div style={{ display: 'grid', gap: 8 }}>
        {hasEnd && (
          <RadioChoice
            title={restrictionStrings.durationTitle}
            names={restrictionStrings.durations}
            values={OF_MUTES}
            current={duration}
            onChoose={setDuration}
          />
        )}
        {hasText && (
          <TextField
            label={texts.said}
            hint={texts.saidHint}
            value={reason}
            maxLength={500}
            autoComplete="off"
            onChange={({ target }) => setReason(target.value)}
          />
        )}
      </div>
    </FormDialog>
  );
}
