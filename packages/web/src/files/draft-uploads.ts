/**
 * Uploads the files of drafts, one after the other, whatever the page shows meanwhile. A reload goes on
 * with them, and so does another tab when this one is closed.
 */
import { type Attachment, browserEnvironment } from '@parley/client';
import { type Chat, useChat } from '../chat-context.ts';
import type { DraftEntries, DraftKey } from '../drafts/draft-storage.ts';
import { type Drafts, filesKey } from '../drafts/drafts.ts';
import { type DraftFile, readDraftFiles, writtenFiles } from './draft-file.ts';
import { toAttachment } from './local-file.ts';
import { fileAddress } from './server-file.ts';
import { readStoredFile, removeStoredFiles, storeFile } from './stored-files.ts';
import { addressOf, forgetUpload, uploadFile } from './upload-file.ts';
import { UploadFailed } from './upload-form.ts';

export const FILES_MAX = 10;

interface UploadState {
  /** The sent share, from 0 to 1. */
  readonly share?: number;
  readonly problem?: string;
  /** Another attempt has the same end. */
  readonly isFinal?: boolean;
}

interface UploadsSnapshot {
  readonly isOffline: boolean;
  /** By the id of the file. */
  readonly states: ReadonlyMap<string, UploadState>;
  /** Where more files were added last than a message may have. */
  readonly full: DraftKey | undefined;
}

type UploadsChat = Pick<Chat, 'client' | 'drafts' | 'user'>;

const PROBLEMS: Readonly<Record<number, string>> = {
  0: 'The connection was lost.',
  401: 'You are logged out.',
  429: 'You have uploaded too much. Try again later.',
};
const NOT_KEPT = 'The browser has not kept it. Choose it again.';
const EXPIRED = 'The server has kept it for a day, and then deleted it. Choose it again.';
const GONE = 404;
const TOO_LARGE = 413;

class DraftUploads {
  readonly #chat: UploadsChat;
  /** Those that this page has in memory. */
  readonly #bytes = new Map<string, File>();
  /** Files that a reload would lose. */
  readonly #unstored = new Set<string>();
  readonly #listeners = new Set<() => void>();
  #snapshot: UploadsSnapshot;
  #entries: DraftEntries = [];
  #known: ReadonlySet<string> = new Set();
  #running: { readonly id: string; readonly cancel: () => void } | undefined;
  #isWorking = false;

