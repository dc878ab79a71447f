import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMITS } from '@parley/protocol';
import {
  authorizeCommand,
  decideChange,
  decideEndOfMembership,
  mayAddReaction,
} from '../../src/model/authorize-command.ts';
import type { RoleHolder } from '../../src/model/room-policy.ts';
import type { Role } from '../../src/model/user.ts';
import { change, message, newRoomId, newUserId } from '../support/records.ts';

const MEMBER: RoleHolder = { role: 'member', roomRole: 'member' };
const MODERATOR: RoleHolder = { role: 'member', roomRole: 'moderator' };
const [roomId, userId, otherId] = [newRoomId(), newUserId(), newUserId()];
const { id: messageId } = message({ roomId, sequence: 1 });
const edit = change({
  kind: 'edit',
  roomId,
  userId,
  messageId,
  content: 'hi',
  mentions: { everyone: false, names: [] },
});
const deletion = change({ kind: 'deletion', roomId, userId, messageId });
const reaction = change({ kind: 'reaction-added', roomId, userId, messageId, emoji: '👍' });
const own = { userId, sequence: 1, isDeleted: false };
const foreign = { ...own, userId: otherId };
const deleted = { ...own, isDeleted: true };

function codeOf(decision: { readonly kind: string; readonly code?: string }): string {
  return decision.code ?? decision.kind;
}

describe('authorizeCommand', () => {
  const room = {
    kind: 'room',
    visibility: 'private',
    isArchived: false,
    ...({ posting: 'members', pinning: 'members' } as const),
  } as const;

  test('hides a private room, and reports a public one as forbidden', () => {
    assert.equal(codeOf(authorizeCommand(edit, room, undefined)), 'NOT_FOUND');
    const open = { ...room, visibility: 'public' } as const;
    assert.equal(codeOf(authorizeCommand(edit, open, undefined)), 'FORBIDDEN');
  });

  test('allows only deletions and losses of access in an archived channel', () => {
    const archived = { ...room, kind: 'channel', isArchived: true } as const;

    assert.deepEqual(authorizeCommand(edit, archived, MEMBER), {
      kind: 'rejected',
      code: 'FORBIDDEN',
      isArchived: true,
    });
    assert.equal(codeOf(authorizeCommand(deletion, archived, MEMBER)), 'allowed');
  });

  test('allows members reactions and deletions in a room of moderators', () => {
    const announcements = { ...room, posting: 'moderators' } as const;
    const codesOf = (actor: RoleHolder) =>
      [edit, reaction, deletion].map((each) =>
        codeOf(authorizeCommand(each, announcements, actor)),
      );

    assert.deepEqual(codesOf(MEMBER), ['FORBIDDEN', 'allowed', 'allowed']);
    assert.deepEqual(codesOf(MODERATOR), ['allowed', 'allowed', 'allowed']);
    assert.deepEqual(codesOf({ ...MEMBER, role: 'admin' }), ['allowed', 'allowed', 'allowed']);
  });

  test('allows pins to moderators only where the room leaves them to those', () => {
    const about = { roomId, userId, messageId };
    const pins = [change({ ...about, kind: 'pin' }), change({ ...about, kind: 'unpin' })];
    const quiet = { ...room, pinning: 'moderators' } as const;
    const codesOf = (actor: RoleHolder, where: typeof room | typeof quiet) =>
      [...pins, edit].map((each) => codeOf(authorizeCommand(each, where, actor)));

    assert.deepEqual(codesOf(MEMBER, room), ['allowed', 'allowed', 'allowed']);
    assert.deepEqual(codesOf(MEMBER, quiet), ['FORBIDDEN', 'FORBIDDEN', 'allowed']);
    assert.deepEqual(codesOf(MODERATOR, quiet), ['allowed', 'allowed', 'allowed']);
    const unknown = { ...room, pinning: 'Members' } as unknown as typeof room;
    assert.deepEqual(codesOf(MEMBER, unknown), ['FORBIDDEN', 'FORBIDDEN', 'allowed']);
  });
});

