/** The commands of users in the rooms of a test, drawn from a seed. */
import type { Random } from '../../packages/server/test/support/seeded-random.ts';
import type { Command } from './native/native-command.ts';
import type { NativePeer } from './native/native-peer.ts';

/** Shares of the commands other than messages. */
const EDITS = 0.1;
const DELETIONS = 0.04;
const REACTIONS = 0.1;
const PINS = 0.03;
/** One message in this many has an attachment. */
const CARRYING = 5;
const EMOJIS = ['👍', '🎉', '❤️'];

export class Traffic {
  readonly #random: Random;
  #last = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** One command of this user, based on the messages that the user has. */
  next(peer: NativePeer): Command {
    this.#last += 1;
    const roomId = this.#pick([...peer.rooms.keys()]) ?? '';
    const clientMessageId = `${peer.userId}-${this.#last}`;
    const messages = peer.rooms.get(roomId)?.messages.filter(({ deleted }) => !deleted) ?? [];
    const own = messages.filter(({ userId }) => userId === peer.userId);
    const draw = this.#random();
    const ownTarget = this.#pick(own)?.id;
    const target = this.#pick(messages)?.id;
    const base = { roomId, clientMessageId };
    if (ownTarget !== undefined && draw < EDITS) {
      return { ...base, kind: 'edit', targetId: ownTarget, content: `edited ${clientMessageId}` };
    }
    if (ownTarget !== undefined && draw < EDITS + DELETIONS) {
      return { ...base, kind: 'delete', targetId: ownTarget };
    }
    if (target !== undefined && draw < EDITS + DELETIONS + REACTIONS) {
      const kind = this.#random() < 0.7 ? 'add_reaction' : 'remove_reaction';
      return { ...base, kind, targetId: target, emoji: this.#pick(EMOJIS) ?? '👍' };
    }
    if (target !== undefined && draw < EDITS + DELETIONS + REACTIONS + PINS) {
      return { ...base, kind: this.#random() < 0.6 ? 'pin' : 'unpin', targetId: target };
    }
    const message = { ...base, kind: 'message', content: `text ${clientMessageId}` } as const;
    if (this.#last % CARRYING !== 0) return message;
    return { ...message, attachments: [`/of/${clientMessageId}`, { size: this.#last }] };
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.#random() * list.length)];
  }
}
