/** Uploads the files of messages that wait for them, one after the other. */
import type { Attachment, OutboxEntry, PersistOutbox } from '@parley/client';
import { hasLocalFile, localFile, toAttachment } from './local-file.ts';
import { forgetUpload, uploadFile } from './upload-file.ts';
import { UploadFailed } from './upload-form.ts';

type Outbox = Parameters<PersistOutbox>[0];

interface UploadWaitingOptions {
  readonly outbox: Outbox;
  readonly subscribe: Parameters<PersistOutbox>[1];
  /** The user has logged out: nothing is sent as another user. */
  readonly isClosed: () => boolean;
  readonly upload?: typeof uploadFile;
  /** Ends after a while, or when there may be a connection. */
  readonly pause?: (failures: number) => Promise<void>;
}

const PAUSE_MS = 1_000;
const PAUSE_MS_MAX = 15_000;
const TOO_LARGE = 413;

/** Outboxes whose files are being uploaded. */
const running = new WeakSet<Outbox>();

export async function uploadWaiting(options: UploadWaitingOptions): Promise<void> {
  const { outbox, isClosed, pause = pauseForConnection } = options;
  const entries = outbox.get();
  // The outbox was about to send it. Without its files it is not sent, and can be withdrawn.
  if (entries.some((entry) => entry.mayBeStored && hasLocalFile(entry))) {
    outbox.set(
      entries.map((entry) => (hasLocalFile(entry) ? { ...entry, mayBeStored: false } : entry)),
    );
  }
  if (running.has(outbox)) return;
  running.add(outbox);
  try {
    for (let failures = 0; ; ) {
      const entry = isClosed() ? undefined : outbox.get().find(isWaiting);
      if (entry === undefined) return;
      if (await uploadOne(entry, options)) failures = 0;
      else {
        failures += 1;
        await pause(failures);
      }
    }
  } finally {
    running.delete(outbox);
  }
}

function isWaiting(entry: OutboxEntry): boolean {
  return entry.state.kind !== 'failed' && hasLocalFile(entry);
}

/** Returns false if it must be tried again later. */
async function uploadOne(
  { clientMessageId, attachments = [] }: OutboxEntry,
  { outbox, subscribe, isClosed, upload = uploadFile }: UploadWaitingOptions,
): Promise<boolean> {
  let attachment = attachments.find(localFile);
  const file = attachment === undefined ? undefined : localFile(attachment);
  if (file === undefined) return true;
  const change = (changed: (entry: OutboxEntry) => OutboxEntry): void =>
    outbox.set(
      outbox
        .get()
        .map((entry) => (entry.clientMessageId === clientMessageId ? changed(entry) : entry)),
    );
  const replace = (next: Attachment): void => {
    const former = attachment;
    attachment = next;
    change((entry) => ({
      ...entry,
      attachments: (entry.attachments ?? []).map((each) => (each === former ? next : each)),
    }));
  };
  const { done, cancel } = upload(file.local, () => {}, {
    begun: file.begun,
    // Also after a reload.
    onBegun: (begun) => replace(toAttachment({ ...file, begun })),
  });
  let end: unknown;
  const withdrawn = new Promise<undefined>((resolve) => {
    end = subscribe(() => {
      if (!isClosed() && outbox.get().some((entry) => entry.clientMessageId === clientMessageId)) {
        return;
      }
      cancel();
      if (!isClosed()) forgetUpload(file.local);
      resolve(undefined);
    });
  });
  try {
    const uploaded = await Promise.race([done, withdrawn]);
    if (uploaded === undefined || isClosed()) return true;
    const { alt } = file;
    const sent: Attachment = { ...uploaded, ...(alt === undefined ? {} : { alt }) };
    // Stored before it is sent, as every change of an entry.
    replace(sent);
    return true;
  } catch (error) {
    const message = problemOf(error);
    if (message === undefined) return false;
    // The author decides: it is tried again, or discarded.
    change((entry) => ({ ...entry, state: { kind: 'failed', code: 'FORBIDDEN', message } }));
    return true;
  } finally {
    (end as () => void)();
  }
}

/** Undefined if a later attempt may succeed: without a connection, a session, or space for now. */
function problemOf(error: unknown): string | undefined {
  const status = error instanceof UploadFailed ? error.status : 0;
  if (status === TOO_LARGE) return 'The file is too large';
  const isFinal = status >= 400 && status < 500 && status !== 401 && status !== 429;
  return isFinal ? 'The server does not accept the file' : undefined;
}

function pauseForConnection(failures: number): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      window.removeEventListener('online', finish);
      resolve();
    };
    const timer = setTimeout(finish, Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** failures));
    window.addEventListener('online', finish);
  });
}
