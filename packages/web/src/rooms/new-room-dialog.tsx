/** Creates a room, or a channel of a workspace, and opens it. */
import { createRoom, type NewRoom, type WorkspaceEntry } from '@parley/client';
import { useState } from 'react';
import { useChat } from '../chat-context.ts';
import { FormDialog } from '../components/form-dialog.tsx';
import { Icon } from '../components/icon.tsx';
import { TextField } from '../components/text-field.tsx';
import { useTypedAhead } from '../components/typed-ahead.tsx';
import { navigate } from '../hooks/use-route.ts';
import { useIsAdmin } from '../hooks/use-server-role.ts';
import { roomPath } from '../route.ts';
import { channelTexts, newRoomStrings as texts } from '../strings/new-room.ts';
import classes from './new-room-dialog.module.css';

interface NewRoomDialogProps {
  /** The name that the user has already written. */
  readonly name?: string;
  /** Makes the room a channel of it. */
  readonly workspace?: WorkspaceEntry;
  readonly onClose: () => void;
}

const ICONS = { public: 'hash', private: 'lock' } as const;

export function NewRoomDialog({ name: written = '', workspace, onClose }: NewRoomDialogProps) {
  const { client } = useChat();
  const [name, setName] = useState(written);
  const [topic, setTopic] = useState('');
  const [visibility, setVisibility] = useState<NonNullable<NewRoom['visibility']>>('public');
  const [isDefault, setIsDefault] = useState(false);
  const isAdmin = useIsAdmin() || workspace?.role === 'owner' || workspace?.role === 'admin';
  const mayBeDefault = isAdmin && visibility === 'public';
  const own = workspace === undefined ? texts : channelTexts(workspace.name);
  useTypedAhead(setName);
  const create = async (): Promise<void> => {
    const { id } = await createRoom(client, {
      ...{ name, topic, visibility },
      ...(workspace === undefined ? {} : { workspaceId: workspace.id }),
      ...(mayBeDefault && isDefault ? { isDefault } : {}),
    });
    client.refreshRooms();
    navigate(roomPath(id));
  };
  return (
    <FormDialog
      title={own.title}
      {...(workspace === undefined ? {} : { names: [workspace.name] })}
      text={texts.text}
      submit={own.create}
      problemOf={texts.problem}
      onSubmit={create}
      onClose={onClose}
    >
      <TextField
        label={own.name}
        value={name}
        autoComplete="off"
        autoFocus={true}
        required={true}
        onChange={({ target }) => setName(target.value)}
      />
      <fieldset className={classes['choices']}>
        <legend>{texts.visibility}</legend>
        {(['public', 'private'] as const).map((each) => (
          <label key={each} className={classes['choice']}>
            <input
              type="radio"
              name={texts.visibility}
              checked={each === visibility}
              onChange={() => setVisibility(each)}
            />
            <Icon name={ICONS[each]} />
            <span>
              {texts.choices[each].name}
              <small className={classes['hint']}>{own.choices[each].hint}</small>
            </span>
          </label>
        ))}
      </fieldset>
      {mayBeDefault && (
        <label className={classes['choice']}>
          <input
            type="checkbox"
            checked={isDefault}
            onChange={({ target }) => setIsDefault(target.checked)}
          />
          {own.everybody}
        </label>
      )}
      <TextField
        label={texts.topic}
        hint={texts.topicHint}
        value={topic}
        autoComplete="off"
        onChange={({ target }) => setTopic(target.value)}
      />
    </FormDialog>
  );
}
