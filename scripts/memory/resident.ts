/** One user of the memory run over a real socket; uses little memory, to allow long runs. */
import { WebSocket } from 'ws';
import type { Random } from '../../packages/server/test/support/seeded-random.ts';

const PASSWORD = 'correct horse';
const AWAY_MS = 500;
const STALLED_MS = 3000;
/** Own messages that may be edited, deleted or reacted to. */
const OWN_MAX = 20;
const WORDS = 'the quick brown fox jumps over a lazy dog while everybody looks at it'.split(' ');
const WORDS_MAX = 20;

interface HeldRoom {
  readonly roomId: string;
  position: number;
  epoch: string;
  readonly own: string[];
}

interface Snapshot {
  readonly roomId: string;
  readonly roomName?: string;
  readonly headSequence: number;
  readonly epoch: string;
  /** If the room could not be opened; the other fields are missing then. */
  readonly error?: object;
}

export class Resident {
  readonly #url: string;
  readonly #token: string;
  readonly #roomNames: readonly string[];
  readonly #random: Random;
  /** By name; all rooms that were ever opened. */
  readonly #rooms = new Map<string, HeldRoom>();
  readonly #open = new Set<HeldRoom>();
  #socket: WebSocket;
  #commands = 0;
  #isClosed = false;
  sent = 0;
  acknowledged = 0;
  received = 0;
  connections = 0;
  rejections = 0;
  gaps = 0;

  static async settle(
    url: string,
    username: string,
    roomNames: readonly string[],
    random: Random,
  ): Promise<Resident> {
    const body = { username, password: PASSWORD };
    await post(`${url}/register`, body);
    const { token } = await post(`${url}/login`, body);
    return new Resident(url, token, [...new Set(roomNames)], random);
  }

  private constructor(url: string, token: string, roomNames: readonly string[], random: Random) {
    this.#url = url;
    this.#token = token;
    this.#roomNames = roomNames;
    this.#random = random;
    this.#socket = this.#connect();
  }

  isIn(roomName: string): boolean {
    const room = this.#rooms.get(roomName);
    return room !== undefined && this.#open.has(room);
  }

  /** Performs one action in an open room. */
  act(roomName: string): void {
    const room = this.#rooms.get(roomName);
    if (room === undefined) return;
    const { roomId } = room;
    const messageId = room.own[Math.floor(this.#random() * room.own.length)];
    const draw = this.#random();
    if (draw > 0.98) this.#send('get_history', { roomId, limit: 50 });
    else if (draw > 0.95) this.#send('mark_read', { roomId, sequence: room.position });
    else if (draw > 0.92) this.#send('user_typing', { roomId, isTyping: true });
    else if (draw > 0.2 || messageId === undefined)
      this.#change('chat_message', { roomId, content: this.#text() });
    else if (draw > 0.12)
      this.#change('edit_message', { roomId, messageId, content: this.#text() });
    else if (draw > 0.04) this.#change('add_reaction', { roomId, messageId, emoji: '👍' });
    else this.#change('delete_message', { roomId, messageId });
  }

  /** Disconnects, half of the time without a close frame, and reconnects. */
  depart(): void {
    if (this.#random() < 0.5) this.#socket.terminate();
    else this.#socket.close();
  }

  /** Stops reading for a while. */
  stall(): void {
    const socket = this.#socket;
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.pause();
    setTimeout(() => socket.resume(), STALLED_MS);
  }

  /** Creates a room that is deleted with its last participant. */
  visit(): void {
    this.#send('join_room', { roomName: `temp-${Math.floor(this.#random() * 1e9)}` });
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.terminate();
  }

  #connect(): WebSocket {
    const socket = new WebSocket(`${this.#url.replace(/^http/, 'ws')}/ws`, {
      headers: { authorization: `Bearer ${this.#token}` },
    });
    socket.on('open', () => {
      this.connections += 1;
    });
    socket.on('unexpected-response', () => {
      // Overloaded, reported with 503: the next attempt follows soon.
      this.rejections += 1;
      socket.terminate();
    });
    socket.on('message', (data) => this.#take(JSON.parse(String(data))));
    socket.on('error', () => {}); // `close` follows.
    socket.on('close', () => {
      this.#open.clear();
      if (!this.#isClosed) {
        setTimeout(() => {
          if (!this.#isClosed) this.#socket = this.#connect();
        }, AWAY_MS);
      }
    });
    return socket;
  }

  #take({ type, payload }: { readonly type: string; readonly payload: never }): void {
    this.received += 1;
    switch (type) {
      case 'connection_established':
        this.#enter();
        return;
      case 'room_joined':
        this.#takeSnapshot(payload);
        return;
      case 'resumed':
        for (const room of (payload as { rooms: Snapshot[] }).rooms) this.#takeSnapshot(room);
        return;
      case 'resync_required':
        this.#openAnew((payload as Snapshot).roomId);
        return;
      case 'message_ack':
        this.#takeAck(payload);
        return;
      default:
        this.#takeEvent(payload);
    }
  }

  #enter(): void {
    const rooms = [...this.#rooms.values()].map(({ roomId, position, epoch }) => ({
      roomId,
      lastSequence: position,
      epoch,
    }));
    if (rooms.length > 0) this.#send('resume', { rooms });
    else for (const roomName of this.#roomNames) this.#send('join_room', { roomName });
  }

  /** Before its snapshot arrives, acknowledgements have no position in a stream. */
  #openAnew(roomId: string): void {
    const room = this.#find(roomId);
    if (room !== undefined) this.#open.delete(room);
    this.#send('resume', { rooms: [{ roomId }] });
  }

