/** Asks for how long, and why, before a member is muted or banned. */
import { ModerationApi, type RoomId, type UserPayload } from '@parley/client';
import { useState } from 'react';
import { useChat } from '../chat-context.ts';
import { FormDialog } from '../components/form-dialog.tsx';
import { restrictionStrings as texts } from '../strings/restrictions.ts';
import type { Duration } from './durations.ts';
import { type RestrictionChoice, RestrictionFields, restrictionOf } from './restriction-fields.tsx';
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
  const [choice, setChoice] = useState<RestrictionChoice>({
    duration: kind === 'ban' ? 'forever' : '10m',
    reason: '',
  });
  const submit = async (): Promise<void> => {
    const api = new ModerationApi(client);
    const { until, ...rest } = restrictionOf(choice);
    if (until === undefined) return api.ban(roomId, person.id, rest);
    await api[kind](roomId, person.id, { until, ...rest });
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
      <RestrictionFields
        durations={kind === 'ban' ? OF_BANS : OF_MUTES}
        choice={choice}
        onChoose={setChoice}
      />
    </FormDialog>
  );
}
