/** Those who belong to a room, as the server lists them page by page. */
import { listMembers, type RoomId, type UserId } from '@parley/client';
import { useEffect, useRef, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { type ListedMember, withPage } from './member-rows.ts';

/** So that a word that is typed asks the server once. */
const SEARCH_DELAY_MS = 150;

interface MemberList {
  /** The room and the text for which it was loaded. */
  readonly place: string;
  readonly status: 'loading' | 'ready' | 'failed';
  readonly members: readonly ListedMember[];
  /** Continues the list. */
  readonly next: UserId | undefined;
  /** The text fits more members than the server lists. */
  readonly isCut: boolean;
}

/** @param version When it changes, the beginning of the list is loaded again. */
export function useRoomMembers(roomId: RoomId, text: string, version: string) {
  const { client } = useChat();
  const place = `${roomId} ${text}`;
  const empty = { place, status: 'loading', members: [], next: undefined, isCut: false } as const;
  const [loaded, setLoaded] = useState<MemberList>(empty);
  const list: MemberList = loaded.place === place ? loaded : empty;
  const current = useRef(place);
  current.current = place;

  const load = async (known: MemberList, after?: UserId): Promise<void> => {
    setLoaded({ ...known, status: 'loading' });
    try {
      // Read before the request: what arrives while it is answered is newer than the answer may be.
      const { presence } = client.getSnapshot();
      const page = await listMembers(client, roomId, { q: text, after });
      const members = page.members.map((member) => ({
        ...member,
        known: presence.get(member.userId),
      }));
      if (current.current !== place) return;
      setLoaded(({ members: before, next }) => {
        const last = after === undefined ? undefined : before.at(-1)?.username;
        // The beginning alone: further pages stay.
        const isAgain =
          after === undefined && page.next !== undefined && before.length > members.length;
        return {
          ...{ place, status: 'ready', isCut: page.hasMore && page.next === undefined },
          members: withPage(before, { members, ...(page.next && { next: page.next }) }, last),
          next: isAgain ? next : page.next,
        };
      });
    } catch {
      if (current.current === place) setLoaded((before) => ({ ...before, status: 'failed' }));
    }
  };
  const latest = useRef({ load, list });
  latest.current = { load, list };

  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of the version or the place loads the list.
  useEffect(() => {
    const begin = () => void latest.current.load(latest.current.list);
    const timer = setTimeout(begin, text === '' ? 0 : SEARCH_DELAY_MS);
    return () => clearTimeout(timer);
  }, [place, version]);

  const { status, next } = list;
  return {
    ...list,
    /** Loads the next page, if there is one. */
    more: () => {
      if (status === 'ready' && next !== undefined) void load(list, next);
    },
    retry: () => void load(list, next),
  };
}
