/**
 * Previews of the links of messages. They follow from the messages and are no part of them: those who
 * have the room open receive them when they are there, others read them with a page of messages.
 */
import {
  ChatError,
  type MessageId,
  previewedLinks,
  type RoomId,
  type UserId,
} from '@parley/protocol';
import type { CachedPreview, ShownPreview } from '../../model/link-preview.ts';
import type { Message } from '../../model/message.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import type { StoredFile } from '../../model/stored-file.ts';
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Store } from '../../ports/store.ts';
import { findReadable } from '../core/read-permission.ts';
import type { ConnectionStream } from '../delivery/chat-connection.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { History, HistoryRequest } from '../messages/history.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { ConcurrencyLimiter } from '../primitives/concurrency-limiter.ts';
import { type Link, linkOf, type PreviewFetches } from './preview-fetches.ts';

interface LinkPreviewsDependencies {
  readonly store: Pick<Store, 'linkPreviews' | 'files' | 'log' | 'rooms'>;
  readonly history: Pick<History, 'readMessages'>;
  readonly streams: Pick<RoomStreamRegistry, 'get' | 'send'>;
  /** Undefined on a server without previews. */
  readonly fetches: Pick<PreviewFetches, 'fetch' | 'isRunning'> | undefined;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly secrets: Pick<Crypto, 'digest'>;
  readonly background: BackgroundTasks;
}

interface MessageLinks {
  readonly messageId: MessageId;
  readonly links: readonly Link[];
}

interface PreviewedMessage {
  readonly messageId: MessageId;
  readonly previews: readonly ShownPreview[];
}

interface PreviewPage {
  readonly enabled: boolean;
  readonly messages: readonly PreviewedMessage[];
  readonly lastSequence: number | undefined;
}

/** Longer addresses have no preview. */
const URL_LENGTH_MAX = 2000;
/** Messages of a page whose links are fetched because they are read. */
const FETCHED_PER_PAGE = 5;
/**
 * Messages of a page whose texts are searched between two reads of the store, of one user at a time: the
 * beginning of a text full of links takes a millisecond or more.
 */
const MESSAGES_AT_ONCE = 2;
/** Pages that wait for their turn. */
const SEARCHING_MAX = 20_000;

export class LinkPreviews {
  readonly #dependencies: LinkPreviewsDependencies;
  readonly #searching = new ConcurrencyLimiter({ atOnceMax: 1, waitingMax: SEARCHING_MAX });

