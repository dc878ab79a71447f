/** Loads history in pages: the newest when a room is first shown, older ones on request. */
import { ChatError, CORE_LIMITS, type RoomId } from '@parley/protocol';
import type { Http } from '../connection/http.ts';
import type { PendingRequests } from '../connection/pending-requests.ts';
import { RequestRetryTimer } from '../connection/request-retry-timer.ts';
import type { Environment } from '../environment.ts';
import { beginPageLoad, endPageLoad } from '../messages/changes-during-page-load.ts';
import type { Message } from '../messages/message.ts';
import { MESSAGES_PER_ROOM_MAX } from '../messages/message-window.ts';
import {
  type AnyFlatDialect,
  type Page,
  type PageRequest,
  requestKey,
  type SendFrame,
} from './flat-dialect.ts';
import { applyPage } from './flat-room-log.ts';
import type { FlatRoom } from './flat-room-state.ts';
import type { FlatRooms } from './flat-rooms.ts';

export interface HistoryLoaderDependencies {
  readonly dialect: AnyFlatDialect;
  readonly rooms: FlatRooms;
  readonly requests: PendingRequests;
  readonly send: SendFrame;
  readonly http: Http;
  readonly onPage: (roomId: RoomId, messages: readonly Message[]) => void;
}

export class HistoryLoader {
  readonly #dependencies: HistoryLoaderDependencies;
  readonly #retry: RequestRetryTimer;
  /** Rooms whose newest page failed temporarily. */
  readonly #failed = new Set<RoomId>();
  readonly #inFlight = new Map<RoomId, Promise<void>>();

  constructor(
    environment: Pick<Environment, 'setTimer' | 'random'>,
    dependencies: HistoryLoaderDependencies,
  ) {
    this.#dependencies = dependencies;
    this.#retry = new RequestRetryTimer(environment, () => {
      const failed = [...this.#failed];
      this.#failed.clear();
      for (const roomId of failed) this.refresh(roomId);
    });
  }

  /** Loads the newest page if it is not loaded; a temporary failure is tried again. */
  loadNewest(roomId: RoomId): void {
    if (this.#dependencies.rooms.get(roomId)?.log.hasPage === false) this.refresh(roomId);
  }

  /**
   * Reloads the newest page, also for read receipts of the time without a connection,
   * which no catch-up contains.
   */
  refresh(roomId: RoomId): void {
    const room = this.#dependencies.rooms.get(roomId);
    if (room === undefined) return;
    // A request that is in flight may be older than what the caller has joined.
    const earlier = this.#inFlight.get(roomId);
    const load = (): Promise<void> => this.#load(room, undefined);
    (earlier?.then(load, load) ?? load()).then(
      () => {
        this.#failed.delete(roomId);
        if (this.#failed.size === 0) this.#retry.reset();
        // The page was requested before the room was joined.
        if (this.#dependencies.rooms.get(roomId)?.log.hasPage === false) this.loadNewest(roomId);
      },
      (thrown: unknown) => {
        const error = ChatError.from(thrown);
        this.#dependencies.rooms.change(roomId, () => ({ error }));
        if (!error.isRetryable) return;
        this.#failed.add(roomId);
        if (!this.#retry.isWaiting) this.#retry.schedule(error);
      },
    );
  }

  /**
   * Fetches the page before the oldest message, or the newest page if there are no
   * messages. Does nothing at the start of the history.
   *
   * @throws {ChatError} The server's error; `UNAVAILABLE` if the server cannot be
   * reached.
   */
  async fetchOlder(roomId: RoomId): Promise<void> {
    const { rooms } = this.#dependencies;
    // A page that is in flight but not shown as loading only refreshes the newest messages.
    while (rooms.get(roomId)?.isLoading === false && this.#inFlight.has(roomId)) {
      await this.#inFlight.get(roomId)?.catch(() => {});
    }
    const room = rooms.get(roomId);
    if (room === undefined) throw new ChatError('NOT_IN_ROOM');
    const { hasPage, hasOlder, messages } = room.log;
    const isFull = messages.length + CORE_LIMITS.historyPageDefault > MESSAGES_PER_ROOM_MAX;
    if (hasPage && (!hasOlder || isFull)) return;
    await this.#load(room, hasPage ? messages[0]?.sequence : undefined);
  }

  stop(): void {
    this.#retry.reset();
    this.#failed.clear();
  }

  /** One request per room: a second caller waits for the first. */
  #load({ id }: FlatRoom, before: number | undefined): Promise<void> {
    const earlier = this.#inFlight.get(id);
    if (earlier !== undefined) return earlier;
    const loading = this.#fetch(id, before).finally(() => this.#inFlight.delete(id));
    this.#inFlight.set(id, loading);
    return loading;
  }

  async #fetch(roomId: RoomId, before: number | undefined): Promise<void> {
    const { rooms, onPage } = this.#dependencies;
    const limit = CORE_LIMITS.historyPageDefault;
    rooms.change(roomId, ({ log }) => ({
      // A page that only refreshes messages needs no waiting.
      isLoading: before !== undefined || !log.hasPage,
      log: beginPageLoad(log),
    }));
    try {
      const page = await this.#ask({ roomId, limit, ...(before === undefined ? {} : { before }) });
      rooms.change(roomId, (room) => ({
        isLoading: false,
        error: room.isClosed ? room.error : undefined,
        log: applyPage(room.log, page, before),
      }));
      onPage(roomId, page.messages);
    } catch (error) {
      rooms.change(roomId, (room) => ({ isLoading: false, log: endPageLoad(room.log) }));
      throw error;
    }
  }

  #ask(request: PageRequest): Promise<Page> {
    const { dialect, http, requests, send } = this.#dependencies;
    const { page } = dialect;
    if (page.way === 'http') return page.fetch(http, request);
    return new Promise((resolve, reject) => {
      const key = requestKey('page', request.roomId);
      requests.ask(
        key,
        () => send(page.frame(request)),
        (settled) => {
          // The answer was decoded by this dialect.
          if (settled.kind === 'answered') resolve(settled.payload as Page);
          else reject(settled.kind === 'refused' ? settled.error : new ChatError('UNAVAILABLE'));
        },
      );
    });
  }
}
