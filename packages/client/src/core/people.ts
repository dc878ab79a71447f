/**
 * The people behind the messages of an application, with the names that clients show. People who are
 * present are known; the server is asked for the others, once each.
 */
import type { ShownUser, UserId, UserPayload } from '@parley/protocol';
import type { CoreClient } from './core-client.ts';
import type { Environment } from './environment.ts';
import type { Message } from './messages/message.ts';
import type { TimelineMessage } from './rooms/timeline.ts';

/** A user as an application shows them. */
export interface Sender {
  readonly id: UserId;
  readonly username: string;
  /** The name to show. */
  readonly name: string;
  /** Id of the user in the application that authenticates them. */
  readonly externalId?: string;
  /** Address of a picture: on the server (a path), or as that application gives it. */
  readonly avatarUrl?: string;
  /** A program writes for this user, such as the assistant. */
  readonly isBot?: true;
}

/** With the user in place of the username. */
export type Named<M> = Omit<M, 'sender'> & { readonly sender: Sender };

/** A message of a room's timeline. */
export type RoomMessage = Named<TimelineMessage>;

type WithSender = Pick<TimelineMessage, 'userId' | 'sender'>;

/** Ids in one request. */
const REQUEST_USERS_MAX = 50;
const SENDERS_MAX = 5_000;
/** After a failed request. */
const RETRY_MS = 10_000;

export class People {
  readonly #client: CoreClient;
  readonly #environment: Pick<Environment, 'nowMs'>;
  readonly #senders = new Map<UserId, Sender>();
  readonly #named = new WeakMap<object, { readonly sender: Sender }>();
  /** When each person may be asked for again. */
  readonly #askableAtMs = new Map<UserId, number>();
  #wanted: UserId[] = [];

  constructor(client: CoreClient, environment: Pick<Environment, 'nowMs'>) {
    this.#client = client;
    this.#environment = environment;
  }

  /**
   * Users whose names have words that begin with the text, and the user with this id in the
   * application that authenticates them; at most 20.
   *
   * @throws {ChatError} `RATE_LIMITED`, `UNAVAILABLE`.
   */
  search(text: string): Promise<readonly UserPayload[]> {
    return this.#client.people.find(text);
  }

  /** The user with the name as far as it is known, and the same object until that changes. */
  get(userId: string, username: string): Sender {
    const id = userId as UserId;
    const shown = this.#shownOf(id);
    const { displayName: name = username, externalId, avatarUrl, isBot } = shown ?? {};
    const known = this.#senders.get(id);
    if (
      known?.name === name &&
      known.username === username &&
      known.externalId === externalId &&
      known.avatarUrl === avatarUrl &&
      known.isBot === isBot
    ) {
      return known;
    }
    const sender = {
      ...{ id, username, name },
      ...(externalId !== undefined && { externalId }),
      ...(avatarUrl !== undefined && { avatarUrl }),
      ...(isBot && { isBot }),
    };
    if (this.#senders.size >= SENDERS_MAX) this.#senders.clear();
    this.#senders.set(id, sender);
    return sender;
  }

  /** The same object for the same message until its sender changes. */
  name<M extends WithSender>(message: M): Named<M> {
    const sender = this.get(message.userId, message.sender);
    const known = this.#named.get(message);
    // Made here from the same message.
    if (known?.sender === sender) return known as Named<M>;
    const named = { ...message, sender };
    this.#named.set(message, named);
    return named;
  }

  readonly nameMessage = (message: Message): Named<Message> => this.name(message);

  #shownOf(id: UserId): ShownUser | undefined {
    const { presence, people, user } = this.#client.getSnapshot();
    const known = presence.get(id) ?? people.get(id) ?? (user?.id === id ? user : undefined);
    if (known === undefined) this.#want(id);
    return known;
  }

  /** Names are read while a page is rendered: the request is sent after that. */
  #want(id: UserId): void {
    const nowMs = this.#environment.nowMs();
    const isAsked = (this.#askableAtMs.get(id) ?? nowMs) > nowMs;
    if (isAsked || this.#client.getSnapshot().connection.kind !== 'open') return;
    if (this.#askableAtMs.size >= SENDERS_MAX) this.#askableAtMs.clear();
    this.#askableAtMs.set(id, Number.POSITIVE_INFINITY);
    this.#wanted.push(id);
    if (this.#wanted.length === 1) queueMicrotask(() => void this.#ask());
  }

  async #ask(): Promise<void> {
    const wanted = this.#wanted;
    this.#wanted = [];
    for (let from = 0; from < wanted.length; from += REQUEST_USERS_MAX) {
      const ids = wanted.slice(from, from + REQUEST_USERS_MAX);
      try {
        this.#client.learnPeople(await this.#client.people.list(ids));
      } catch {
        // The username is shown until then.
        const askableAtMs = this.#environment.nowMs() + RETRY_MS;
        for (const id of ids) this.#askableAtMs.set(id, askableAtMs);
      }
    }
  }
}
