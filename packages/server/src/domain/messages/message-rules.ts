/**
 * The rules that a text must pass before it is stored, in every dialect: from whom the recipient accepts
 * messages, blocked words, the limits of new
 * accounts, those against floods, who mentions groups, the limit of `@everyone` and of large groups, and the slow
 * mode of the room.
 */
import { ChatError, findMentions, type RoomId } from '@parley/protocol';
import { SERVER } from '../../model/audit.ts';
import type { FloodNote } from '../../model/bus-message.ts';
import { recipientOf } from '../../model/direct-room-identity.ts';
import type { CommandOf } from '../../model/log-command.ts';
import { permits, type Right } from '../../model/role-table.ts';
import type { Room } from '../../model/room.ts';
import type { FoundRoom } from '../../model/room-member.ts';
import { permissionsOf } from '../../model/room-permissions.ts';
import type { User } from '../../model/user.ts';
import { USER_GROUP_MEMBERS_FEW, USER_GROUP_MEMBERS_MAX } from '../../model/user-group.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import { announceMute } from '../core/mute-announcer.ts';
import { isNewAccount } from '../core/new-account.ts';
import type { OtherNodes } from '../core/other-nodes.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import { muted } from '../errors.ts';
import { requireAcceptedBy } from '../invitations/accepted-writers.ts';
import type { DomainSettings } from '../settings.ts';
import type { UserGroups } from '../user-groups/user-groups.ts';
import {
  type Finding,
  FLOOD_RULES,
  FLOOD_STEPS,
  FloodRules,
  NEW_ACCOUNT_RATE,
} from './flood-rules.ts';
import type { SlowMode } from './slow-mode.ts';
import { WordList } from './word-list.ts';

interface MessageRulesDependencies {
  readonly settings: Pick<
    DomainSettings,
    | 'messageRateMax'
    | 'floodRules'
    | 'newAccountMs'
    | 'registration'
    | 'blockedWords'
    | 'blockedWordsAction'
    | 'largeRoomPeople'
  >;
  readonly clock: Pick<Clock, 'monotonicMs' | 'nowMs'>;
  readonly store: Pick<Store, 'accounts' | 'invitations' | 'rooms'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'connectionsOf' | 'noteMute' | 'send'>;
  readonly nodes: Pick<OtherNodes, 'isShared' | 'send'>;
  readonly userLimits: Pick<UserRateLimits, 'everyone'>;
  readonly slowMode: Pick<SlowMode, 'admit'>;
  readonly userGroups: Pick<UserGroups, 'isEmpty' | 'named'>;
}

type Written = Pick<CommandOf<'message'>, 'content' | 'clientMessageId'>;

/** The formatter decides: the text is parsed only if it may mention everyone or a group. */
const EVERYONE = /@(?:everyone|room|here)/i;
/** More than the formatter shows as mentions, in a fraction of its time. */
const MENTIONS = /(?<![\w.])@[\w-]/g;
const LEAVE_OUT = 'leave out @everyone, @here and large groups';
const LINK = /https?:\/\/|www\./i;

export class MessageRules {
  readonly #dependencies: MessageRulesDependencies;
  /** Undefined if messages are not limited. */
  readonly #flood: FloodRules | undefined = undefined;
  /** Undefined if no word is rejected. */
  readonly #rejectedWords: WordList | undefined;

  constructor(dependencies: MessageRulesDependencies) {
    this.#dependencies = dependencies;
    const { messageRateMax, floodRules, blockedWords, blockedWordsAction } = dependencies.settings;
    const isRejecting = blockedWords.length > 0 && blockedWordsAction === 'reject';
    this.#rejectedWords = isRejecting ? new WordList(blockedWords) : undefined;
    if (messageRateMax === 0 || !floodRules) return;
    const { nodes } = dependencies;
    const tell = (note: FloodNote): void => nodes.send({ kind: 'flood', ...note });
    this.#flood = new FloodRules(nodes.isShared ? tell : undefined);
  }

  /** Counts what another node has seen of an author. */
  hearFlood(note: FloodNote): void {
    this.#flood?.hear(note, this.#dependencies.clock.monotonicMs());
  }

