/** Name and topic of a room in full; those who may manage the room change them here. */
import { type RoomId, type RoomSettingsChange, updateRoom } from '@parley/client';
import { useState } from 'react';
import { FormDialog } from '../components/form-dialog.tsx';
import { Modal } from '../components/modal.tsx';
import { ModalHeader } from '../components/modal-header.tsx';
import { TextField } from '../components/text-field.tsx';
import { useChat, useSnapshot } from '../hooks/chat-context.ts';
import { roomDetailsStrings as texts } from '../strings/room-details.ts';
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
  if (listed?.canManage !== true || isArchived) {
    return (
      <Modal label={texts.open} onClose={onClose}>
        <ModalHeader title={name} closeName={texts.close} onClose={onClose} />
        <div className={classes['body']}>
          <h2 className={classes['label']}>{texts.topic}</h2>
          <p dir="auto">{topic === '' ? texts.noTopic : topic}</p>
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
    </FormDialog>
  );
}
