/** Floods and raids against each rule of moderation: what is stored above the number is a fault. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FLOOD_RULES } from '../../../packages/server/src/domain/messages/flood-rules.ts';
import { JOIN_WAVE } from '../../../packages/server/src/domain/rooms/join-waves.ts';
import { Account } from '../../../packages/server/test/support/account.ts';
import type { TestSocket } from '../../../packages/server/test/support/test-socket.ts';
import { findFreePort, ParleyProcess } from '../../support/parley-process.ts';
import type { Attack } from '../attack.ts';
import { logIn, statusOf, tryAll } from '../attempts.ts';
import { type Attacker, Target } from '../target.ts';

const REPEATS = 60;
const WORKERS = 3;
/** Share of the number that each further process may miss: see `docs/operations.md`. */
const MISSED_SHARE = 3 / 16;
const EVERYONES = 40;
/** People that a message mentions in one attack. */
const MENTIONED = 5;
const LINKS = 20;
const SLOW_S = 300;
const WORD = 'tulip';
const DISGUISES = [
  ...['TULIP', 'Túlip', 'tu\u200blip', 'tu\u00adlip', 'tu\u2060lip', 'ｔｕｌｉｐ', '**tu**lip'],
  ...['||tulip||', 'a tulip.', '[tulip](https://example.org)', '@tulip', 'tulip\u202e'],
];

interface Stage {
  readonly owner: Account;
  readonly roomId: string;
}

/** A public room of the victim: the attackers do not moderate it. */
async function openRoom(target: Target): Promise<Stage> {
  const owner = await logIn(target, target.victim);
  const { room } = await owner.must<{ room: { id: string } }>('POST', '/api/rooms', {
    ...{ name: 'square', visibility: 'public' },
  });
  return { owner, roomId: room.id };
}

async function enter(target: Target, roomId: string, index = 0) {
  const account = await logIn(target, target.attacker(index));
  const socket = await account.connect();
  const joined = await codeOf(socket, 'join_room', { roomId });
  return { account, socket, joined };
}

/** `ok`, or the code of the error. */
async function codeOf(socket: TestSocket, type: string, payload: object): Promise<string> {
  const answer: object = await socket.ask(type, payload);
  return (answer as { code?: string }).code ?? 'ok';
}

async function countOf(
  count: number,
  act: (index: number) => Promise<string>,
  wanted = 'ok',
): Promise<number> {
  let found = 0;
  for (let index = 0; index < count; index += 1) if ((await act(index)) === wanted) found += 1;
  return found;
}

/** Runs the attack on a server of its own with several processes, which the arena does not measure. */
function onProcesses(
  settings: Readonly<Record<string, string>>,
  run: Attack['run'],
): Attack['run'] {
  return async (target) => {
    const directory = join(target.directory, 'processes');
    mkdirSync(directory);
    const common = { PORT: await findFreePort(), DATA_DIR: directory, WORKERS: String(WORKERS) };
    const server = await ParleyProcess.start({ ...common, ...settings });
    try {
      const { url } = server;
      const signUp = async (username: string): Promise<Attacker> => Account.signUp(url, username);
      const attackers = [await signUp('attacker-0')];
      const victim = await signUp('victim');
      const processes = new Target({ url, attackers, victim, directory, settings });
      await run(processes);
      for (const fault of processes.faults) target.expect(false, fault);
      processes.end();
    } finally {
      await server.kill();
    }
  };
}

/** Over processes, each of which has a connection of the author. */
async function repeatOnNodes(target: Target): Promise<void> {
  const { roomId } = await openRoom(target);
  const sockets: TestSocket[] = [];
  for (let index = 0; index < 4 * WORKERS; index += 1) {
    sockets.push((await enter(target, roomId)).socket);
  }
  const stored = await countOf(REPEATS, async (index) => {
    const socket = sockets[index % sockets.length];
    const content = 'Win a telephone, only today';
    return socket === undefined ? '' : codeOf(socket, 'chat_message', { roomId, content });
  });
  const { max } = FLOOD_RULES.text;
  const allowed = Math.ceil(max * (1 + (WORKERS - 1) * MISSED_SHARE));
  target.expect(
    stored >= max && stored <= allowed,
    `${stored} repeated texts stored over ${WORKERS} processes, allowed ${max} to ${allowed}`,
  );
  for (const socket of sockets) socket.close();
}

