/**
 * Attacks with one operation at a time: eight users ask for the dearest thing that it allows, each one request at
 * a time, while an honest user sends messages and reads pages.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, rmSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { COMMANDS, type CommandName } from '@parley/protocol/commands';
import { WebSocket } from 'ws';
import { temporaryDirectory } from '../../../packages/server/test/support/temporary-directory.ts';
import { within } from '../../../packages/server/test/support/wait.ts';
import { webpBombOf } from '../../../packages/server/test/support/webp-bomb.ts';
import { findFreePort, ParleyProcess } from '../../support/parley-process.ts';
import { READ_MS_FLOOR, READ_RATIO_MAX } from '../arena.ts';
import type { HonestOptions, HonestRequest, HonestTimes } from './honest.ts';
import { UNIQUE_LENGTH } from './inputs.ts';
import { type Operation, type Request, UNMADE } from './list.ts';
import { GROUP, type Person, prepareScene, type Scene } from './scene.ts';

export interface OperationResult {
  readonly name: string;
  /** The role on the server of those who may do it. */
  readonly as: 'member' | 'owner';
  readonly idle: HonestTimes;
  readonly attacked: HonestTimes;
  /** The higher one of messages and reads. */
  readonly ratio: number;
  readonly served: number;
  readonly refused: number;
  /** How most of the refused requests were answered. */
  readonly refusal: string;
  readonly verdict: 'passed' | 'refused' | 'failed' | 'not built';
}

/** Messages and pages of the honest user before, during and after each attack. */
const ROUNDS = 30;
const WARM_UP_ROUNDS = 25;
/** An operation fails if it is too slow in each of so many attacks, with other users. */
const TRIES = 3;
/** An attacker waits no longer. */
const REQUEST_MS_MAX = 10_000;
/** Requests of an attacker: a server that answers none of the honest user's is not asked for ever. */
const REQUESTS_MAX = 5_000;
/** Refusals that say that the operation is not for these users, or not so often. */
const LIMITS_OF_USERS = /RATE_LIMITED|FORBIDDEN|LIMIT|403|429|503/;

const UNANSWERED = 'no answer';
const NO_ANSWER = `{"type":"error","code":"${UNANSWERED}"`;

interface Answer {
  readonly isOk: boolean;
  /** The code of an error, or its status. */
  readonly code: string;
}

/** The server, and the groups of users that have not attacked it. */
export class Siege {
  readonly #scene: Scene;
  readonly #honest = new Honest();
  #server: ParleyProcess | undefined;
  #groups: { member: number; owner: number } = { member: 0, owner: 0 };
  /** Its data. */
  #copy = '';
  #settings = '';
  #count = 0;

  static async prepare(): Promise<Siege> {
    return new Siege(await prepareScene());
  }

  private constructor(scene: Scene) {
    this.#scene = scene;
  }

  async play(operation: Operation): Promise<OperationResult> {
    let result = await this.#attack(operation);
    for (let again = 1; again < TRIES && result.verdict === 'failed'; again += 1) {
      this.#settings = ''; // On another server: what this one has is not as it was.
      result = await this.#attack(operation);
    }
    return result;
  }

  async close(): Promise<void> {
    this.#honest.close();
    await this.#stop();
  }

