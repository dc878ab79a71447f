/** State of the room box: its text, the rooms found, the marked choice, and navigation. */
import { ChatError, type RoomId } from '@parley/client';
import { useMemo, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { navigate } from '../hooks/use-route.ts';
import { roomPath } from '../route.ts';
import { browseStrings } from '../strings/browse.ts';
import { strings } from '../strings/strings.ts';
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
  const [isBusy, setIsBusy] = useState(false);
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

  const write = (next: string): void => {
    setName(next);
    setChosenKey(undefined);
    setProblem(undefined);
  };

  const go = (path: string): void => {
    write('');
    navigate(path);
  };

  const takeName = async (): Promise<void> => {
    if (isBusy) return;
    const wanted = name.trim().replace(/^#/, '');
    setProblem(wanted === '' ? NAME_MISSING : undefined);
    if (wanted === '') return;
    setIsBusy(true);
    const { pathname } = window.location;
    try {
      const known = findByName(found.rows, wanted);
      const roomId: RoomId = known?.isOpen === true ? known.id : await client.joinRoom(wanted);
      // Not if the user has gone elsewhere meanwhile.
      if (window.location.pathname === pathname) go(roomPath(roomId));
    } catch (error) {
      setProblem(problemOf(error));
    }
    setIsBusy(false);
  };

  const takeMarked = (): void => {
    const choice = marked === undefined ? undefined : choices[marked];
    if (choice?.kind === 'room') go(roomPath(choice.row.id));
    else void takeName();
  };

  return {
    name,
    found,
    choices,
    marked,
    problem,
    isBusy,
    write,
    step: (step) => setChosenKey(choices[stepIndex(choices.length, marked, step)]?.key),
    setAtBox: (next) => {
      setIsAtBox(next);
      setChosenKey(undefined);
    },
    takeMarked,
    takeName: () => void takeName(),
  };
}

function problemOf(thrown: unknown): string {
  if (!(thrown instanceof ChatError)) return strings.error('INTERNAL_ERROR');
  if (thrown.code === 'VALIDATION_ERROR') return browseStrings.refused;
  return thrown.code === 'CONFLICT' ? browseStrings.conflict : strings.error(thrown.code);
}
