/** Name and topic of a room in full; those who may manage the room change them here. */
import {
  ChatError,
  deleteRoom,
  type RoomId,
  type RoomSettingsChange,
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
  const mayDelete = useMayDelete(roomId);
  const [isDeleting, setIsDeleting] = useState(false);
  if (isDeleting) return <DeleteRoomDialog roomId={roomId} name={name} onClose={onClose} />;
  const deletion = mayDelete && (
    <Button kind="quiet" onClick={() => setIsDeleting(true)}>
      {texts.delete}
    </Button>
  );
  if (listed?.canManage !== true || isArchived) {
    return (
      <Modal label={texts.open} onClose={onClose}>
        <ModalHeader title={name} closeName={texts.close} onClose={onClose} />
        <div className={classes['body']}>
          <h2 className={classes['label']}>{texts.topic}</h2>
          <p dir="auto">{topic === '' ? texts.noTopic : topic}</p>
          {deletion}
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
      {deletion}
    </FormDialog>
  );
}

/** The list of rooms says who manages a room, but not who may delete it. */
function useMayDelete(roomId: RoomId): boolean {
  const { client } = useChat();
  const [mayDelete, setMayDelete] = useState(false);
  useEffect(() => {
    let isCurrent = true;
    // Without an answer, deletion is not offered.
    readRoomSettings(client, roomId)
      .then((room) => isCurrent && setMayDelete(room.canDelete === true))
      .catch(() => {});
    return () => {
      isCurrent = false;
    };
  }, [client, roomId]);
  return mayDelete;
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