  async #attack({ name, requests, isOpen }: Operation): Promise<OperationResult> {
    await this.#repair();
    let as: OperationResult['as'] = 'member';
    let attackers = this.#take(as, isOpen);
    let dearest = await attackers[0]?.findDearest(requests);
    if (dearest?.answer.isOk === false && LIMITS_OF_USERS.test(dearest.answer.code)) {
      for (const each of attackers) each.close();
      as = 'owner';
      attackers = this.#take(as, isOpen);
      dearest = await attackers[0]?.findDearest(requests);
    }
    if (dearest === undefined) throw new Error(`${name} has no request`);
    const { request } = dearest;
    try {
      await Promise.all(attackers.map((each) => each.open(request)));
      await this.#greet(as);
      const before = await this.#honest.measure(ROUNDS);
      giveWay(true);
      const isOver = { value: false };
      const attack = attackers.map((each) => each.repeat(request, isOver));
      const attacked = await this.#honest.measure(ROUNDS).finally(() => {
        isOver.value = true;
      });
      const answers = (await Promise.all(attack)).flat();
      giveWay(false);
      const after = await this.#honest.measure(ROUNDS);
      return judge({ name, as, answers, attacked, idle: [before, after] });
    } finally {
      giveWay(false);
      for (const each of attackers) each.close();
    }
  }

  /** Starts another server if there is none, or its large room is no longer the same. */
  async #repair(): Promise<void> {
    const { directory, people, owners } = this.#scene;
    const isSame = this.#server?.isRunning === true && (await this.#look()) === this.#settings;
    const { member, owner } = this.#groups;
    const isLeft = member + GROUP <= people.length && owner + 2 * GROUP <= owners.length;
    if (isSame && isLeft) return;
    await this.#stop();
    const copy = temporaryDirectory();
    this.#copy = copy;
    cpSync(directory, copy, { recursive: true });
    this.#groups = { member: 0, owner: GROUP };
    const port = await findFreePort();
    this.#server = await ParleyProcess.start({ PORT: port, DATA_DIR: copy, LOG_LEVEL: 'error' });
    this.#settings = await this.#look();
    await this.#greet('owner');
    await this.#honest.measure(WARM_UP_ROUNDS);
  }

  async #stop(): Promise<void> {
    await this.#server?.kill();
    if (this.#copy !== '') rmSync(this.#copy, { recursive: true });
  }

  /** The room as the last of its owners sees it. */
  async #look(): Promise<string> {
    const { roomId, quietId, groupId, owners } = this.#scene;
    const paths = [
      ...[`/api/rooms/${roomId}`, `/api/rooms/${quietId}`, `/api/user-groups/${groupId}/members`],
    ];
    const headers = { authorization: `Bearer ${owners.at(-1)?.token}` };
    const answers = paths.map(async (path) =>
      (await fetch(`${this.#server?.url}${path}`, { headers })).text(),
    );
    return (await Promise.all(answers)).join().replaceAll(/"(?:memberTotal|memberCount)":\d+/g, '');
  }

  /** The next group, without the last of them, who is honest. */
  #take(as: OperationResult['as'], isOpen: boolean): Attacker[] {
    const all = as === 'member' ? this.#scene.people : this.#scene.owners;
    const first = this.#groups[as];
    this.#groups[as] += GROUP;
    return all.slice(first, first + GROUP - 1).map((person, index) => {
      this.#count += 1;
      const { url = '' } = this.#server ?? {};
      return new Attacker({ url, person, isOpen, scene: this.#scene, number: this.#count, index });
    });
  }

  /** The last of the group is the honest user from now on. */
  async #greet(as: OperationResult['as']): Promise<void> {
    const all = as === 'member' ? this.#scene.people : this.#scene.owners;
    const { url = '', pid = 0 } = this.#server ?? {};
    const token = all[this.#groups[as] - 1]?.token ?? '';
    await this.#honest.enter({ url, pid, token, roomId: this.#scene.quietId });
  }
}

interface AttackerParts {
  readonly url: string;
  readonly person: Person;
  readonly isOpen: boolean;
  readonly scene: Scene;
  /** Different for each attacker. */
  readonly number: number;
  /** In their group. */
  readonly index: number;
}

class Attacker {
  readonly #parts: AttackerParts;
  /** By their place: what the attacker has made for requests about it. */
  readonly #made = new Map<string, string>();
  readonly #waiting = new Map<string, (frame: string) => void>();
  #socket: WebSocket | undefined;
  /** Deleted parts of the scene: things of the attacker take their place. */
  readonly #gone = new Set<string>();
  #round = 0;

  constructor(parts: AttackerParts) {
    this.#parts = parts;
  }

  /** Sends each request once: the accepted one that takes the longest, or else the last one that is refused. */
  async findDearest(
    requests: readonly Request[],
  ): Promise<{ readonly request: Request; readonly answer: Answer } | undefined> {
    const [first] = requests;
    if (first === undefined) return undefined;
    await this.open(first);
    let dearest: { request: Request; answer: Answer; tookMs: number } | undefined;
    let refused: { request: Request; answer: Answer } | undefined;
    for (const request of requests) {
      const began = performance.now();
      const answer = await this.send(request);
      const tookMs = performance.now() - began;
      if (!answer.isOk && answer.code !== UNANSWERED) {
        if (refused === undefined || LIMITS_OF_USERS.test(answer.code))
          refused = { request, answer };
      } else if (dearest === undefined || tookMs > dearest.tookMs) {
        dearest = { request, answer, tookMs };
      }
    }
    return dearest ?? refused;
  }

  /** Connects, and opens the large room, if the request is a command. */
  async open({ command }: Request): Promise<void> {
    if (command === undefined || this.#socket !== undefined) return;
    const { url, person, scene } = this.#parts;
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, {
      perMessageDeflate: false,
      headers: { authorization: `Bearer ${person.token}` },
    });
    this.#socket = socket;
    socket.on('message', (data: Buffer) => {
      const [, id = ''] =
        /"replyTo":"(\w+)"\}$/.exec(data.toString('latin1', data.length - 60)) ?? [];
      this.#waiting.get(id)?.(data.toString('latin1', 0, 200));
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      for (const answered of this.#waiting.values()) answered('{"type":"error","code":"closed"');
    });
    await once(socket, 'open');
    await this.#ask('join_room', { roomId: scene.roomId });
  }

