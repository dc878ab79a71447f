/** Loads history in pages: the newest when a room is first shown, older ones on request. */
import { ChatError, CORE_LIMITS, type RoomId } from '@parley/protocol';
import type { Http } from '../connection/http.ts';
import { RequestRetryTimer } from '../connection/request-retry-timer.ts';
import type { Environment } from '../environment.ts';
import { beginPageLoad, endPageLoad } from '../messages/changes-during-page-load.ts';
import type { Message } from '../messages/message.ts';
import { canLoadOlder } from '../rooms/rooms.ts';
import type { FlatLink, Page } from './dialect.ts';
import { applyPage, type FlatRooms } from './flat-rooms.ts';

interface HistoryOptions {
  readonly link: FlatLink;
  readonly http: Http;
  readonly rooms: FlatRooms;
  readonly onPage: (roomId: RoomId, messages: readonly Message[]) => void;
}

export class History {
  readonly #options: HistoryOptions;
  readonly #retry: RequestRetryTimer;
  /** Rooms whose newest page failed temporarily. */
  readonly #failed = new Set<RoomId>();
  readonly #inFlight = new Map<RoomId, Promise<void>>();

  constructor(environment: Pick<Environment, 'setTimer' | 'random'>, options: HistoryOptions) {
    this.#options = options;
    this.#retry = new RequestRetryTimer(environment, () => {
      const failed = [...this.#failed];
      this.#failed.clear();
      for (const roomId of failed) this.refresh(roomId);
    });
  }

  /** Loads the newest page if it is not loaded; a temporary failure is tried again. */
  loadNewest(roomId: RoomId): void {
    if (this.#options.rooms.get(roomId)?.log.hasPage === false) this.refresh(roomId);
  }

  /**
   * Reloads the newest page, also for read receipts of the time without a connection,
   * which no catch-up contains.
   */
  refresh(roomId: RoomId): void {
    const { rooms } = this.#options;
    if (rooms.get(roomId) === undefined) return;
    // A request that is in flight may be older than what the caller has joined.
    const load = (): Promise<void> => this.#load(roomId, undefined);
    (this.#inFlight.get(roomId)?.then(load, load) ?? load()).then(
      () => {
        this.#failed.delete(roomId);
        if (this.#failed.size === 0) this.#retry.reset();
        // The page was requested before the room was joined.
        this.loadNewest(roomId);
      },
      (thrown: unknown) => {
        const error = ChatError.from(thrown);
        rooms.change(roomId, () => ({ error }));
        if (!error.isRetryable) return;
        this.#failed.add(roomId);
        if (!this.#retry.isWaiting) this.#retry.schedule(error);
      },
    );
  }

  /**
   * Loads the page before the oldest message, or the newest page if there are no messages. Does
   * nothing at the start of the history.
   *
   * @throws {ChatError} The server's error; `UNAVAILABLE` if the server cannot be reached.
   */
  async loadOlder(roomId: RoomId): Promise<void> {
    const { rooms } = this.#options;
    // A page that is in flight but not shown as loading only refreshes the newest messages.
    while (rooms.get(roomId)?.isLoading === false && this.#inFlight.has(roomId)) {
      await this.#inFlight.get(roomId)?.catch(() => {});
    }
    const room = rooms.get(roomId);
    if (room === undefined) throw new ChatError('NOT_IN_ROOM');
    const { hasPage, messages } = room.log;
    if (hasPage && !canLoadOlder(room)) return;
    await this.#load(roomId, hasPage ? messages[0]?.sequence : undefined);
  }

  stop(): void {
    this.#retry.reset();
    this.#failed.clear();
  }

  /** One request per room: a second caller waits for the first. */
  #load(roomId: RoomId, before: number | undefined): Promise<void> {
    const loading =
      this.#inFlight.get(roomId) ??
      this.#insert(roomId, before).finally(() => this.#inFlight.delete(roomId));
    this.#inFlight.set(roomId, loading);
    return loading;
  }

  async #insert(roomId: RoomId, before: number | undefined): Promise<void> {
    const { rooms, onPage } = this.#options;
    rooms.change(roomId, ({ log }) => ({
      // A page that only refreshes messages needs no waiting.
      isLoading: before !== undefined || !log.hasPage,
      log: beginPageLoad(log),
    }));
    try {
      const page = await this.#fetch(roomId, before);
      rooms.change(roomId, ({ kind, error, log }) => ({
        isLoading: false,
        error: kind === 'closed' ? error : undefined,
        log: applyPage(log, page, before),
      }));
      onPage(roomId, page.messages);
    } catch (error) {
      rooms.change(roomId, ({ log }) => ({ isLoading: false, log: endPageLoad(log) }));
      throw error;
    }
  }

  /** @param before A sequence; undefined for the newest page. */
  async #fetch(roomId: RoomId, before: number | undefined): Promise<Page> {
    const limit = CORE_LIMITS.historyPageDefault;
    const { http, link } = this.#options;
    const { fetchPage: type, toMessage } = link.dialect;
    if (type === undefined) {
      const bound = before === undefined ? '' : `&before=${before}`;
      const path = `/api/channels/${encodeURIComponent(roomId)}/messages?limit=${limit}${bound}`;
      // The route answers in the form of this dialect.
      const page = (await http.call('GET', path)) as Omit<Page, 'messages'> & { messages: never[] };
      return { messages: page.messages.map(toMessage), hasMore: page.hasMore };
    }
    return new Promise((resolve, reject) => {
      link.requests.ask(
        `page ${roomId}`,
        () => link.send(type, roomId, { limit, before }),
        (settled) => {
          // The answer was decoded by this dialect.
          if (settled.kind === 'answered') resolve(settled.payload as Page);
          else reject(settled.kind === 'refused' ? settled.error : new ChatError('UNAVAILABLE'));
        },
      );
    });
  }
}
