/** Surfaces above the page: palette, keys and settings. Their code is loaded on the first use. */
import { lazy, type ReactNode, Suspense, useState } from 'react';
import type { Chat } from '../hooks/chat-context.ts';
import { navigate } from '../hooks/use-route.ts';
import type { PaletteCommand } from '../palette/palette-items.ts';
import { BROWSE_PATH } from '../route.ts';

const CommandPalette = lazy(() => import('../palette/command-palette.tsx'));
const ShortcutSheet = lazy(() => import('../palette/shortcut-sheet.tsx'));
const SettingsDialog = lazy(() => import('../settings/settings-dialog.tsx'));

export type Overlay = 'palette' | 'help' | 'settings';

export interface Overlays {
  readonly open: (overlay: Overlay) => void;
  readonly element: ReactNode;
}

export function useOverlays({ client }: Chat, onLogOut: () => Promise<void>): Overlays {
  const [overlay, setOverlay] = useState<Overlay>();
  const close = (): void => setOverlay(undefined);
  const run = (command: PaletteCommand): void => {
    switch (command) {
      case 'settings':
      case 'help':
        setOverlay(command);
        break;
      case 'mark_all_read':
        // If it fails, what is unread stays in the list.
        client.markAllRead().catch(() => {});
        break;
      case 'create_room':
        navigate(BROWSE_PATH);
        break;
      case 'log_out':
        // If it fails, the page still shows the user as logged in.
        onLogOut().catch(() => {});
        break;
    }
  };
  const element = (
    <Suspense>
      {overlay === 'palette' && <CommandPalette onClose={close} onCommand={run} />}
      {overlay === 'help' && <ShortcutSheet onClose={close} />}
      {overlay === 'settings' && <SettingsDialog onClose={close} onLogOut={onLogOut} />}
    </Suspense>
  );
  return { open: setOverlay, element };
}
