/**
 * Uploads a file. A large one goes on where it broke off (tus 1.0.0): after a lost connection, and
 * after a reload if its address was kept.
 */
import {
  isLost,
  toFailure,
  toUploaded,
  type Upload,
  type UploadedFile,
  UploadFailed,
  uploadForm,
} from './upload-form.ts';

interface UploadOptions {
  /** Where it was begun before. */
  readonly begun?: string | undefined;
  /** It can be continued at this address. */
  readonly onBegun?: (address: string) => void;
}

/** Larger ones go on where they broke off. */
const RESUMED_BYTES = 5_000_000;
/** Before larger ones are sent, the server is asked for its limit. */
const UNASKED_BYTES = 65_536;
const PLACE = '/api/upload/resumable';
/** Without a byte that arrives in between. */
const LOSSES_MAX = 4;
const PAUSE_MS = 500;
/** Behind a proxy, other requests may reach nodes that do not know the upload. */
const BEGINNINGS_MAX = 2;

/** Of uploads that are not complete. */
const addresses = new WeakMap<File, string>();

/** @param onProgress Called with the sent share, from 0 to 1. */
export function uploadFile(
  file: File,
  onProgress: (share: number) => void,
  { begun, onBegun = () => {} }: UploadOptions = {},
): Upload {
  if (file.size <= UNASKED_BYTES) return uploadForm(file, onProgress);
  if (begun !== undefined) addresses.set(file, begun);
  const requests = new Requests();
  const send = file.size <= RESUMED_BYTES ? sendAtOnce : resume;
  return {
    done: send(file, requests, { onProgress, onBegun }),
    cancel: () => requests.cancel(),
  };
}

interface Handlers {
  readonly onProgress: (share: number) => void;
  readonly onBegun: (address: string) => void;
}

async function sendAtOnce(
  file: File,
  requests: Requests,
  handlers: Handlers,
): Promise<UploadedFile> {
  const limit = (await requests.ask('OPTIONS', PLACE, {})).getResponseHeader('Tus-Max-Size');
  // The beginning of such an upload has only its size: the server refuses it, and names the limit.
  if (limit !== null && file.size > Number(limit)) return resume(file, requests, handlers);
  return requests.run(uploadForm(file, handlers.onProgress));
}

/** Where the upload of a file can go on. */
export function addressOf(file: File): string | undefined {
  return addresses.get(file);
}

/** The server need not keep what has come of a file. */
export function forgetUpload(file: File): void {
  const address = addresses.get(file);
  addresses.delete(file);
  if (address !== undefined) void new Requests().ask('DELETE', address, {});
}

async function resume(
  file: File,
  requests: Requests,
  { onProgress, onBegun }: Handlers,
): Promise<UploadedFile> {
  const { name, size } = file;
  let [losses, beginnings, furthest] = [0, 0, 0];
  const lose = async (): Promise<void> => {
    losses += 1;
    if (losses > LOSSES_MAX) throw new UploadFailed(0);
    await requests.pause(PAUSE_MS * 2 ** losses);
  };
  for (;;) {
    const known = addresses.get(file);
    const asked =
      known === undefined
        ? await requests.ask('POST', PLACE, {
            'Upload-Length': `${size}`,
            'Upload-Metadata': `filename ${inBase64(name)}`,
          })
        : await requests.ask('HEAD', known, {});
    const address = known ?? asked.getResponseHeader('Location');
    if (isLost(asked)) {
      await lose();
      continue;
    }
    if (known !== undefined && asked.status === GONE) {
      addresses.delete(file);
      continue;
    }
    if (!isDone(asked) || address === null) throw toFailure(asked);
    if (known === undefined) {
      beginnings += 1;
      if (beginnings > BEGINNINGS_MAX) {
        void requests.ask('DELETE', address, {});
        return requests.run(uploadForm(file, onProgress));
      }
      addresses.set(file, address);
      onBegun(address);
    }
    const offset = Number(asked.getResponseHeader('Upload-Offset'));
    if (offset > furthest) [losses, furthest] = [0, offset];
    onProgress(offset / size);
    const sent = await requests.ask(
      'PATCH',
      address,
      { 'Upload-Offset': `${offset}`, 'Content-Type': 'application/offset+octet-stream' },
      { body: file.slice(offset), onSent: (bytes) => onProgress((offset + bytes) / size) },
    );
    if (sent.status === 200) {
      addresses.delete(file);
      return toUploaded(sent);
    }
    if (sent.status === GONE) addresses.delete(file);
    else if (isLost(sent) || sent.status === ELSEWHERE || isDone(sent)) await lose();
    else throw toFailure(sent);
  }
}

const GONE = 404;
/** The upload goes on at another offset. */
const ELSEWHERE = 409;

function isDone({ status }: XMLHttpRequest): boolean {
  return status >= 200 && status < 300;
}

/** One after the other, until they are cancelled: then none is answered. */
class Requests {
  #isCancelled = false;
  #cancel = (): void => {};

  cancel(): void {
    this.#isCancelled = true;
    this.#cancel();
  }

  /** Status 0: the connection was lost. */
  ask(
    method: string,
    address: string,
    headers: Readonly<Record<string, string>>,
    { body, onSent }: { readonly body?: Blob; readonly onSent?: (bytes: number) => void } = {},
  ): Promise<XMLHttpRequest> {
    return this.#unlessCancelled((resolve) => {
      const request = new XMLHttpRequest();
      request.open(method, address);
      request.responseType = 'json';
      const all = { 'Tus-Resumable': '1.0.0', 'X-Parley-Upload': '1', ...headers };
      for (const [name, value] of Object.entries(all)) request.setRequestHeader(name, value);
      request.upload.onprogress = ({ loaded }) => this.#isCancelled || onSent?.(loaded);
      request.onloadend = () => resolve(request);
      request.send(body);
      this.#cancel = () => request.abort();
    });
  }

  pause(ms: number): Promise<void> {
    return this.#unlessCancelled((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#cancel = () => clearTimeout(timer);
    });
  }

  run({ done, cancel }: Upload): Promise<UploadedFile> {
    this.#cancel = cancel;
    return done;
  }

  #unlessCancelled<T>(begin: (resolve: (value: T) => void) => void): Promise<T> {
    return new Promise((resolve) => {
      if (!this.#isCancelled) begin((value) => this.#isCancelled || resolve(value));
    });
  }
}

function inBase64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
