/** Chooses a day whose first message the conversation shows. Loaded on the first use. */
import { ChatError } from '@parley/client';
import { type FormEvent, useId, useState } from 'react';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { TextField } from '../components/text-field.tsx';
import { useTypedAhead } from '../components/typed-ahead.tsx';
import { startOfDay } from '../format-time.ts';
import { jumpToDateStrings } from '../strings/jump-to-date.ts';
import { strings } from '../strings/strings.ts';

interface JumpToDateDialogProps {
  /** Day that is chosen first. */
  readonly dayMs: number;
  readonly nowMs: number;
  /** @throws {ChatError} The messages could not be loaded. */
  readonly onJump: (dayMs: number) => Promise<void>;
  readonly onClose: () => void;
}

export default function JumpToDateDialog(props: JumpToDateDialogProps) {
  const { dayMs, nowMs, onJump, onClose } = props;
  const [date, setDate] = useState(() => isoDate(dayMs));
  const [problem, setProblem] = useState<string>();
  const formId = useId();
  useTypedAhead(setDate);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const [year, month, day] = date.split('-').map(Number);
    if (year === undefined || month === undefined || day === undefined) {
      setProblem(jumpToDateStrings.dateMissing);
      return;
    }
    try {
      await onJump(new Date(year, month - 1, day).getTime());
      onClose();
    } catch (error) {
      setProblem(jumpToDateStrings.notJumped(ChatError.from(error).code));
    }
  };
  return (
    <Dialog
      title={strings.conversation.jumpToDate}
      names={[]}
      text={jumpToDateStrings.text}
      problem={problem}
      onClose={onClose}
    >
      <form id={formId} style={{ flexBasis: '100%' }} onSubmit={(event) => void submit(event)}>
        <TextField
          label={jumpToDateStrings.date}
          type="date"
          value={date}
          max={isoDate(startOfDay(nowMs))}
          autoFocus={true}
          onChange={({ target }) => {
            setDate(target.value);
            setProblem(undefined);
          }}
        />
      </form>
      <Button onClick={onClose}>{strings.rooms.cancel}</Button>
      <Button kind="primary" type="submit" form={formId}>
        {jumpToDateStrings.jump}
      </Button>
    </Dialog>
  );
}

/** The day in the zone of the machine, as the input of a date has it. */
function isoDate(ms: number): string {
  const date = new Date(ms);
  const two = (n: number): string => String(n).padStart(2, '0');
  const year = String(date.getFullYear()).padStart(4, '0');
  return `${year}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