  /** @throws {ChatError} VALIDATION_ERROR for a text with a word that the operator blocks. */
  #requireAllowedWords(content: string): void {
    const word = this.#rejectedWords?.find(content);
    if (word === undefined) return;
    const message = `This server does not accept messages with “${word}”`;
    throw new ChatError('VALIDATION_ERROR', { field: 'content', message });
  }

  /**
   * Applies the rules to an edit, which must not bring what a message cannot. Returns a promise only for a
   * mention of many people, and for a link of a new account above the number.
   *
   * @throws {ChatError} VALIDATION_ERROR, FORBIDDEN, RATE_LIMITED.
   */
  admitEdit(user: User, roomId: RoomId, content: string): void | Promise<void> {
    this.#requireAllowedWords(content);
    if (!this.#mentionsMany(user, content)) return this.#admitLink(user, roomId, content);
    return this.#admitManyByEdit(user, roomId, content);
  }

  async #admitManyByEdit(user: User, roomId: RoomId, content: string): Promise<void> {
    if (this.#limitsNewAccount(user)) await this.#refuseNewAccount(user, roomId);
    await this.#admitToMany(user, roomId, content);
    await this.#admitLink(user, roomId, content);
  }

  #limitsNewAccount(user: User): boolean {
    const isFree = user.isBot === true || permits('announce', user);
    return this.#flood !== undefined && !isFree && isNewAccount(this.#dependencies, user);
  }

  /** @throws {ChatError} FORBIDDEN for a mention of many in a room that the user does not moderate. */
  #refuseNewAccount(user: User, roomId: RoomId): Promise<void> {
    return this.#requireModerator(user, roomId, (room) => {
      if (!isShared(room)) return;
      const message = `New accounts cannot mention everyone on their first day: ${LEAVE_OUT}`;
      throw new ChatError('FORBIDDEN', { message });
    });
  }

  #admitLink(user: User, roomId: RoomId, content: string): void | Promise<void> {
    if (this.#flood === undefined || !LINK.test(content) || !this.#limitsNewAccount(user)) return;
    const waitMs = this.#flood.countLink(user.id, this.#dependencies.clock.monotonicMs());
    if (waitMs === 0) return;
    return this.#requireModerator(user, roomId, () => {
      throw rejection(waitMs, `You send ${FLOOD_RULES.links.what} too often`);
    });
  }

  /**
   * Applies the rules to a message. Returns a promise only if it breaks one, mentions many people, or the
   * room is in slow mode.
   *
   * @param room Undefined if there is none: the log rejects the message.
   *
   * @throws {ChatError} RATE_LIMITED; FORBIDDEN; VALIDATION_ERROR.
   */
  admit(user: User, room: Room | undefined, written: Written): void | Promise<void> {
    this.#requireAllowedWords(written.content);
    if (room === undefined) return;
    const recipientId = recipientOf(room, user.id);
    const admit = () => this.#admitToRoom(user, room, written);
    if (recipientId === undefined) return admit();
    return requireAcceptedBy(this.#dependencies, user, recipientId).then(admit);
  }

  #admitToRoom(user: User, room: Room, written: Written): void | Promise<void> {
    const mentionsEveryone = this.#mentionsMany(user, written.content);
    const checking = this.#checkFlood(user, room, { ...written, mentionsEveryone });
    const admit = () => this.#admitCounted(user, room, written, mentionsEveryone);
    return checking === undefined ? admit() : checking.then(admit);
  }

  #admitCounted(
    user: User,
    room: Room,
    { content, clientMessageId }: Written,
    mentionsEveryone: boolean,
  ): void | Promise<void> {
    const takeTurn = () => this.#dependencies.slowMode.admit(user, room, clientMessageId);
    if (!mentionsEveryone) return takeTurn();
    return this.#admitToMany(user, room.id, content).then(takeTurn);
  }

  /**
   * Those who moderate a room mention everyone if it is large, or leaves that to them; then large groups, too.
   *
   * @throws {ChatError} FORBIDDEN, RATE_LIMITED.
   */
  async #admitToMany(user: User, roomId: RoomId, content: string): Promise<void> {
    const { settings, store, userLimits } = this.#dependencies;
    const reject = (why: string): never => {
      throw new ChatError('FORBIDDEN', { field: 'content', message: why });
    };
    const requireFew = async (room: Room): Promise<void> => {
      if (permissionsOf(room).mentioningAll !== 'members') {
        reject(`In this room, moderators mention everyone: ${LEAVE_OUT}`);
      }
      const { everyone, here } = findMentions(content);
      if (!everyone && here !== true) return;
      const members = (await store.rooms.countMembers([roomId])).get(roomId) ?? 0;
      if (members <= settings.largeRoomPeople) return;
      reject(
        `In rooms with more than ${settings.largeRoomPeople} members, moderators mention everyone: leave out @everyone and @here`,
      );
    };
    await this.#requireModerator(user, roomId, requireFew, 'mention-everyone');
    const waitMs = await userLimits.everyone.tryTake(user.id);
    if (waitMs <= 0) return;
    throw rejection(waitMs, 'You mention everyone too often', `, or ${LEAVE_OUT}`);
  }

  /**
   * Whether the text mentions everyone, or groups with many members.
   *
   * @throws {ChatError} FORBIDDEN for a guest who mentions a group; VALIDATION_ERROR for too many members.
   */
  #mentionsMany(user: User, content: string): boolean {
    const { userGroups } = this.#dependencies;
    const mayNameGroups = !userGroups.isEmpty && content.includes('@');
    if (!mayNameGroups && !EVERYONE.test(content)) return false;
    const { everyone, here = false, names } = findMentions(content);
    const groups = userGroups.named(names);
    const [first] = groups;
    if (first === undefined) return everyone || here;
    if (!permits('mention-user-groups', user)) {
      const message = `Guests cannot mention groups: leave out @${first.handle}`;
      throw new ChatError('FORBIDDEN', { field: 'content', message });
    }
    const people = groups.reduce((sum, { memberCount }) => sum + memberCount, 0);
    if (people > USER_GROUP_MEMBERS_MAX) {
      const message = `The groups in a message have at most ${USER_GROUP_MEMBERS_MAX} members together`;
      throw new ChatError('VALIDATION_ERROR', { field: 'content', message });
    }
    return everyone || here || people > USER_GROUP_MEMBERS_FEW;
  }

  #checkFlood(
    user: User,
    room: Room,
    message: Written & { readonly mentionsEveryone: boolean },
  ): void | Promise<void> {
    if (this.#flood === undefined || user.isBot === true || permits('announce', user)) return;
    const { content, mentionsEveryone } = message;
    const isOfNewAccount = isNewAccount(this.#dependencies, user);
    if (isOfNewAccount && mentionsEveryone && isShared(room)) {
      return this.#refuseNewAccount(user, room.id);
    }
    const nowMs = this.#dependencies.clock.monotonicMs();
    const finding = this.#flood.find(
      user.id,
      {
        ...message,
        mentions: content.includes('@') ? (content.match(MENTIONS)?.length ?? 0) : 0,
        hasLink: isOfNewAccount && LINK.test(content),
        isOfNewAccount,
      },
      nowMs,
    );
    if (finding === undefined) return;
    return this.#requireModerator(user, room.id, () => this.#reject(user, room, message, finding));
  }

  /**
   * Calls `reject` unless the user has the right of moderators, or the log will reject the message.
   *
   * @param right A row of the table of roles.
   */
  async #requireModerator(
    user: User,
    id: RoomId,
    reject: (room: Room) => void | Promise<void>,
    right: Right = 'announce',
  ): Promise<void> {
    const reference = { kind: 'id', id } as const;
    const found: FoundRoom | undefined = await this.#dependencies.store.rooms.findRoom(
      reference,
      user.id,
    );
    const { role: roomRole, mute } = found ?? {};
    // A user who is no member, or muted, learns nothing else.
    if (found === undefined || roomRole === undefined || mute !== undefined) return;
    if (!permits(right, { role: user.role, roomRole }, found.room.kind)) await reject(found.room);
  }

  /** @throws {ChatError} */
  async #reject(
    user: User,
    { id: roomId }: Room,
    { clientMessageId }: Written,
    finding: Finding,
  ): Promise<void> {
    const { clock, store } = this.#dependencies;
    const [, slow] = FLOOD_STEPS;
    const slowly = `one message in ${slow.waitMs / 1000} s`;
    if (finding.kind === 'wait') {
      const { because, waitMs } = finding;
      if (because === 'new') {
        const { max } = NEW_ACCOUNT_RATE;
        throw rejection(
          waitMs,
          `New accounts send at most ${max} messages in an hour on their first day`,
        );
      }
      const how = finding.isSlow ? `You are slowed down to ${slowly}, because of` : 'You send';
      throw rejection(
        waitMs,
        `${how} ${FLOOD_RULES[because].what}${finding.isSlow ? '' : ' too often'}`,
      );
    }
    const { rule } = finding;
    const { what } = FLOOD_RULES[rule];
    const step = this.#flood?.strike(user.id, rule, clientMessageId, clock.monotonicMs());
    if (step === undefined) return;
    const nowMs = clock.nowMs();
    if (step.step === 'mute') {
      const mute = { untilMs: nowMs + step.forMs, reason: `Flood rule: ${what} too often` };
      const by = { actor: SERVER, address: '', atMs: nowMs } as const;
      const done = await store.rooms.setMute(roomId, user.id, mute, by, 'only-prolongs');
      // Another mute that is in force and ends later says the same to the user.
      if (done === 'done') announceMute(this.#dependencies, user.id, { roomId, mute });
      throw muted(mute);
    }
    const next =
      step.step === 'warn'
        ? '. If you go on, you are slowed down, then muted'
        : `. Until ${new Date(nowMs + step.forMs).toISOString()} you can send ${slowly}; if you go on, you are muted`;
    throw rejection(step.waitMs, `You send ${what} too often`, next);
  }
}

/** A group and a conversation of two have no strangers. */
function isShared({ kind }: Room): boolean {
  return kind === 'room' || kind === 'channel';
}

function rejection(waitMs: number, why: string, next = ''): ChatError {
  const retryAfterSeconds = Math.ceil(waitMs / 1000);
  const message = `${why}: wait ${retryAfterSeconds} s${next}`;
  return new ChatError('RATE_LIMITED', { retryAfterSeconds, message });
}
