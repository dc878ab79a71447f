/** Name and topic of a room in full; those who may manage the room change them here. */
import {
  ChatError,
  deleteRoom,
  type RoomId,
  type RoomSettingsChange,
  type RoomSettingsPayload,
  readRoomSettings,
  removeRoomPicture,
  setRoomPicture,
  updateRoom,
} from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { Modal } from '../components/modal.tsx';
import { ModalHeader } from '../components/modal-header.tsx';
import { TextField } from '../components/text-field.tsx';
import { PictureForm } from '../pictures/picture-form.tsx';
import { withProof } from '../proof/with-proof.ts';
import { messageStrings } from '../strings/message.ts';
import { roomDetailsStrings as texts } from '../strings/room-details.ts';
import { waitText } from '../strings/slow-mode.ts';
import classes from './room-details-dialog.module.css';
import { RoomIcon } from './room-icon.tsx';
import { permissionOf, type RoomPermission } from './room-permissions.ts';
import { listedRoom } from './shown-room-name.ts';

/** Seconds that the page offers. */
const SLOW_MODES: readonly number[] = [0, 5, 10, 30, 60, 300, 900, 3600, 21_600];

const PERMISSIONS: readonly RoomPermission[] = ['posting', 'pinning', 'inviting', 'mentioningAll'];

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
  const [step, setStep] = useState<'delete' | 'visibility' | 'picture'>();
  const other = settings?.visibility === 'private' ? 'public' : 'private';
  if (step === 'picture') return <PictureDialog roomId={roomId} onClose={onClose} />;
  if (step === 'delete') return <DeleteRoomDialog roomId={roomId} name={name} onClose={onClose} />;
  if (step === 'visibility') {
    const isChannel = settings?.kind === 'channel';
    const about = { roomId, name, to: other, isChannel, onClose } as const;
    return <VisibilityDialog {...about} />;
  }
  // A room that becomes private is out of reach for those who are not in it.
  const isReachable = other === 'public' || settings?.role !== undefined;
  const mayMove = settings?.canGiveRoles === true && isReachable && !isArchived;
  const acts = (
    <div className={classes['acts']}>
      {listed?.canManage === true && !isArchived && (
        <Button kind="quiet" onClick={() => setStep('picture')}>
          {texts.picture.title}
        </Button>
      )}
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
  const slowMode = written.slowModeSeconds ?? listed.slowModeSeconds ?? 0;
  // Other programs may have set any other.
  const slowModes = SLOW_MODES.includes(slowMode) ? SLOW_MODES : [...SLOW_MODES, slowMode];
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
      {PERMISSIONS.map((each) => (
        <label key={each} className={classes['choice']}>
          <input
            type="checkbox"
            checked={(written[each] ?? permissionOf(listed, each)) === 'moderators'}
            onChange={({ target }) =>
              setWritten({ ...written, [each]: target.checked ? 'moderators' : 'members' })
            }
          />
          {texts.moderatorsOnly[each]}
        </label>
      ))}
      <label className={classes['choice']}>
        <select
          value={slowMode}
          onChange={({ target }) =>
            setWritten({ ...written, slowModeSeconds: Number(target.value) })
          }
        >
          {slowModes.map((seconds) => (
            <option key={seconds} value={seconds}>
              {seconds === 0 ? texts.noSlowMode : waitText(seconds)}
            </option>
          ))}
        </select>
        {texts.slowMode}
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

interface PictureDialogProps {
  readonly roomId: RoomId;
  readonly onClose: () => void;
}

function PictureDialog({ roomId, onClose }: PictureDialogProps) {
  const { client } = useChat();
  const url = useSnapshot(({ directory }) => listedRoom(directory, roomId)?.pictureUrl);
  return (
    <Modal label={texts.picture.title} onClose={onClose}>
      <ModalHeader title={texts.picture.title} closeName={texts.close} onClose={onClose} />
      <div className={classes['body']}>
        <PictureForm
          texts={texts.picture}
          hasPicture={typeof url === 'string'}
          onSave={async (picture) => {
            await setRoomPicture(client, roomId, picture);
            client.refreshRooms();
          }}
          onRemove={async () => {
            await removeRoomPicture(client, roomId);
            client.refreshRooms();
          }}
        >
          <RoomIcon url={url} side={88} sign="hash" />
        </PictureForm>
      </div>
    </Modal>
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

interface VisibilityDialogProps extends RoomDetailsDialogProps {
  readonly to: 'public' | 'private';
  readonly isChannel: boolean;
}

function VisibilityDialog({ roomId, name, to, isChannel, onClose }: VisibilityDialogProps) {
  const { client } = useChat();
  const { title, text, textOfChannel, act } = texts.visibility[to];
  return (
    <FormDialog
      title={title(name)}
      names={[name]}
      text={isChannel ? textOfChannel : text}
      submit={act}
      isDanger={to === 'public'}
      problemOf={texts.visibilityProblem}
      onSubmit={async () => {
        await withProof(client, () => updateRoom(client, roomId, { visibility: to }));
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
        code === 'VALIDATION_ERROR' ? texts.otherName : messageStrings.notDone(code)
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
