/** State of the room box: its text, the rooms found, the marked choice, and navigation. */
import type { ErrorCode } from '@parley/client';
import { useEffect, useMemo, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { navigate } from '../hooks/use-route.ts';
import { roomPath } from '../route.ts';
import { browseStrings } from '../strings/browse.ts';
import { strings } from '../strings/strings.ts';
import { joinWhenConnected } from './join-when-connected.ts';
import { findByName, type RoomRow, type RoomRows } from './room-rows.ts';
import { markedIndex, type RoomChoice, roomChoices, stepIndex } from './room-suggestions.ts';
import { useNameFilter } from './use-name-filter.ts';
import { useRoomRows } from './use-room-rows.ts';

/** Outside of the first load. */
const NAME_MISSING = 'Enter a room name.';

export interface RoomFinder {
  readonly name: string;
  readonly found: RoomRows;
  readonly choices: readonly RoomChoice[];
  /**
   * Index of the choice that Enter selects. While it is defined, the list is the listbox
   * of the room box.
   */
  readonly marked: number | undefined;
  readonly problem: string | undefined;
  readonly isBusy: boolean;
  readonly write: (name: string) => void;
  /** Marks the next or previous choice. */
  readonly step: (step: 1 | -1) => void;
  /** The room box got or lost the focus. */
  readonly setAtBox: (isAtBox: boolean) => void;
  /** Opens the marked choice. */
  readonly takeMarked: () => void;
  /** Opens the room with exactly this name, and creates it if needed. */
  readonly takeName: () => void;
}

export function useRoomFinder(): RoomFinder {
  const { client } = useChat();
  const [name, setName] = useState('');
  const [chosenKey, setChosenKey] = useState<string>();
  const [isAtBox, setIsAtBox] = useState(false);
  const [problem, setProblem] = useState<string>();
  /** The room that opens as soon as the server lets the user in, unless the user goes on. */
  const [wanted, setWanted] = useState<{ readonly name: string }>();
  const all = useRoomRows(useNameFilter(name));
  // Names of channels are unique in their workspace only, and stand below it.
  const found = useMemo(
    () => ({ ...all, rows: all.rows.filter(({ workspaceId }) => workspaceId === undefined) }),
    [all],
  );
  const choices = useMemo(() => {
    // Without a text the rooms to join come first.
    const isJoined = ({ isJoined }: RoomRow): boolean => isJoined;
    const rows =
      name.trim() === ''
        ? [...found.rows.filter((row) => !isJoined(row)), ...found.rows.filter(isJoined)]
        : found.rows;
    return roomChoices(rows, name);
  }, [found, name]);
  const marked = isAtBox ? markedIndex(choices, name, chosenKey) : undefined;
  useEffect(
    () =>
      wanted &&
      joinWhenConnected(
        client,
        { ...wanted, create: true },
        {
          onJoined: (roomId) => navigate(roomPath(roomId)),
          onFailed: (code) => setProblem(problemOf(code)),
        },
      ),
    [client, wanted],
  );

  const write = (next: string): void => {
    setName(next);
    setChosenKey(undefined);
    setProblem(undefined);
    setWanted(undefined);
  };

  const go = (path: string): void => {
    write('');
    navigate(path);
  };

  const takeName = (): void => {
    const wantedName = name.trim().replace(/^#/, '');
    setProblem(wantedName === '' ? NAME_MISSING : undefined);
    if (wantedName === '') return;
    const known = findByName(found.rows, wantedName);
    if (known?.isOpen === true) go(roomPath(known.id));
    else setWanted({ name: wantedName });
  };

  const takeMarked = (): void => {
    const choice = marked === undefined ? undefined : choices[marked];
    if (choice?.kind === 'room') go(roomPath(choice.row.id));
    else takeName();
  };

  return {
    name,
    found,
    choices,
    marked,
    problem,
    isBusy: wanted !== undefined && problem === undefined,
    write,
    step: (step) => setChosenKey(choices[stepIndex(choices.length, marked, step)]?.key),
    setAtBox: (next) => {
      setIsAtBox(next);
      setChosenKey(undefined);
    },
    takeMarked,
    takeName,
  };
}

function problemOf(code: ErrorCode): string {
  if (code === 'UNAVAILABLE') return browseStrings.unreachable;
  if (code === 'VALIDATION_ERROR') return browseStrings.refused;
  return code === 'CONFLICT' ? browseStrings.conflict : strings.error(code);
}