describe('decideChange', () => {
  test('lets only the author edit, and the author and moderators delete', () => {
    assert.equal(codeOf(decideChange(edit, own, MEMBER, 'room')), 'allowed');
    assert.equal(codeOf(decideChange(edit, foreign, MODERATOR, 'room')), 'FORBIDDEN');
    assert.equal(codeOf(decideChange(deletion, foreign, MEMBER, 'room')), 'FORBIDDEN');
    assert.equal(codeOf(decideChange(deletion, foreign, MODERATOR, 'room')), 'allowed');
  });

  test('accepts a repeated deletion, but no other change of a deleted message', () => {
    assert.equal(codeOf(decideChange(deletion, deleted, MEMBER, 'room')), 'allowed');
    assert.equal(codeOf(decideChange(edit, deleted, MEMBER, 'room')), 'NOT_FOUND');
    assert.equal(codeOf(decideChange(deletion, undefined, MEMBER, 'room')), 'NOT_FOUND');
  });
});

describe('mayAddReaction', () => {
  test('rejects only a new emoji above the maximum', () => {
    const emojis = Array.from({ length: LIMITS.reactionsPerMessageMax }, (_, index) => `${index}`);
    const present = new Map(emojis.map((emoji) => [emoji, 1]));
    const fewer = new Map([...present].slice(1));

    assert.equal(mayAddReaction('new', present, undefined), false);
    assert.equal(mayAddReaction('0', present, undefined), true);
    assert.equal(mayAddReaction('new', fewer, undefined), true);
  });
});

describe('decideEndOfMembership', () => {
  const leave = change({ kind: 'access-lost', roomId, userId, subjectId: userId, reason: 'left' });
  const ban = change({ kind: 'access-lost', roomId, userId, subjectId: otherId, reason: 'banned' });
  const member = { role: 'member', roomRole: 'member' } as const;
  const none = { role: 'member', roomRole: undefined } as const;

  test('lets members leave any room except a direct one', () => {
    assert.equal(codeOf(decideEndOfMembership(leave, member, MEMBER, 'group')), 'allowed');
    assert.equal(codeOf(decideEndOfMembership(leave, member, MEMBER, 'direct')), 'FORBIDDEN');
  });

  test('lets moderators ban users of a lower rank, members or not', () => {
    assert.equal(codeOf(decideEndOfMembership(ban, member, MEMBER, 'room')), 'FORBIDDEN');
    assert.equal(codeOf(decideEndOfMembership(ban, none, MODERATOR, 'room')), 'allowed');
    const moderator = { role: 'member', roomRole: 'moderator' } as const;
    assert.equal(codeOf(decideEndOfMembership(ban, moderator, MODERATOR, 'room')), 'FORBIDDEN');
    assert.equal(codeOf(decideEndOfMembership(ban, undefined, MODERATOR, 'room')), 'NOT_FOUND');
  });

  test('a role on the server is a rank in every room', () => {
    const owner: RoleHolder = { role: 'member', roomRole: 'owner' };
    for (const roomRole of ['member', undefined] as const) {
      const code = (role: Role, actor: RoleHolder) =>
        codeOf(decideEndOfMembership(ban, { role, roomRole }, actor, 'room'));
      for (const role of ['owner', 'admin'] as const) {
        for (const actor of [MODERATOR, owner]) assert.equal(code(role, actor), 'FORBIDDEN');
        assert.equal(code(role, { role: 'admin', roomRole: 'owner' }), 'FORBIDDEN');
      }
      assert.equal(code('moderator', MODERATOR), 'FORBIDDEN');
      assert.equal(code('moderator', owner), 'allowed');
      for (const role of ['member', 'guest'] as const) {
        assert.equal(code(role, MODERATOR), 'allowed');
      }
    }
  });
});
