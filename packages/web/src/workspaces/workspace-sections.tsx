/** The user's workspaces in the first column, each with its channels. */

import type { RoomId, WorkspaceEntry } from '@parley/client';
import { useId, useState } from 'react';
import { useSnapshot } from '../chat-context.ts';
import { Icon } from '../components/icon.tsx';
import { Link } from '../components/link.tsx';
import { usePageVisible } from '../hooks/use-page-visible.ts';
import { Picture } from '../people/avatar.tsx';
import add from '../rooms/add-link.module.css';
import { NewRoomDialog } from '../rooms/new-room-dialog.tsx';
import classes from '../rooms/room-list.module.css';
import { RoomName } from '../rooms/room-name.tsx';
import type { RoomRow } from '../rooms/room-rows.ts';
import { type Route, roomPath } from '../route.ts';
import { workspaceStrings } from '../strings/workspace.ts';
import { useWorkspaceRefresh, useWorkspaces } from './use-workspaces.ts';
import WorkspaceDialog from './workspace-dialog.tsx';
import own from './workspace-sections.module.css';

interface WorkspaceSectionsProps {
  /** Channels of all workspaces. */
  readonly channels: readonly RoomRow[];
  readonly route: Route;
  /** Channels that the section of unread conversations shows. */
  readonly elsewhere: ReadonlySet<RoomId>;
}

export default function WorkspaceSections({ channels, route, elsewhere }: WorkspaceSectionsProps) {
  useWorkspaceRefresh();
  const { workspaces } = useWorkspaces();
  return workspaces.map((workspace) => (
    <WorkspaceSection
      key={workspace.id}
      workspace={workspace}
      channels={channels.filter(({ workspaceId }) => workspaceId === workspace.id)}
      route={route}
      elsewhere={elsewhere}
    />
  ));
}

interface WorkspaceSectionProps extends WorkspaceSectionsProps {
  readonly workspace: WorkspaceEntry;
}

function WorkspaceSection({ workspace, channels, route, elsewhere }: WorkspaceSectionProps) {
  const [open, setOpen] = useState<'workspace' | 'channel'>();
  const titleId = useId();
  const current = route.kind === 'room' ? route.roomId : undefined;
  const watched = usePageVisible() ? current : undefined;
  const isListed = useSnapshot(({ directory }) => directory.status === 'ready');
  const rows = channels.filter(({ id }) => !elsewhere.has(id));
  const texts = workspaceStrings;
  const close = (): void => setOpen(undefined);
  return (
    <section className={classes['group']}>
      <div className={classes['title-line']}>
        <span className={own['picture']}>
          <Picture {...workspace} url={workspace.pictureUrl} size="small" isSquare />
        </span>
        <h2 id={titleId} className={`${classes['title']} ${own['title']}`}>
          <bdi>{workspace.name}</bdi>
        </h2>
        <button
          type="button"
          className={add['add']}
          aria-label={texts.people(workspace.name)}
          title={texts.people(workspace.name)}
          onClick={() => setOpen('workspace')}
        >
          <Icon name="people" />
        </button>
        <button
          type="button"
          className={add['add']}
          aria-label={texts.newChannelIn(workspace.name)}
          title={texts.newChannelIn(workspace.name)}
          onClick={() => setOpen('channel')}
        >
          <Icon name="join" />
        </button>
      </div>
      {isListed && channels.length === 0 && <p className={classes['note']}>{texts.noChannels}</p>}
      {rows.length > 0 && (
        <ul className={classes['list']} aria-labelledby={titleId}>
          {rows.map((row) => (
            <li key={row.id} className={classes['item']}>
              <Link
                to={roomPath(row.id)}
                className={classes['row']}
                aria-current={row.id === current ? 'page' : undefined}
              >
                <RoomName row={row} isWatched={row.id === watched} />
              </Link>
            </li>
          ))}
        </ul>
      )}
      {open === 'workspace' && <WorkspaceDialog workspace={workspace} onClose={close} />}
      {open === 'channel' && <NewRoomDialog workspace={workspace} onClose={close} />}
    </section>
  );
}
