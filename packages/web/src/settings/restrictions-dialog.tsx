/** The users who are banned from a room or muted in it; a button lifts each ban or mute. */
import {
  type ChatClient,
  ModerationApi,
  type RestrictedUser,
  type RoomId,
  type UserId,
} from '@parley/client';
import { useMemo } from 'react';
import { Button } from '../components/button.tsx';
import { Modal } from '../components/modal.tsx';
import { ModalHeader } from '../components/modal-header.tsx';
import { absoluteTime } from '../format-time.ts';
import { restrictionStrings as texts } from '../strings/restrictions.ts';
import classes from './settings-dialog.module.css';
import { type EntrySource, useRemovableEntries } from './use-removable-entries.ts';

interface RestrictionsDialogProps {
  readonly roomId: RoomId;
  readonly onClose: () => void;
}

type Entry = RestrictedUser & { readonly id: UserId };

export function RestrictionsDialog({ roomId, onClose }: RestrictionsDialogProps) {
  return (
    <Modal label={texts.open} onClose={onClose}>
      <ModalHeader title={texts.open} closeName={texts.close} onClose={onClose} />
      <div className={classes['body']}>
        <RestrictionList roomId={roomId} kind="mute" title={texts.muted} />
        <RestrictionList roomId={roomId} kind="ban" title={texts.banned} />
      </div>
    </Modal>
  );
}

interface RestrictionListProps {
  readonly roomId: RoomId;
  readonly kind: 'ban' | 'mute';
  readonly title: string;
}

function RestrictionList({ roomId, kind, title }: RestrictionListProps) {
  const source = useMemo(() => sourceOf(roomId, kind), [roomId, kind]);
  const { entries, problem, remove } = useRemovableEntries(source);
  return (
    <section className={classes['section']} aria-label={title}>
      <h2>{title}</h2>
      <p role="status" className={classes['problem']}>
        {problem}
      </p>
      {entries?.length === 0 && <p className={classes['note']}>{texts.none}</p>}
      <ul className={classes['list']} aria-label={title}>
        {entries?.map(({ id, displayName, until, reason }) => (
          <li key={id} className={classes['row']}>
            <span className={classes['name']}>
              <bdi>{displayName}</bdi>
              <br />
              <span className={classes['note']} dir="auto">
                {texts.until(until && absoluteTime(Date.parse(until)), reason)}
              </span>
            </span>
            <Button
              kind="quiet"
              aria-label={texts.lift(displayName)}
              onClick={({ currentTarget }) => void remove(id, currentTarget)}
            >
              {texts.lifted}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function sourceOf(roomId: RoomId, kind: 'ban' | 'mute'): EntrySource<Entry> {
  return {
    list: (client) => listAll(client, roomId, kind),
    remove: (client, userId) => {
      const api = new ModerationApi(client);
      return kind === 'ban' ? api.liftBan(roomId, userId) : api.liftMute(roomId, userId);
    },
    notRemoved: texts.notDone,
  };
}

/** Maximum number of pages of 100 that are shown. */
const PAGES_MAX = 10;

async function listAll(client: ChatClient, roomId: RoomId, kind: 'ban' | 'mute'): Promise<Entry[]> {
  const api = new ModerationApi(client);
  const all: RestrictedUser[] = [];
  let after: string | undefined;
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const page =
      kind === 'ban' ? await api.listBans(roomId, after) : await api.listMutes(roomId, after);
    all.push(...('bans' in page ? page.bans : page.mutes));
    after = page.next;
    if (after === undefined) break;
  }
  return all.map((each) => ({ ...each, id: each.userId }));
}
