/** Asks for how long, and why, before a member is muted or banned. */
import { ModerationApi, type RoomId, type UserPayload } from '@parley/client';
import { useState } from 'react';
import { FormDialog } from '../components/form-dialog.tsx';
import { RadioChoice } from '../components/radio-choice.tsx';
import { TextField } from '../components/text-field.tsx';
import { useChat } from '../hooks/chat-context.ts';
import { restrictionStrings as texts } from '../strings/restrictions.ts';
import { type Duration, durationMs } from './durations.ts';
import { useShownName } from './use-shown-name.ts';

interface RestrictionDialogProps {
  readonly roomId: RoomId;
  readonly person: UserPayload;
  readonly kind: 'ban' | 'mute';
  readonly onClose: () => void;
}

const OF_MUTES: readonly Duration[] = ['10m', '1h', '1d', '1w'];
const OF_BANS: readonly Duration[] = ['1h', '1d', '1w', 'forever'];

export function RestrictionDialog({ roomId, person, kind, onClose }: RestrictionDialogProps) {
  const { client } = useChat();
  const name = useShownName(person.id, person.username);
  const [duration, setDuration] = useState<Duration>(kind === 'ban' ? 'forever' : '10m');
  const [reason, setReason] = useState('');
  const submit = async (): Promise<void> => {
    const api = new ModerationApi(client);
    if (duration === 'forever') return api.ban(roomId, person.id, { reason });
    await api[kind](roomId, person.id, {
      until: new Date(Date.now() + durationMs(duration)),
      reason,
    });
  };
  return (
    <FormDialog
      title={texts[kind].title(name)}
      names={[name]}
      text={texts[kind].text}
      submit={texts[kind].confirm}
      isDanger={true}
      problemOf={texts.notDone}
      onSubmit={submit}
      onClose={onClose}
    >
      <RadioChoice
        title={texts.durationTitle}
        names={texts.durations}
        values={kind === 'ban' ? OF_BANS : OF_MUTES}
        current={duration}
        onChoose={setDuration}
      />
      <TextField
        label={texts.reason}
        hint={texts.reasonHint}
        value={reason}
        maxLength={500}
        autoComplete="off"
        onChange={({ target }) => setReason(target.value)}
      />
    </FormDialog>
  );
}
