/** The details column for what messages of a room have: the pinned ones, or files. Loaded on the first use. */
import type { RoomId } from '@parley/client';
import { FilesPane } from './files-pane.tsx';
import { PinsPane } from './pins-pane.tsx';

interface RoomPaneProps {
  readonly panel: 'pins' | 'files';
  readonly className: string | undefined;
  readonly roomId: RoomId;
}

export default function RoomPane({ panel, ...place }: RoomPaneProps) {
  // Each room has its own search.
  return panel === 'pins' ? <PinsPane {...place} /> : <FilesPane key={place.roomId} {...place} />;
}
