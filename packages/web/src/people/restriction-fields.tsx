/** The fields of a restriction: for how long, and why. */
import { RadioChoice } from '../components/radio-choice.tsx';
import { TextField } from '../components/text-field.tsx';
import { restrictionStrings as texts } from '../strings/restrictions.ts';
import { type Duration, durationMs } from './durations.ts';

export interface RestrictionChoice {
  readonly duration: Duration;
  readonly reason: string;
}

interface RestrictionFieldsProps {
  readonly durations: readonly Duration[];
  readonly choice: RestrictionChoice;
  readonly onChoose: (choice: RestrictionChoice) => void;
}

export function RestrictionFields({ durations, choice, onChoose }: RestrictionFieldsProps) {
  return (
    <div style={{ display: 'grid', gap: 8 }}>
      <RadioChoice
        title={texts.durationTitle}
        names={texts.durations}
        values={durations}
        current={choice.duration}
        onChoose={(duration) => onChoose({ ...choice, duration })}
      />
      <TextField
        label={texts.reason}
        hint={texts.reasonHint}
        value={choice.reason}
        maxLength={500}
        autoComplete="off"
        onChange={({ target }) => onChoose({ ...choice, reason: target.value })}
      />
    </div>
  );
}

/** As the server takes it: without an end it lasts for ever. */
export function restrictionOf({ duration, reason }: RestrictionChoice): {
  readonly until?: Date;
  readonly reason?: string;
} {
  return {
    ...(duration === 'forever' ? {} : { until: new Date(Date.now() + durationMs(duration)) }),
    ...(reason.trim() === '' ? {} : { reason }),
  };
}