  #takeSnapshot({ roomId, roomName, headSequence, epoch, error }: Snapshot): void {
    if (error !== undefined) {
      setTimeout(() => this.#openAnew(roomId), AWAY_MS);
      return;
    }
    if (roomName?.startsWith('temp-')) {
      this.#send('chat_message', { roomId, content: this.#text() });
      this.#send('leave_room', { roomId });
      return;
    }
    const held = this.#find(roomId) ?? { roomId, position: 0, epoch, own: [] };
    held.position = headSequence;
    held.epoch = epoch;
    if (roomName !== undefined) this.#rooms.set(roomName, held);
    this.#open.add(held);
  }

  #takeAck(ack: { readonly roomId: string; readonly id: string; readonly sequence: number }): void {
    this.acknowledged += 1;
    this.#takeEvent(ack);
    const own = this.#find(ack.roomId)?.own;
    own?.push(ack.id);
    if (own !== undefined && own.length > OWN_MAX) own.shift();
  }

  #takeEvent({ roomId, sequence }: { readonly roomId?: string; readonly sequence?: number }): void {
    const room = roomId === undefined || sequence === undefined ? undefined : this.#find(roomId);
    // A read position, or the answer to a repeated command, refers to an earlier position.
    if (room === undefined || sequence === undefined || !this.#open.has(room)) return;
    if (sequence <= room.position) return;
    if (sequence !== room.position + 1) this.gaps += 1;
    room.position = sequence;
  }

  #find(roomId: string): HeldRoom | undefined {
    for (const room of this.#rooms.values()) if (room.roomId === roomId) return room;
    return undefined;
  }

  #change(type: string, payload: object): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#commands += 1;
    this.sent += 1;
    const clientMessageId = `${this.#token.slice(0, 8)}-${this.#commands}`;
    this.#send(type, { ...payload, clientMessageId });
  }

  #send(type: string, payload: object): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify({ type, payload }));
  }

  #text(): string {
    const count = 1 + Math.floor(this.#random() * WORDS_MAX);
    return Array.from(
      { length: count },
      () => WORDS[Math.floor(this.#random() * WORDS.length)],
    ).join(' ');
  }
}

async function post(url: string, body: object): Promise<{ readonly token: string }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return (await response.json()) as { token: string };
}