  async repeat(request: Request, isOver: { readonly value: boolean }): Promise<Answer[]> {
    const answers: Answer[] = [];
    while (!isOver.value && answers.length < REQUESTS_MAX) answers.push(await this.send(request));
    return answers;
  }

  async send(request: Request): Promise<Answer> {
    this.#round += 1;
    for (const step of request.before) await this.#request(step);
    const { command } = request;
    const answer =
      command === undefined
        ? await this.#request(request)
        : await this.#ask(command, await this.#fill(request.body, request));
    if (!answer.isOk) {
      this.#made.clear();
      if (answer.code === 'NOT_FOUND') {
        const text = JSON.stringify(request);
        const lost = ['room', 'userGroup'].filter((place) => text.includes(`{${place}}`));
        for (const place of lost) this.#gone.add(place);
      }
    }
    return answer;
  }

  close(): void {
    this.#socket?.terminate();
  }

  async #ask(type: CommandName, payload: unknown): Promise<Answer> {
    const id = `a${this.#round}`;
    if (this.#socket?.readyState !== WebSocket.OPEN) {
      await new Promise(setImmediate); // So that this does not go on alone.
      return { isOk: false, code: 'closed' };
    }
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#waiting.set(id, resolve);
    this.#socket.send(JSON.stringify({ type, payload, id }));
    if (COMMANDS[type].answer === undefined) {
      // That of the next frame tells that it is done.
      this.#socket.send(JSON.stringify({ type: 'ping', payload: {}, id }));
    }
    const frame = await within(promise, REQUEST_MS_MAX, () => NO_ANSWER);
    this.#waiting.delete(id);
    const isOk = !frame.startsWith('{"type":"error"');
    return { isOk, code: isOk ? '' : (/"code":"([^"]+)"/.exec(frame)?.[1] ?? 'error') };
  }

  async #request(request: Request): Promise<Answer> {
    const { method, side } = request;
    const { url, person } = this.#parts;
    const { path, query, body } = (await this.#fill(
      { path: request.path, query: request.query, body: request.body },
      request,
    )) as Pick<Request, 'path' | 'query' | 'body'>;
    const search = new URLSearchParams(query as Record<string, string>);
    const headers = { authorization: `Bearer ${person.token}`, 'x-parley-upload': '1' };
    const isJson = body !== undefined && side === undefined;
    const sent = fetch(`${url}${encodeURI(path)}?${search}`, {
      ...{ method, redirect: 'manual', signal: AbortSignal.timeout(REQUEST_MS_MAX) },
      headers: { ...headers, ...(isJson ? { 'content-type': 'application/json' } : {}) },
      ...(side !== undefined
        ? { body: pictureForm(side) }
        : isJson
          ? { body: JSON.stringify(body) }
          : {}),
    });
    try {
      const answer = await sent;
      if (answer.ok) await answer.arrayBuffer();
      const text = answer.ok ? '' : await answer.text();
      const code = /"code":"([^"]+)"/.exec(text)?.[1] ?? `${answer.status}`;
      return { isOk: answer.ok, code: answer.ok ? '' : code };
    } catch (error) {
      const name = error instanceof Error ? error.name : 'error';
      return { isOk: false, code: name === 'TimeoutError' ? UNANSWERED : name };
    }
  }

  /** With what the scene has in the places. */
  async #fill(input: unknown, request: Request): Promise<unknown> {
    let text = JSON.stringify(input ?? {});
    const own = ['channel', 'scheduled', 'report', 'invite', 'token', 'workspace'];
    for (const place of [...own, ...this.#gone]) {
      if (!text.includes(`{${place}}`)) continue;
      text = text.replaceAll(`{${place}}`, await this.#make(place, request));
    }
    return JSON.parse(
      text.replaceAll(
        /\{([a-zA-Z]+)(\d*)\}/g,
        (place, name: string, index: string) => this.#valueOf(name, Number(index || 0)) ?? place,
      ),
    );
  }

  #valueOf(name: string, index: number): string | undefined {
    const { scene, person, number, isOpen } = this.#parts;
    const at = (this.#round * GROUP + this.#parts.index + index) % scene.bystanders.length;
    switch (name) {
      case 'room':
        return scene.roomId;
      case 'message':
        return person.messageIds[this.#round % person.messageIds.length];
      case 'user':
        return scene.bystanders[at]?.id;
      case 'name':
        return scene.bystanders[at]?.username;
      case 'username':
        return isOpen ? person.username : scene.bystanders[at]?.username;
      case 'userGroup':
        return scene.groupId;
      case 'file':
        return scene.fileId;
      case 'unique':
        return `${number}x${this.#round}`.padStart(UNIQUE_LENGTH, '0');
      default:
        return undefined;
    }
  }

  /** Of the attacker: one is made if there is none, or the last request about it was refused. */
  async #make(place: string, { method }: Request): Promise<string> {
    const { scene, number } = this.#parts;
    if (place === 'workspace' && (method === 'GET' || method === '')) return scene.workspaceId;
    const made = this.#made.get(place);
    if (made !== undefined) return made;
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    const user = scene.bystanders[this.#round % scene.bystanders.length];
    const [path, body, pattern] = {
      scheduled: [
        '/api/scheduled',
        { roomId: scene.roomId, content: 'later', sendAt: soon },
        /"scheduledId":"([^"]+)"/,
      ],
      room: ['/api/rooms', { name: `room ${number} ${this.#round}` }, /"id":"([^"]+)"/],
      channel: [
        '/api/rooms',
        { name: `channel ${number} ${this.#round}`, workspaceId: scene.workspaceId },
        /"id":"([^"]+)"/,
      ],
      userGroup: [
        '/api/user-groups',
        { handle: `g-${number}-${this.#round}`, name: 'Group', userIds: [user?.id] },
        /"id":"([^"]+)"/,
      ],
      report: ['/api/reports', { userId: user?.id, reason: 'spam' }, /"id":"([^"]+)"/],
      invite: ['/api/invites', { roomIds: [scene.roomId] }, /"id":"([^"]+)"/],
      token: ['/api/invites', { roomIds: [scene.roomId] }, /"token":"([^"]+)"/],
      workspace: ['/api/workspaces', { name: `Works ${number}` }, /"id":"([^"]+)"/],
    }[place] as [string, object, RegExp];
    const headers = {
      authorization: `Bearer ${this.#parts.person.token}`,
      'content-type': 'application/json',
    };
    const sent = { method: 'POST', headers, body: JSON.stringify(body) };
    const text = await (await fetch(this.#parts.url + path, sent)).text();
    const value = pattern.exec(text)?.[1] ?? 'unknown';
    this.#made.set(place, value);
    return value;
  }
}