  constructor(dependencies: LinkPreviewsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Fetches the links of a new or changed message. */
  noteStored(event: RoomEvent): void {
    const { roomId, actorId } = event;
    if (event.kind === 'message') {
      const { id: messageId, content } = event.message;
      this.#fetchLater(actorId, roomId, { messageId, links: this.#linksOf(content) });
    } else if (event.kind === 'edit') {
      const { messageId, content } = event;
      this.#fetchLater(actorId, roomId, { messageId, links: this.#linksOf(content) });
    }
  }

  /**
   * The previews of a page of messages. Links that are not known are fetched, and their previews sent to
   * those who have the room open.
   *
   * @throws {ChatError} as `History.readMessages`.
   */
  async list(user: Pick<User, 'id'>, request: HistoryRequest): Promise<PreviewPage> {
    const { messages } = await this.#dependencies.history.readMessages(user, request);
    const lastSequence = messages.at(-1)?.sequence;
    if (this.#dependencies.fetches === undefined) {
      return { enabled: false, messages: [], lastSequence };
    }
    const { linked, known } = await this.#findLinked(user.id, messages);
    const missing = linked.filter(({ links }) =>
      links.some(({ urlDigest }) => !known.has(urlDigest)),
    );
    for (const each of missing.slice(-FETCHED_PER_PAGE)) {
      this.#fetchLater(user.id, request.roomId, each);
    }
    const previewed = linked
      .map(({ messageId, links }) => ({ messageId, previews: toShown(links, known) }))
      .filter(({ previews }) => previews.length > 0);
    return { enabled: true, messages: previewed, lastSequence };
  }

  /**
   * The picture of a link of a message, for those who may read the message now.
   *
   * @throws {ChatError} NOT_FOUND, UNAVAILABLE.
   */
  async findPicture(
    user: Pick<User, 'id'>,
    place: { readonly roomId: RoomId; readonly messageId: MessageId; readonly pictureId: string },
  ): Promise<StoredFile> {
    const { store } = this.#dependencies;
    const { roomId, messageId, pictureId } = place;
    await findReadable(this.#dependencies, user.id, roomId).catch(hide);
    const { previews } = await this.#read(roomId, messageId);
    const isShown = previews.some(({ picture }) => picture?.fileId === pictureId);
    const [file] = isShown ? await store.files.findFiles([pictureId]) : [];
    if (file === undefined) throw new ChatError('NOT_FOUND');
    return file;
  }

  /** Some texts at a time: the process serves other users while the store looks for their links. */
  async #findLinked(
    userId: UserId,
    messages: readonly Message[],
  ): Promise<{
    readonly linked: readonly MessageLinks[];
    readonly known: ReadonlyMap<string, CachedPreview>;
  }> {
    const linked: MessageLinks[] = [];
    const known = new Map<string, CachedPreview>();
    for (let first = 0; first < messages.length; first += MESSAGES_AT_ONCE) {
      const some = messages
        .slice(first, first + MESSAGES_AT_ONCE)
        .filter(({ content }) => content.includes('://'));
      if (some.length === 0) continue;
      await this.#searching.run(userId, async () => {
        const found = some.map(({ id, content }) => ({
          messageId: id,
          links: this.#linksOf(content),
        }));
        linked.push(...found.filter(({ links }) => links.length > 0));
        // Also without links, because the texts took their time.
        for (const [digest, preview] of await this.#find(found.flatMap(({ links }) => links))) {
          known.set(digest, preview);
        }
      });
    }
    return { linked, known };
  }

  #fetchLater(userId: UserId, roomId: RoomId, message: MessageLinks): void {
    if (message.links.length === 0) return;
    this.#dependencies.background.run(this.#fetch(userId, roomId, message));
  }

  async #fetch(userId: UserId, roomId: RoomId, { messageId, links }: MessageLinks): Promise<void> {
    const { fetches, streams } = this.#dependencies;
    if (fetches === undefined) return;
    const known = await this.#find(links);
    const fetched = await Promise.all(
      links
        .filter((link) => fetches.isRunning(link) || isAwaited(known.get(link.urlDigest)))
        .map((link) => fetches.fetch(userId, link)),
    );
    // As the message is now: it may have been changed or deleted meanwhile.
    const { message, previews } = await this.#read(roomId, messageId);
    const isDropped = fetched.includes(false) && previews.length === 0;
    if (isDropped || message === undefined) return;
    const stream = streams.get(roomId);
    if (stream !== undefined) showPreviews(stream, { messageId, previews });
    streams.send(roomId, { kind: 'link-preview', messageId, previews });
  }

  async #read(
    roomId: RoomId,
    messageId: MessageId,
  ): Promise<{ readonly message?: Message; readonly previews: readonly ShownPreview[] }> {
    const message = await this.#dependencies.store.log.readMessage(roomId, messageId);
    if (message === undefined || message.isDeleted) return { previews: [] };
    const links = this.#linksOf(message.content);
    return { message, previews: toShown(links, await this.#find(links)) };
  }

  async #find(links: readonly Link[]): Promise<ReadonlyMap<string, CachedPreview>> {
    const { store, clock } = this.#dependencies;
    const digests = [...new Set(links.map(({ urlDigest }) => urlDigest))];
    const found = await store.linkPreviews.findPreviews(digests, clock.nowMs());
    return new Map(found.map((each) => [each.urlDigest, each]));
  }

  #linksOf(content: string): readonly Link[] {
    return previewedLinks(content)
      .filter((url) => url.length <= URL_LENGTH_MAX && URL.canParse(url))
      .map((url) => linkOf(url, this.#dependencies.secrets));
  }
}

/** Sends previews to the connections of this node. */
export function showPreviews(stream: ConnectionStream, previewed: PreviewedMessage): void {
  const { id: roomId } = stream.room;
  broadcast({ kind: 'link-preview', roomId, ...previewed }, stream.connections());
}

/** Whether the address is to be fetched, or another process fetches it. */
function isAwaited(known: CachedPreview | undefined): boolean {
  return known === undefined || known.isAwaited;
}

function toShown(
  links: readonly Link[],
  known: ReadonlyMap<string, CachedPreview>,
): readonly ShownPreview[] {
  return links.flatMap(({ url, urlDigest }) => {
    const preview = known.get(urlDigest)?.preview;
    return preview === undefined ? [] : [{ url, ...preview }];
  });
}

/** A room that is closed to the user is answered as a picture that does not exist. */
function hide(error: unknown): never {
  if (error instanceof ChatError && error.code === 'FORBIDDEN') throw new ChatError('NOT_FOUND');
  throw error;
}