async function mentionMuch(target: Target): Promise<void> {
  const { roomId } = await openRoom(target);
  const [everyone, people] = [await enter(target, roomId, 0), await enter(target, roomId, 1)];
  const said = (content: string) => ({ roomId, content });
  const toAll = await countOf(EVERYONES, (index) =>
    codeOf(everyone.socket, 'chat_message', said(`@everyone look ${index}`)),
  );
  target.expect(
    toAll > 0 && toAll <= FLOOD_RULES.everyone.max,
    `${toAll} mentions of everyone stored, allowed ${FLOOD_RULES.everyone.max}`,
  );
  const names = Array.from({ length: MENTIONED }, (_, index) => `@attacker-${index}`).join(' ');
  const toPeople = await countOf(EVERYONES, (index) =>
    codeOf(people.socket, 'chat_message', said(`${names} number ${index}`)),
  );
  const allowed = FLOOD_RULES.mentions.max / MENTIONED;
  target.expect(
    toPeople > 0 && toPeople <= allowed,
    `${toPeople} messages with ${MENTIONED} mentions stored, allowed ${allowed}`,
  );
  for (const { socket } of [everyone, people]) socket.close();
}

/** As messages, and as edits of messages that had none. */
async function linkMuch(target: Target): Promise<void> {
  const { roomId } = await openRoom(target);
  const [sender, editor] = [await enter(target, roomId, 0), await enter(target, roomId, 1)];
  const link = (index: number) => `Look at https://example.org/${index}`;
  const sent = await countOf(LINKS, (index) =>
    codeOf(sender.socket, 'chat_message', { roomId, content: link(index) }),
  );
  const edited = await countOf(LINKS, async (index) => {
    const { id } = await editor.socket.sendMessage({ roomId, content: `Look ${index}` });
    return codeOf(editor.socket, 'edit_message', { roomId, messageId: id, content: link(index) });
  });
  const { max } = FLOOD_RULES.links;
  target.expect(sent === max, `${sent} links stored, allowed ${max}`);
  target.expect(edited === max, `${edited} links stored by edits, allowed ${max}`);
  await tryAll(target, [
    {
      what: '@everyone of a new account',
      expected: 'FORBIDDEN',
      act: () => codeOf(editor.socket, 'chat_message', { roomId, content: '@everyone' }),
    },
  ]);
  for (const { socket } of [sender, editor]) socket.close();
}

const WAVE_MAX = 1;
/** Joins wait at five times the number. */
const WAVE_JOINS = 5 * WAVE_MAX;

/** Ten new accounts; those that are rejected try again by another route. */
async function raid(target: Target): Promise<void> {
  const { owner, roomId } = await openRoom(target);
  const beganMs = performance.now();
  const members = [];
  for (let index = 0; index < target.attackers.length; index += 1) {
    const raider = await enter(target, roomId, index);
    const { account } = raider;
    const isIn =
      raider.joined === 'ok' ||
      (await statusOf(account.call('PUT', `/api/rooms/${roomId}/members/me`))) === 200;
    if (isIn) members.push(raider);
    else raider.socket.close();
  }
  // Each is allowed again in its share of the window.
  const refilled = Math.ceil(((performance.now() - beganMs) * WAVE_JOINS) / JOIN_WAVE.windowMs);
  const { length: joined } = members;
  const allowed = WAVE_JOINS + refilled;
  target.expect(
    joined >= WAVE_JOINS && joined <= allowed,
    `${joined} new accounts joined, allowed ${WAVE_JOINS} to ${allowed}`,
  );
  await target.wait(500); // Joins are muted after they are answered.
  await tryAll(
    target,
    members.map(({ account: { username }, socket }) => ({
      what: `a message of ${username}`,
      expected: 'FORBIDDEN',
      act: () => codeOf(socket, 'chat_message', { roomId, content: `raid of ${username}` }),
    })),
  );
  const path = `/api/rooms/${roomId}/mutes`;
  const { mutes } = await owner.must<{ mutes: { reason: string }[] }>('GET', path);
  const ofRule = mutes.filter(({ reason }) => reason.startsWith('Join rule')).length;
  target.expect(ofRule === joined, `${ofRule} of ${joined} were muted with the reason`);
  for (const { socket } of members) socket.close();
}

function blockWord(directory: string): Record<string, string> {
  const file = join(directory, 'words.txt');
  writeFileSync(file, `${WORD}\n`);
  return { BLOCKED_WORDS_FILE: file };
}