function pictureForm(side: number): FormData {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(webpBombOf(side))]), 'picture.webp');
  return form;
}

function judge({
  name,
  as,
  answers,
  attacked,
  idle: [before, after],
}: Pick<OperationResult, 'name' | 'as' | 'attacked'> & {
  readonly answers: readonly Answer[];
  readonly idle: readonly [HonestTimes, HonestTimes];
}): OperationResult {
  const idle = {
    sendMs: Math.min(before.sendMs, after.sendMs),
    readMs: Math.min(before.readMs, after.readMs),
  };
  const kinds = ['sendMs', 'readMs'] as const;
  const ratio = Math.max(...kinds.map((kind) => attacked[kind] / idle[kind]));
  const isSlow = kinds.some(
    (kind) => attacked[kind] > Math.max(READ_MS_FLOOR, READ_RATIO_MAX * idle[kind]),
  );
  const refusals = answers.flatMap(({ isOk, code }) => (isOk ? [] : [code]));
  const counts = Map.groupBy(refusals, (code) => code);
  const [[refusal = ''] = []] = [...counts].sort(([, a], [, b]) => b.length - a.length);
  const served = answers.length - refusals.length;
  // A request that takes longer than an attacker waits was not refused.
  const isAttack = served > 0 || counts.has(UNANSWERED) || answers.length === 0;
  const isRefused = LIMITS_OF_USERS.test(refusal) || name in UNMADE;
  const unserved = isRefused ? 'refused' : 'not built';
  const verdict = isSlow ? 'failed' : isAttack ? 'passed' : unserved;
  const counted = { served, refused: refusals.length, refusal };
  return { name, as, idle, attacked, ratio, ...counted, verdict };
}

/** The process of the honest user. */
class Honest {
  readonly #process = fork(new URL('honest.ts', import.meta.url), { stdio: 'inherit' });

  async enter(options: HonestOptions): Promise<void> {
    await this.#ask(options);
  }

  async measure(rounds: number): Promise<HonestTimes> {
    return (await this.#ask({ rounds })) as HonestTimes;
  }

  close(): void {
    this.#process.kill('SIGKILL');
  }

  async #ask(request: HonestRequest): Promise<object> {
    const answer = once(this.#process, 'message');
    this.#process.send(request);
    const [said] = (await answer) as [{ readonly failure?: string }];
    if (said.failure !== undefined) throw new Error(said.failure);
    return said;
  }
}

/** Attackers have machines of their own: here they must not take the server's processors. */
function giveWay(isAttack: boolean): void {
  const { PRIORITY_LOW, PRIORITY_NORMAL } = constants.priority;
  try {
    setPriority(isAttack ? PRIORITY_LOW : PRIORITY_NORMAL);
  } catch {
    // Only some users may raise it again; the servers of later attacks then share the low one.
  }
}
