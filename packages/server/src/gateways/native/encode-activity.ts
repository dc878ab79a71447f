/** Encodes what concerned a user as the entries of one list. */
import type { ActivityEntry, ServerFrames } from '@parley/protocol';
import type { ActivityList, MessageEntry } from '../../domain/activity/activity.ts';
import type { ListedInvitation } from '../../model/invitation.ts';
import { toTimestamp, toUserPayload } from '../common/payloads.ts';

/** UTF-16 units of the text of a message; a preview shows no more. */
const CONTENT_LENGTH_MAX = 300;

/** Latest first. */
export function toActivityPage(list: ActivityList): ServerFrames['activity'] {
  const { messages, invitations, hasMoreInvitations, next } = list;
  const entries = [...messages.map(toMessageEntry), ...invitations.map(toInvitationEntry)];
  // Messages of one time keep their order.
  entries.sort((a, b) => Number(a.timestamp < b.timestamp) - Number(a.timestamp > b.timestamp));
  return {
    entries,
    ...(hasMoreInvitations ? { moreInvitations: true } : {}),
    ...(next === undefined ? {} : { next }),
  };
}

function toMessageEntry(entry: MessageEntry): ActivityEntry {
  const { kind, event, message, emoji, roomName, actor, isUnread } = entry;
  return {
    kind,
    roomId: event.roomId,
    roomName,
    actor: toUserPayload(actor),
    messageId: message.id,
    sequence: message.sequence,
    content: message.content.slice(0, CONTENT_LENGTH_MAX).toWellFormed(),
    ...(emoji === undefined ? {} : { emoji }),
    timestamp: toTimestamp(event.createdAtMs),
    unread: isUnread,
  };
}

function toInvitationEntry({ invitation, name, inviter }: ListedInvitation): ActivityEntry {
  const { target, createdAtMs } = invitation;
  return {
    kind: 'invitation',
    targetId: target.id,
    targetKind: target.kind,
    name,
    actor: toUserPayload(inviter),
    timestamp: toTimestamp(createdAtMs),
    unread: true,
  };
}