async function disguiseWord(target: Target): Promise<void> {
  const { roomId } = await openRoom(target);
  const { account, socket } = await enter(target, roomId);
  const { id: messageId } = await socket.sendMessage({ roomId, content: 'a rose' });
  const recipientId = target.victim.userId;
  const post = (said: object) => () => statusOf(account.call('POST', '/api/messages', said));
  await tryAll(
    target,
    DISGUISES.flatMap((content) => [
      {
        what: `a message with ${JSON.stringify(content)}`,
        expected: 'VALIDATION_ERROR',
        act: () => codeOf(socket, 'chat_message', { roomId, content }),
      },
      {
        what: `an edit to ${JSON.stringify(content)}`,
        expected: 'VALIDATION_ERROR',
        act: () => codeOf(socket, 'edit_message', { roomId, messageId, content }),
      },
      { what: `a post of ${content}`, expected: 400, act: post({ roomId, content }) },
      { what: `${content} to a person`, expected: 400, act: post({ recipientId, content }) },
    ]),
  );
  socket.close();
}

/** Other connections, routes and processes, edits and deletions: one message is stored. */
async function evadeSlowMode(target: Target): Promise<void> {
  const { owner, roomId } = await openRoom(target);
  await owner.must('PATCH', `/api/rooms/${roomId}`, { slowModeSeconds: SLOW_S });
  const tabs = [];
  for (let index = 0; index < 2 * WORKERS; index += 1) tabs.push(await enter(target, roomId));
  const [first, ...others] = tabs;
  if (first === undefined) return;
  const { id: messageId } = await first.socket.sendMessage({ roomId, content: 'my turn' });
  const limited = async (what: string, act: () => Promise<unknown>, expected: unknown) =>
    tryAll(target, [{ what, expected, act }]);
  for (const [index, { socket, account }] of others.entries()) {
    const content = `again ${index}`;
    const said = { roomId, content };
    await limited(
      `tab ${index}`,
      () => codeOf(socket, 'chat_message', { ...said, clientMessageId: `key-${index}` }),
      'RATE_LIMITED',
    );
    await limited(
      `post ${index}`,
      () => statusOf(account.call('POST', '/api/messages', said)),
      429,
    );
  }
  await limited(
    'a deletion',
    () => codeOf(first.socket, 'delete_message', { roomId, messageId }),
    'ok',
  );
  await limited(
    'a message after it',
    () => codeOf(first.socket, 'chat_message', { roomId, content: 'once more' }),
    'RATE_LIMITED',
  );
  const again = await enter(target, roomId);
  await limited(
    'a message of a new session',
    () => codeOf(again.socket, 'chat_message', { roomId, content: 'once more' }),
    'RATE_LIMITED',
  );
  for (const { socket } of [...tabs, again]) socket.close();
}

const FLOODS = 'Floods of texts, mentions and links, also by new accounts';
const OF_OLD_ACCOUNTS = { FLOOD_RULES: 'on', NEW_ACCOUNT_HOURS: '0' };

export const MODERATION_ATTACKS: readonly Attack[] = [
  {
    name: 'repeated-text-processes',
    about: `${REPEATS} times the same text over connections to ${WORKERS} processes`,
    threat: FLOODS,
    run: onProcesses(OF_OLD_ACCOUNTS, repeatOnNodes),
  },
  {
    name: 'mention-floods',
    about: `${EVERYONES} messages to everyone, and ${EVERYONES} with ${MENTIONED} mentions each`,
    threat: FLOODS,
    server: { settings: OF_OLD_ACCOUNTS },
    run: mentionMuch,
  },
  {
    name: 'links-of-new-accounts',
    about: `${LINKS} links of a new account, and ${LINKS} that edits bring`,
    threat: FLOODS,
    server: { settings: { FLOOD_RULES: 'on' } },
    run: linkMuch,
  },
  {
    name: 'join-wave',
    about: 'Ten new accounts that join a room and write, where one is normal',
    threat: 'Raids: waves of new accounts that join a room',
    server: { settings: { FLOOD_RULES: 'on', JOIN_WAVE_MAX: String(WAVE_MAX) } },
    run: raid,
  },
  {
    name: 'blocked-words',
    about: 'A blocked word in other letters, behind invisible characters and markup, in four ways',
    threat: FLOODS,
    server: { settings: blockWord },
    run: disguiseWord,
  },
  {
    name: 'slow-mode-evasion',
    about: `A second message in slow mode by other tabs, ${WORKERS} processes, posts, deletion and a new session`,
    threat: FLOODS,
    run: onProcesses({}, evadeSlowMode),
  },
].map((attack) => ({ durationMs: 60_000, ...attack }));
