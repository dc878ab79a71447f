/** Surfaces above the page: palette, keys and settings. Their code is loaded on the first use. */
import { type ReactNode, Suspense, useState } from 'react';
import type { Chat } from '../chat-context.ts';
import { LoadBoundary } from '../components/load-boundary.tsx';
import { Modal } from '../components/modal.tsx';
import { TypedAhead } from '../components/typed-ahead.tsx';
import { navigate } from '../hooks/use-route.ts';
import type { PaletteCommand } from '../palette/palette-items.ts';
import {
  CommandPalette,
  LogOutDialog,
  NewGroupDialog,
  NewWorkspaceDialog,
  SettingsDialog,
  ShortcutSheet,
} from '../parts.ts';
import { ACTIVITY_PATH, BROWSE_PATH, DRAFTS_PATH } from '../route.ts';
import { strings } from '../strings/strings.ts';

type Overlay =
  | 'palette'
  | 'message'
  | 'help'
  | 'settings'
  | 'create_group'
  | 'create_workspace'
  | 'log_out';

interface Overlays {
  readonly open: (overlay: Overlay) => void;
  readonly element: ReactNode;
}

export function useOverlays(
  chat: Chat,
  onLogOut: (end?: () => Promise<void>) => Promise<void>,
): Overlays {
  const [overlay, setOverlay] = useState<Overlay>();
  const { client } = chat;
  const close = (): void => setOverlay(undefined);
  const run = (command: PaletteCommand): void => {
    switch (command) {
      case 'settings':
      case 'help':
      case 'create_group':
      case 'create_workspace':
      case 'log_out':
        setOverlay(command);
        break;
      case 'mark_all_read':
        // If it fails, what is unread stays in the list.
        client.markAllRead().catch(() => {});
        break;
      case 'activity':
        navigate(ACTIVITY_PATH);
        break;
      case 'drafts':
        navigate(DRAFTS_PATH);
        break;
      case 'create_room':
        navigate(BROWSE_PATH);
        break;
    }
  };
  const isHigh = overlay === 'palette' || overlay === 'message';
  const hasBox = isHigh || overlay?.startsWith('create');
  const dialog = (content?: ReactNode): ReactNode => (
    <Modal
      label={strings.account.checking}
      isHigh={isHigh}
      isWide={overlay === 'settings'}
      onClose={close}
    >
      {content}
    </Modal>
  );
  const parts = (
    // Keys pressed meanwhile must not reach the message box.
    <Suspense fallback={dialog(hasBox && <TypedAhead label={strings.palette.open} />)}>
      {isHigh && (
        <CommandPalette isForPeople={overlay === 'message'} onClose={close} onCommand={run} />
      )}
      {overlay === 'help' && <ShortcutSheet onClose={close} />}
      {overlay === 'create_group' && <NewGroupDialog onClose={close} />}
      {overlay === 'create_workspace' && <NewWorkspaceDialog onClose={close} />}
      {overlay === 'settings' && (
        <SettingsDialog onClose={close} onLogOut={() => setOverlay('log_out')} onLeave={onLogOut} />
      )}
      {overlay === 'log_out' && <LogOutDialog onClose={close} onLogOut={() => onLogOut()} />}
    </Suspense>
  );
  const element = (
    <LoadBoundary key={overlay} frame={(note) => overlay !== undefined && dialog(note)}>
      {parts}
    </LoadBoundary>
  );
  return { open: setOverlay, element };
}
