/** Sends the quote of a message to a room or person. */
import { checkContentUpTo, type RoomId } from '@parley/client';
import { useId, useMemo, useState } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { FormDialog } from '../components/form-dialog.tsx';
import { TextField } from '../components/text-field.tsx';
import type { Forwarded } from '../conversation/ask-to-forward.ts';
import { useLengthMax } from '../hooks/use-length-max.ts';
import { navigate } from '../hooks/use-route.ts';
import { peopleRows } from '../rooms/people-rows.ts';
import { useNameFilter } from '../rooms/use-name-filter.ts';
import { useRoomRows } from '../rooms/use-room-rows.ts';
import { roomPath } from '../route.ts';
import { forwardStrings as texts } from '../strings/forward.ts';
import classes from './forward-dialog.module.css';

const CHOICES_MAX = 8;

interface ForwardDialogProps {
  readonly forwarded: Forwarded;
  readonly onClose: () => void;
}

export function ForwardDialog({ forwarded, onClose }: ForwardDialogProps) {
  const { client, user: self } = useChat();
  const [name, setName] = useState('');
  const [comment, setComment] = useState('');
  const [chosen, setChosen] = useState<RoomId>();
  const filter = useNameFilter(name);
  const { rows } = useRoomRows(filter);
  const snapshot = useSnapshot((current) => current);
  const people = useMemo(() => peopleRows({ ...snapshot, self, filter }), [snapshot, self, filter]);
  const lengthMax = useLengthMax();
  const groupId = useId();
  const choices = [
    ...people.map((person) => ({ id: person.id, label: person.name })),
    ...rows
      .filter(({ isJoined }) => isJoined)
      .map((row) => ({ id: row.id, label: `#${row.name}` })),
  ].slice(0, CHOICES_MAX);
  const target = choices.find(({ id }) => id === chosen) ?? choices[0];
  const submit = async (): Promise<void> => {
    if (target === undefined) return;
    const { quote, address } = forwarded;
    const whole = `${quote}\n${comment}`.trim();
    // With a comment the quote may be too long: the link stands for it.
    const fits = checkContentUpTo(whole, lengthMax).kind === 'ok';
    client.send(target.id, fits ? whole : `${address}\n${comment}`.trim());
    navigate(roomPath(target.id));
  };
  return (
    <FormDialog
      title={texts.title}
      text={texts.text}
      submit={texts.submit}
      isReady={target !== undefined}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label={texts.to}
        value={name}
        autoComplete="off"
        onChange={({ target: { value } }) => setName(value)}
      />
      <fieldset className={classes['choices']}>
        <legend className="visually-hidden">{texts.places}</legend>
        {choices.map(({ id, label }) => (
          <label key={id} className={classes['choice']}>
            <input
              type="radio"
              name={groupId}
              checked={id === target?.id}
              onChange={() => setChosen(id)}
            />
            <bdi>{label}</bdi>
          </label>
        ))}
        {choices.length === 0 && <p>{texts.none}</p>}
      </fieldset>
      <TextField
        label={texts.comment}
        value={comment}
        autoComplete="off"
        onChange={({ target: { value } }) => setComment(value)}
      />
    </FormDialog>
  );
}
