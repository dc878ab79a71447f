/** Name and topic of a room in full; those who may manage the room change them here. */
import {
  ChatError,
  deleteRoom,
  type RoomId,
  type RoomSettingsChange,
  type RoomSettingsPayload,
  readRoomSettings,
  updateRoom,
} from '@parley/client';
import { useEffect, useState } from 'react';
import { Button } from '../components/button.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { Modal } from '../components/modal.tsx';
import { ModalHeader } from '../components/modal-header.tsx';
import { TextField } from '../components/text-field.tsx';
import { useChat, useSnapshot } from '../hooks/chat-context.ts';
import { withProof } from '../proof/with-proof.ts';
import { roomDetailsStrings as texts } from '../strings/room-details.ts';
import { strings } from '../strings/strings.ts';
import classes from './room-details-dialog.module.css';
import { listedRoom } from './shown-room-name.ts';

interface RoomDetailsDialogProps {
  readonly roomId: RoomId;
  readonly name: string;
  readonly onClose: () => void;
}

export function RoomDetailsDialog({ roomId, name, onClose }: RoomDetailsDialogProps) {
  const { client } = useChat();
  const listed = useSnapshot(({ directory }) => listedRoom(directory, roomId));
  const topic = listed?.topic ?? '';
  // Only what the user changes: others may change the rest meanwhile.
  const [written, setWritten] = useState<RoomSettingsChange>({});
  const isArchived = listed?.archived === true;
  const settings = useSettings(roomId);
  const [step, setStep] = useState<'delete' | 'visibility'>();
  const other = settings?.visibility === 'private' ? 'public' : 'private';
  if (step === 'delete') return <DeleteRoomDialog roomId={roomId} name={name} onClose={onClose} />;
  if (step === 'visibility') {
    return <VisibilityDialog roomId={roomId} name={name} to={other} onClose={onClose} />;
  }
  const mayMove = settings?.canGiveRoles === true && settings.kind === 'room' && !isArchived;
  const acts = (
    <div className={classes['acts']}>
      {mayMove && (
        <Button kind="quiet" onClick={() => setStep('visibility')}>
          {texts.visibility[other].act}
        </Button>
      )}
      {settings?.canDelete === true && (
        <Button kind="quiet" onClick={() => setStep('delete')}>
          {texts.delete}
        </Button>
      )}
    </div>
  );
  if (listed?.canManage !== true || isArchived) {
    return (
      <Modal label={texts.open} onClose={onClose}>
        <ModalHeader title={name} closeName={texts.close} onClose={onClose} />
        <div className={classes['body']}>
          <h2 className={classes['label']}>{texts.topic}</h2>
          <p dir="auto">{topic === '' ? texts.noTopic : topic}</p>
          {acts}
        </div>
      </Modal>
    );
  }
  const save = async (): Promise<void> => {
    if (Object.keys(written).length > 0) await updateRoom(client, roomId, written);
  };
  const posting = written.posting ?? listed.posting ?? 'members';
  return (
    <FormDialog
      title={texts.open}
      text={texts.text}
      submit={texts.save}
      problemOf={texts.problem}
      onSubmit={save}
      onClose={onClose}
    >
      <TextField
        label={texts.name}
        value={written.name ?? name}
        autoComplete="off"
        required={true}
        onChange={({ target }) => setWritten({ ...written, name: target.value })}
      />
      <TextField
        label={texts.topic}
        hint={texts.topicHint}
        value={written.topic ?? topic}
        autoComplete="off"
        autoFocus={true}
        onChange={({ target }) => setWritten({ ...written, topic: target.value })}
      />
      <label className={classes['choice']}>
        <input
          type="checkbox"
          checked={posting === 'moderators'}
          onChange={({ target }) =>
            setWritten({ ...written, posting: target.checked ? 'moderators' : 'members' })
          }
        />
        {texts.moderatorsOnly}
      </label>
      {settings?.canSetDefault === true && (
        <label className={classes['choice']}>
          <input
            type="checkbox"
            checked={written.isDefault ?? settings.isDefault === true}
            onChange={({ target }) => setWritten({ ...written, isDefault: target.checked })}
          />
          {texts.everybody}
        </label>
      )}
      {acts}
    </FormDialog>
  );
}

/** The list of rooms says who manages a room, but not all of its settings and rights. */
function useSettings(roomId: RoomId): RoomSettingsPayload | undefined {
  const { client } = useChat();
  const [settings, setSettings] = useState<RoomSettingsPayload>();
  useEffect(() => {
    let isCurrent = true;
    // Without an answer, what depends on it is not offered.
    readRoomSettings(client, roomId)
      .then((room) => isCurrent && setSettings(room))
      .catch(() => {});
    return () => {
      isCurrent = false;
    };
  }, [client, roomId]);
  return settings;
}

function VisibilityDialog(props: RoomDetailsDialogProps & { readonly to: 'public' | 'private' }) {
  const { roomId, name, to, onClose } = props;
  const { client } = useChat();
  const { title, text, act } = texts.visibility[to];
  return (
    <FormDialog
      title={title(name)}
      names={[name]}
      text={text}
      submit={act}
      isDanger={to === 'public'}
      problemOf={texts.visibilityProblem}
      onSubmit={async () => {
        await updateRoom(client, roomId, { visibility: to });
        client.refreshRooms();
      }}
      onClose={onClose}
    />
  );
}

function DeleteRoomDialog({ roomId, name, onClose }: RoomDetailsDialogProps) {
  const { client } = useChat();
  const [written, setWritten] = useState('');
  const remove = async (): Promise<void> => {
    if (written.trim() !== name) throw new ChatError('VALIDATION_ERROR');
    await withProof(client, () => deleteRoom(client, roomId));
  };
  return (
    <FormDialog
      title={texts.deleteTitle(name)}
      names={[name]}
      text={texts.deleteText}
      submit={texts.delete}
      isDanger
      problemOf={(code) =>
        code === 'VALIDATION_ERROR' ? texts.otherName : strings.message.notDone(code)
      }
      onSubmit={remove}
      onClose={onClose}
    >
      <TextField
        label={texts.typeName(name)}
        value={written}
        autoComplete="off"
        autoFocus={true}
        required={true}
        onChange={({ target }) => setWritten(target.value)}
      />
    </FormDialog>
  );
}