  constructor(chat: UploadsChat) {
    this.#chat = chat;
    const { client, drafts, user } = chat;
    this.#snapshot = { isOffline: true, states: new Map(), full: undefined };
    drafts.subscribe(this.#look);
    client.subscribe(this.#look);
    this.#look();
    // Of drafts that were discarded without this part.
    removeStoredFiles((owner, id) => owner === user.id && !this.#known.has(id)).catch(() => {});
    window.addEventListener('beforeunload', (event) => {
      if (this.#unstored.size > 0) event.preventDefault();
    });
  }

  readonly snapshot = (): UploadsSnapshot => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  files(place: DraftKey): readonly DraftFile[] {
    return readDraftFiles(this.#chat.drafts.read(filesKey(place)));
  }

  /** Undefined if this page does not have it, as after a reload. */
  bytesOf(id: string): File | undefined {
    return this.#bytes.get(id);
  }

  add(place: DraftKey, added: readonly File[]): void {
    const before = this.files(place);
    const taken = added.slice(0, FILES_MAX - before.length).map((file) => {
      const { name, type, size } = file;
      const id = browserEnvironment().newId();
      this.#bytes.set(id, file);
      return { id, name, type, size, alt: '' };
    });
    this.#set({ full: taken.length < added.length ? place : undefined });
    this.#chat.drafts.write(filesKey(place), writtenFiles([...before, ...taken]));
    for (const { id } of taken) this.#store(id);
  }

  remove(id: string): void {
    const file = this.#bytes.get(id);
    this.#replace(id, () => []);
    this.#set({ full: undefined });
    if (file !== undefined) forgetUpload(file);
  }

  describe(id: string, alt: string): void {
    this.#replace(id, (file) => [{ ...file, alt }]);
  }

  /** Uploads it from the beginning. */
  retry(id: string): void {
    this.#setState(id, undefined);
    this.#replace(id, ({ uploaded: _, ...file }) => [file]);
    void this.#work();
  }

  /** Whether it is neither uploaded nor refused. */
  isUnsent({ id, uploaded }: DraftFile): boolean {
    const problem = this.#snapshot.states.get(id)?.problem;
    return uploaded === undefined && (problem === undefined || isCutOff(problem));
  }

  /**
   * As a message has them; undefined if one is not ready.
   *
   * @param keepsRest The outbox takes the files that are not uploaded, with their message.
   */
  attachments(place: DraftKey, keepsRest: boolean): readonly Attachment[] | undefined {
    const ready: Attachment[] = [];
    for (const file of this.files(place)) {
      const { id, name, size, uploaded } = file;
      const alt = file.alt.trim() === '' ? {} : { alt: file.alt };
      const local = this.#bytes.get(id);
      if (uploaded !== undefined && this.#snapshot.states.get(id)?.problem === undefined) {
        ready.push({ ...uploaded, ...alt });
      } else if (keepsRest && local !== undefined && this.isUnsent(file)) {
        ready.push(toAttachment({ local, name, size, begun: addressOf(local), ...alt }));
      } else return undefined;
    }
    return ready;
  }

  /** Asks whether the server still has those that are uploaded: it waits a day for their message. */
  async check(place: DraftKey): Promise<void> {
    for (const { id, uploaded } of this.files(place)) {
      if (uploaded === undefined) continue;
      const request = fetch(fileAddress(uploaded.fileId), { method: 'HEAD' });
      const answer = await request.catch(() => undefined);
      if (answer?.status !== GONE) continue;
      if (this.#bytes.has(id)) this.retry(id);
      else this.#setState(id, { problem: EXPIRED });
    }
  }

  /** After changes of drafts, here and in other tabs, and of the connection. */
  readonly #look = (): void => {
    const { client, drafts, user } = this.#chat;
    const entries = drafts.entries();
    const isOffline = client.getSnapshot().connection.kind !== 'open';
    if (entries === this.#entries && isOffline === this.#snapshot.isOffline) return;
    this.#entries = entries;
    const known = new Set(this.#all().map(({ id }) => id));
    const gone = [...this.#known].filter((id) => !known.has(id));
    this.#known = known;
    const running = this.#running;
    // Without a connection its end may be reported late, or never.
    if (running !== undefined && (isOffline || !known.has(running.id))) running.cancel();
    for (const id of gone) {
      this.#bytes.delete(id);
      this.#unstored.delete(id);
    }
    if (gone.length > 0) {
      removeStoredFiles((owner, id) => owner === user.id && gone.includes(id)).catch(() => {});
    }
    if (isOffline !== this.#snapshot.isOffline) {
      const states = [...this.#snapshot.states].filter(([, { problem }]) => !isCutOff(problem));
      this.#set({ isOffline, ...(isOffline ? {} : { states: new Map(states) }) });
    }
    void this.#work();
  };

  async #work(): Promise<void> {
    if (this.#isWorking) return;
    this.#isWorking = true;
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next()) {
        const { id } = next;
        await this.#inTurn(() => this.#upload(id));
      }
    } finally {
      this.#isWorking = false;
    }
  }

  /** The first that waits; without a connection, one whose bytes are not loaded. */
  #next(): DraftFile | undefined {
    const { isOffline, states } = this.#snapshot;
    return this.#all().find(
      ({ id, uploaded }) =>
        uploaded === undefined &&
        states.get(id)?.problem === undefined &&
        !(isOffline && this.#bytes.has(id)),
    );
  }

  /** Tabs share drafts: one of them uploads at a time. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    // Pages on plain HTTP have no locks. A file may be uploaded twice there.
    const locks = navigator.locks as LockManager | undefined;
    const name = `parley-draft-files ${this.#chat.user.id}`;
    return locks === undefined ? work() : locks.request(name, work);
  }

  async #upload(id: string): Promise<void> {
    // Loaded in turn: the tab that has it in memory may not have stored it.
    const file = this.#bytes.get(id) ?? (await this.#readStored(id));
    const draft = this.#all().find((each) => each.id === id);
    if (draft === undefined || draft.uploaded !== undefined) return;
    if (file === undefined) {
      this.#setState(id, { problem: NOT_KEPT });
      return;
    }
    this.#bytes.set(id, file);
    this.#setState(id, undefined);
    if (this.#snapshot.isOffline) return;
    const { done, cancel } = uploadFile(file, (share) => this.#setState(id, { share }), {
      begun: draft.begun,
      onBegun: (begun) => this.#replace(id, (each) => [{ ...each, begun }]),
    });
    const cancelled = new Promise<undefined>((resolve) => {
      this.#running = {
        id,
        cancel: () => {
          cancel();
          resolve(undefined);
        },
      };
    });
    try {
      const uploaded = await Promise.race([done, cancelled]);
      this.#running = undefined;
      this.#setState(id, undefined);
      if (uploaded === undefined) return;
      this.#replace(id, ({ begun: _, ...each }) => [{ ...each, uploaded }]);
      this.#forgetStored(id);
    } catch (error) {
      this.#running = undefined;
      this.#setState(id, problemOf(error));
    }
  }

  #readStored(id: string): Promise<File | undefined> {
    return readStoredFile(this.#chat.user.id, id).catch(() => undefined);
  }

  #store(id: string): void {
    const file = this.#bytes.get(id);
    if (file === undefined) return;
    // After a logout no draft is kept.
    if (!this.#known.has(id)) {
      this.#bytes.delete(id);
      return;
    }
    this.#unstored.add(id);
    storeFile(this.#chat.user.id, id, file).then(
      () => this.#unstored.delete(id),
      // No space, or none for this page: it asks before it unloads.
      () => {},
    );
  }

  #forgetStored(id: string): void {
    this.#unstored.delete(id);
    removeStoredFiles((_, each) => each === id).catch(() => {});
  }

  #all(): readonly DraftFile[] {
    return this.#chat.drafts.entries().flatMap(([key, text]) => filesIn(key, text));
  }

  #replace(id: string, change: (file: DraftFile) => readonly DraftFile[]): void {
    const { drafts } = this.#chat;
    for (const [key, text] of drafts.entries()) {
      const files = filesIn(key, text);
      if (!files.some((file) => file.id === id)) continue;
      const changed = files.flatMap((file) => (file.id === id ? change(file) : [file]));
      drafts.write(key, writtenFiles(changed));
    }
  }

  #setState(id: string, state: UploadState | undefined): void {
    const states = new Map(this.#snapshot.states);
    states.delete(id);
    if (state !== undefined) states.set(id, state);
    this.#set({ states });
  }

  #set(changed: Partial<UploadsSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...changed };
    for (const listener of this.#listeners) listener();
  }
}

const started = new WeakMap<Drafts, DraftUploads>();

/** Those of the account, which go on while the page shows something else. */
export function useDraftUploads(): DraftUploads {
  const chat = useChat();
  const uploads = started.get(chat.drafts) ?? new DraftUploads(chat);
  started.set(chat.drafts, uploads);
  return uploads;
}

function filesIn(key: DraftKey, text: string): readonly DraftFile[] {
  return key.startsWith('files/') ? readDraftFiles(text) : [];
}

/** Such a file is uploaded when there is a connection or a session again. */
function isCutOff(problem: string | undefined): boolean {
  return problem !== undefined && (problem === PROBLEMS[0] || problem === PROBLEMS[401]);
}

function problemOf(error: unknown): UploadState {
  const { status, message } = error instanceof UploadFailed ? error : new UploadFailed(0);
  if (status === TOO_LARGE) return { problem: tooLargeText(message), isFinal: true };
  const problem = PROBLEMS[status] ?? `${message || 'The server does not accept it'}.`;
  return { problem };
}

/** @param limit As the server says it. */
function tooLargeText(limit: string): string {
  return limit === '' ? 'The file is too large.' : `The file is too large. ${limit}.`;
}
