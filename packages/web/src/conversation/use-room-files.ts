/** The files of a room, page by page; the beginning is loaded again when a message brings one. */
import { loadRoomFiles, type RoomFile, type RoomId } from '@parley/client';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { serverFile } from '../files/server-file.ts';

/** So that a word that is typed asks the server once. */
const SEARCH_DELAY_MS = 200;
/** A page may have few files of many messages: then the next ones are loaded by themselves. */
const ENOUGH = 20;
const PAGES_MAX = 5;

export interface FileChoice {
  readonly kind: 'picture' | 'media' | 'document' | undefined;
  readonly text: string;
}

interface FileList {
  /** The room and the choice for which it was loaded. */
  readonly place: string;
  readonly status: 'loading' | 'ready' | 'failed';
  readonly files: readonly RoomFile[];
  /** Continues the list. */
  readonly cursor: string | undefined;
}

interface RoomFilesView extends Pick<FileList, 'status' | 'files'> {
  readonly hasMore: boolean;
  readonly loadMore: () => void;
  readonly retry: () => void;
}

const CLOSED = { status: 'failed', files: [], hasMore: false } as const;

export function useRoomFiles(roomId: RoomId, { kind, text }: FileChoice): RoomFilesView {
  const { client } = useChat();
  const isLive = useSnapshot(({ rooms }) => {
    const room = rooms.get(roomId);
    return room?.kind === 'open' && room.isLive;
  });
  const isClosed = useSnapshot(({ rooms }) => rooms.get(roomId)?.kind === 'closed');
  const latest = useSnapshot(({ rooms }) => {
    const room = rooms.get(roomId);
    if (room?.kind !== 'open') return undefined;
    return room.log.messages.findLast(({ attachments }) => attachments.some(serverFile))?.sequence;
  });
  const deleted = useSnapshot(({ rooms }) => {
    const room = rooms.get(roomId);
    if (room?.kind !== 'open') return '';
    return room.log.messages.flatMap((each) => (each.isDeleted ? [each.sequence] : [])).join();
  });
  const q = text.trim();
  const place = `${roomId} ${kind} ${q}`;
  const empty: FileList = { place, status: 'loading', files: [], cursor: undefined };
  const [loaded, setLoaded] = useState(empty);
  const list = loaded.place === place ? loaded : empty;
  const current = useRef(place);
  current.current = place;

  /** Of this place alone; requests of another message or press may have brought files meanwhile. */
  const update = (change: (before: FileList) => FileList): void =>
    setLoaded((before) => (before.place === place ? change(before) : before));
  const load = async (known: FileList): Promise<void> => {
    setLoaded({ ...known, status: 'loading' });
    let { cursor } = known;
    let count = 0;
    try {
      for (let pages = 1; ; pages += 1) {
        const page = await loadRoomFiles(client, roomId, { kind, q, cursor });
        if (current.current !== place) return;
        cursor = page.cursor;
        count += page.files.length;
        const isDone = cursor === undefined || count >= ENOUGH || pages === PAGES_MAX;
        update(({ files }) => ({
          place,
          status: isDone ? 'ready' : 'loading',
          files: together(files, page.files),
          cursor,
        }));
        if (isDone) return;
      }
    } catch {
      update((before) => ({ ...before, status: 'failed' }));
    }
  };
  const refresh = async (known: FileList): Promise<void> => {
    if (known.files.length === 0) return load(empty);
    try {
      const page = await loadRoomFiles(client, roomId, { kind, q });
      const held = new Set(known.files.map(fileKey));
      const isGap =
        page.cursor !== undefined && !page.files.some((file) => held.has(fileKey(file)));
      update((before) => ({
        ...before,
        ...(isGap ? page : { files: together(before.files, page.files) }),
      }));
    } catch {
      // The files that are shown stay; the next connection or file tries it again.
    }
  };
  const now = useRef({ refresh, list });
  now.current = { refresh, list };

  // biome-ignore lint/correctness/useExhaustiveDependencies: another place or file loads the list
  useEffect(() => {
    if (!isLive) return;
    const begin = () => void now.current.refresh(now.current.list);
    const timer = setTimeout(begin, q === '' ? 0 : SEARCH_DELAY_MS);
    return () => clearTimeout(timer);
  }, [place, isLive, latest]);

  const files = useMemo(() => {
    const gone = new Set(deleted.split(','));
    return list.files.filter(({ sequence }) => !gone.has(String(sequence)));
  }, [list.files, deleted]);
  const { status, cursor } = list;
  return {
    // The user may not read the room any more, or has left it.
    ...(isClosed ? CLOSED : { status, files, hasMore: status === 'ready' && cursor !== undefined }),
    loadMore: () => void load(list),
    retry: () => void load(list),
  };
}

/** Files of both lists, once each, those of the latest message first. */
function together(shown: readonly RoomFile[], loaded: readonly RoomFile[]): readonly RoomFile[] {
  const byKey = new Map([...shown, ...loaded].map((file) => [fileKey(file), file]));
  return [...byKey.values()].sort((one, other) => other.sequence - one.sequence);
}

/** A message may have several files. */
export function fileKey({ sequence, file }: RoomFile): string {
  return `${sequence} ${serverFile(file)?.fileId}`;
}
