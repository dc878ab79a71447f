/**
 * The messages of an open room without an appearance. Only rows near the screen are rendered;
 * the line that is read stays in place when rows before or after it change.
 */
import type { MessageId, RoomId, UserPayload } from '@parley/protocol';
import {
  type CSSProperties,
  createElement,
  type FocusEvent,
  type KeyboardEvent,
  type ReactNode,
  type Ref,
  type RefObject,
  useCallback,
  useImperativeHandle,
  useMemo,
  useRef,
} from 'react';
import type { OpenRoom } from '../../core/rooms/room-state.ts';
import { canLoadOlder } from '../../core/rooms/rooms.ts';
import type { ClientSnapshot } from '../../core/snapshot.ts';
import { type MessageListClient, useClientState, useListClient } from './list-client.ts';
import { type ListViewport, listViewport } from './list-viewport.ts';
import type { TimelineRow } from './timeline-rows.ts';
import { useFollowLatest } from './use-follow-latest.ts';
import { useHeldWindow } from './use-held-window.ts';
import { useListRows } from './use-list-rows.ts';
import { type ListSource, useListSource } from './use-list-source.ts';
import { useLoadPages } from './use-load-pages.ts';
import { useMarkRead } from './use-mark-read.ts';
import { useNewCount, useUnreadAbove } from './use-new-messages.ts';
import { useRowFocus } from './use-row-focus.ts';
import { useScrollToRow } from './use-scroll-to-row.ts';
import { type ListPosition, useShowPosition } from './use-show-position.ts';
import { useUnreadDivider } from './use-unread-divider.ts';
import { type ListVirtualizer, useVirtualizer } from './use-virtualizer.ts';

export interface MessageListHandle {
  /**
   * Goes to a position; loads its messages if necessary.
   *
   * @throws {ChatError} `NOT_FOUND`, `VALIDATION_ERROR`, `UNAVAILABLE`.
   */
  readonly show: (position: ListPosition) => Promise<void>;
}

export interface MessageListProps {
  /** A room that is open, such as by `useRoom`. */
  readonly roomId: string;
  /** Where the list opens, and where it goes when this changes. Default: `latest`. */
  readonly position?: ListPosition | undefined;
  /** The content of a row. An element in it with `data-key={row.key}` takes the focus. */
  readonly renderRow: (row: TimelineRow) => ReactNode;
  /** Renders the surroundings of the rows: at least the scrolling element. */
  readonly children: (list: MessageListState) => ReactNode;
  /** Shown until the room is open. */
  readonly fallback?: ReactNode;
  readonly handle?: Ref<MessageListHandle> | undefined;
  /** Height of a row until it is measured: the better the guess, the less is rendered twice. */
  readonly estimateHeight?: (row: TimelineRow) => number;
  /** Space above the first row. */
  readonly startSpacePx?: number;
  readonly endSpacePx?: number;
  /** Replies are left to their threads; new ones of others are one row per thread. Default: false. */
  readonly foldsReplies?: boolean;
  /** Shows the thread of a reply that has no row. */
  readonly onFoldedReply?: (parentId: MessageId) => void;
  /** The message of a position is not in the room, or not any more. */
  readonly onMissing?: () => void;
  /** Escape was pressed in the list. */
  readonly onLeave?: () => void;
  /** Default: the client of `ParleyProvider`. */
  readonly client?: MessageListClient;
  /** Default: the user of the client, who is known after the first connection. */
  readonly user?: UserPayload;
}

/** Before the first row: the start of the room, a page, or messages beyond the memory bound. */
export type OlderMessages = 'start' | 'loading' | 'failed' | 'bounded';

export interface MessageListState {
  /** For the element that scrolls. Give it a height and an `aria-label`. */
  readonly scrollProps: {
    readonly ref: RefObject<HTMLDivElement | null>;
    readonly role: 'log';
    readonly 'aria-live': 'off';
    readonly tabIndex: 0;
    readonly style: CSSProperties;
    readonly onScroll: () => void;
    readonly onKeyDown: (event: KeyboardEvent) => void;
    readonly onFocus: (event: FocusEvent) => void;
    readonly onBlur: (event: FocusEvent) => void;
  };
  /** Inside the scrolling element. */
  readonly rows: ReactNode;
  /** The room has no messages. */
  readonly isEmpty: boolean;
  /** Undefined while the first messages that are held are not shown. */
  readonly older: OlderMessages | undefined;
  readonly retryOlder: () => void;
  /** The list shows new messages as they arrive. */
  readonly isFollowing: boolean;
  /** Number of messages of others since the list left the end of the room. */
  readonly newCount: number;
  /** The first unread message is above the screen. */
  readonly isUnreadAbove: boolean;
  readonly show: MessageListHandle['show'];
  /** Changes with the rows. */
  readonly viewport: ListViewport;
}

