/** Commands about the user and the connection. */
import { command, EXAMPLE_IDS } from './command.ts';

/** Characters of the position of a search in the activity: a position in each of 200 rooms. */
const ACTIVITY_POSITION_LENGTH_MAX = 16_000;

export const USER_COMMANDS = {
  get_activity: command({
    summary:
      'Lists what concerned the user lately, latest first: mentions, replies in their threads, reactions to their messages, and invitations. A page searches 200 events of each of at most 20 rooms, the latest active ones first; `next` of the answer continues the search, and is absent at its end.',
    reply:
      '`activity {entries, next?, moreInvitations?}`: what concerned you lately, latest first, about 100 messages and 20 invitations; with `moreInvitations`, `GET /api/invitations` lists the others. `mention`, `reply` (in a thread that you started or answered) and `reaction` (to your message) have `{kind, roomId, roomName, actor, messageId, sequence, content, emoji?, timestamp, unread}`; `invitation` has `{kind, targetId, targetKind, name, actor, timestamp, unread}`. A page searches 200 events of each of at most 20 rooms, the latest active ones first, without muted rooms; `next` of the answer continues the search, in the same rooms and in others, and is absent at its end. A later page can have entries that are newer than those of an earlier one',
    others: '',
    tier: 'stable',
    limit: 'searches',
    answer: 'activity',
    input: (t) =>
      t.Object({
        /** From the answer before; continues the search. */
        next: t.Optional(t.String({ maxLength: ACTIVITY_POSITION_LENGTH_MAX })),
      }),
    example: {},
    http: { kind: 'derived', route: 'GET /api/activity', operation: 'listActivity' },
  }),
  decline_invitations: command({
    summary:
      'Declines all invitations of the user `inviterId`; with `block`, also blocks this user, and future invitations stay hidden; with `leaveGroups`, also leaves all groups that this user has created. Returns how many invitations were declined and groups left.',
    reply:
      '`invitations_declined {inviterId, declined, left}`: all invitations of a user are declined; with `block`, the user is blocked too; with `leaveGroups`, you also leave the groups that the user has created',
    others: '',
    tier: 'stable',
    limit: 'changes',
    answer: 'invitations_declined',
    input: (t) => t.DeclineAll,
    example: { inviterId: EXAMPLE_IDS.user },
    http: {
      kind: 'derived',
      route: 'POST /api/invitations/decline',
      operation: 'declineInvitationsOf',
      body: 'declineAll',
      fields: ['declined', 'left'],
    },
  }),
  set_presence: command({
    summary: 'Sets how the user appears while connected.',
    reply:
      '`presence_update`; `statusText` is one line of at most 100 characters. The choice is stored and outlives your connections: you appear as offline without them, and as chosen with the next one. `invisible`: others see you as offline, while your own connections get this status. With `until`, an ISO 8601 time within 366 days, it ends then: `online` without a text. It counts as a change (`USER_CHANGE_RATE_MAX`)',
    others: 'the same, to users who share a room and to your other connections, also to later ones',
    tier: 'stable',
    limit: 'changes',
    forTokens: true,
    answer: 'presence_update',
    input: (t) =>
      t.Object({
        status: t.Union([
          t.Literal('online'),
          t.Literal('away'),
          t.Literal('busy'),
          t.Literal('invisible'),
        ]),
        statusText: t.Optional(t.String()),
        until: t.Optional(t.String()),
      }),
    example: { status: 'busy', statusText: 'In a meeting' },
    http: {
      kind: 'derived',
      route: 'PUT /api/presence',
      operation: 'setPresence',
      body: 'presence',
    },
  }),
  report_activity: command({
    summary: 'Says whether the user is active at this client.',
    reply:
      '`presence_update` with your own presence. `idle: false`: you are active at this client; `idle: true`: you are not. From the first report on, other frames of this connection are no activity',
    others: 'as for `set_presence`, if it changed',
    tier: 'internal',
    limit: undefined,
    forTokens: true,
    answer: 'presence_update',
    input: (t) => t.Object({ idle: t.Boolean() }),
    example: { idle: true },
    http: { kind: 'none', reason: 'is about the client at a connection' },
  }),
  set_display_name: command({
    summary:
      'Sets the name that other users see besides the username; an empty text restores the username.',
    reply:
      '`presence_update`; the name is one line of at most 40 characters, an empty one restores the username. `CONFLICT`: it looks like the username of another user',
    others: 'the same, to users who share a room and to your other connections',
    tier: 'stable',
    limit: 'changes',
    answer: 'presence_update',
    input: (t) => t.Object({ displayName: t.String() }),
    example: { displayName: 'Alice Smith' },
    http: { kind: 'own', route: 'PUT /api/profile' },
  }),
  heartbeat: command({
    summary: 'Shows that the connection is alive.',
    reply: '`heartbeat {sequence}`',
    others: '',
    tier: 'internal',
    limit: undefined,
    forTokens: true,
    answer: 'heartbeat',
    input: (t) => t.Object({ sequence: t.Integer() }),
    example: { sequence: 1 },
    http: { kind: 'none', reason: 'is about a connection' },
  }),
  ping: command({
    summary: 'Shows that the connection is alive.',
    reply: '`pong`',
    others: '',
    tier: 'internal',
    limit: undefined,
    forTokens: true,
    answer: 'pong',
    input: (t) => t.Unknown(),
    example: {},
    http: { kind: 'none', reason: 'is about a connection' },
  }),
};