const ROW_PX = 48;
const OVERSCAN_ROWS = 8;
/** A row contains its margins, so that its measured height is complete. */
const ROW_STYLE: CSSProperties = Object.freeze({
  display: 'flow-root',
  position: 'absolute',
  top: 0,
  left: 0,
  width: '100%',
});
/** The list keeps the scroll position itself. */
const SCROLL_STYLE: CSSProperties = Object.freeze({ overflowY: 'auto', overflowAnchor: 'none' });

/** A list of a client without a provider: the rows have usernames. */
export function TimelineList(props: MessageListProps): ReactNode {
  const client = useListClient(props.client);
  const roomId = props.roomId as RoomId;
  const select = useCallback(
    ({ rooms, user }: ClientSnapshot) => ({ room: rooms.get(roomId), user }),
    [roomId],
  );
  const { room, user } = useClientState(client, select);
  const self = props.user ?? user;
  if (room?.kind !== 'open' || self === undefined) return props.fallback;
  return createElement(OpenMessageList, { ...props, key: roomId, client, room, user: self });
}

interface OpenMessageListProps extends MessageListProps {
  readonly client: MessageListClient;
  readonly room: OpenRoom;
  readonly user: UserPayload;
}

function OpenMessageList(props: OpenMessageListProps): ReactNode {
  const { client, room, user, position, foldsReplies = false, onLeave } = props;
  const { startSpacePx = 0, endSpacePx = 0, estimateHeight = () => ROW_PX } = props;
  const source = useListSource(client, room);
  const view = useHeldWindow(source.room, source.hasNewer);
  const divider = useUnreadDivider(room, user);
  const rows = useListRows({ client, room: source.room, user, view, divider, foldsReplies });
  const scroll = useRef<HTMLDivElement>(null);
  const focus = useRowFocus(rows, scroll, onLeave);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    getItemKey: (index) => rows[index]?.key ?? index,
    estimateSize: (index) => (rows[index] === undefined ? ROW_PX : estimateHeight(rows[index])),
    rangeExtractor: focus.rangeWithFocus,
    overscan: OVERSCAN_ROWS,
    paddingStart: startSpacePx,
    paddingEnd: endSpacePx,
    anchorTo: 'end',
  });
  // Computes the visible range, which the hooks below read.
  const content = renderRows(virtualizer, rows, props.renderRow);
  const follow = useFollowLatest({ virtualizer, rows, source, view });
  const scrollToRow = useScrollToRow(virtualizer, rows);
  const { isShowing, show } = useShowPosition({
    ...{ client, scrollToRow, rows, source, view, position, divider, scroll, follow },
    onFoldedReply: props.onFoldedReply,
    onMissing: props.onMissing,
  });
  // Before it has scrolled to its end for the first time, the range is that of its start.
  const isBehind = follow.isFollowing && (virtualizer.range?.endIndex ?? -1) < rows.length - 1;
  const isHeld = isShowing || isBehind;
  useMarkRead({ client, roomId: room.id, virtualizer, rows, isHeld });
  useLoadPages({ client, virtualizer, source, view, isHeld });
  const unread = useUnreadAbove({ divider, rows, virtualizer, isHeld });
  const newCount = useNewCount(room, user, follow.isFollowing);
  const viewport = useMemo(() => listViewport(virtualizer, rows), [virtualizer, rows]);
  useImperativeHandle(props.handle, () => ({ show }), [show]);
  return props.children({
    scrollProps: {
      ref: scroll,
      role: 'log',
      'aria-live': 'off',
      tabIndex: 0,
      style: SCROLL_STYLE,
      onScroll: follow.onScroll,
      onKeyDown: (event) => focus.onKeyDown(event, virtualizer, scrollToRow),
      onFocus: focus.onFocus,
      onBlur: focus.onBlur,
    },
    rows: content,
    isEmpty: rows.length === 0 && !room.log.hasOlder,
    older: rows.length > 0 && view.isAtStart ? olderOf(source) : undefined,
    retryOlder: source.loadOlder,
    isFollowing: follow.isFollowing,
    newCount,
    isUnreadAbove: unread.isAbove,
    show: (next) => {
      if (next === 'unread') unread.dismiss();
      return show(next);
    },
    viewport,
  });
}

function renderRows(
  virtualizer: ListVirtualizer,
  rows: readonly TimelineRow[],
  renderRow: MessageListProps['renderRow'],
): ReactNode {
  const items = virtualizer.getVirtualItems();
  const style: CSSProperties = { position: 'relative', height: virtualizer.getTotalSize() };
  return createElement(
    'div',
    { style },
    items.map(({ key, index, start }) => {
      const row = rows[index];
      const wrapper = {
        key: String(key),
        ref: virtualizer.measureElement,
        'data-index': index,
        style: { ...ROW_STYLE, transform: `translateY(${start}px)` },
      };
      return createElement('div', wrapper, row && renderRow(row));
    }),
  );
}

function olderOf({ room }: ListSource): OlderMessages {
  if (!room.log.hasOlder) return 'start';
  if (!canLoadOlder(room)) return 'bounded';
  return room.olderPages === 'failed' ? 'failed' : 'loading';
}
