/** Uploads a file, with its progress, which `fetch` does not report. */

/** A file of the server, as a message names it. */
export interface UploadedFile {
  readonly fileId: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly url: string;
  readonly width?: number;
  readonly height?: number;
  readonly duration?: number;
  readonly thumbnailUrl?: string;
  readonly blurHash?: string;
}

/** Status 0: the connection was lost. */
export class UploadFailed extends Error {
  readonly status: number;

  /** @param reason As the server says it. */
  constructor(status: number, reason?: string) {
    super(reason);
    this.status = status;
  }
}

export interface Upload {
  /** Rejects with `UploadFailed`; never settles once it is cancelled. */
  readonly done: Promise<UploadedFile>;
  cancel(): void;
}

/** The answer to a complete upload. */
interface Answer {
  readonly fileId: string;
  readonly url: string;
  readonly file: Omit<UploadedFile, 'fileId' | 'url'> & { readonly id: string };
}

export function toUploaded({ response }: XMLHttpRequest): UploadedFile {
  const { fileId, url, file } = response as Answer;
  const { id: _, ...fields } = file;
  return { ...fields, fileId, url };
}

/** The server has not answered: the connection was lost, or that of a proxy to the server. */
export function isLost({ status, response }: XMLHttpRequest): boolean {
  return status === 0 || (status >= 502 && status <= 504 && errorIn(response) === undefined);
}

export function toFailure(request: XMLHttpRequest): UploadFailed {
  const { status, response } = request;
  return isLost(request)
    ? new UploadFailed(0)
    : new UploadFailed(status, errorIn(response)?.message);
}

function errorIn(response: unknown): { readonly message: string } | undefined {
  return (response as { readonly error?: { readonly message: string } } | null)?.error;
}

/**
 * In one request.
 *
 * @param onProgress Called with the sent share, from 0 to 1.
 */
export function uploadForm(file: File, onProgress: (share: number) => void): Upload {
  const request = new XMLHttpRequest();
  const form = new FormData();
  form.append('file', file, file.name);
  const done = new Promise<UploadedFile>((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => onProgress(loaded / Math.max(1, total));
    request.onerror = () => reject(new UploadFailed(0));
    request.ontimeout = request.onerror;
    request.onload = () => {
      if (request.status === 201) resolve(toUploaded(request));
      else reject(toFailure(request));
    };
  });
  request.open('POST', '/api/upload');
  request.responseType = 'json';
  request.setRequestHeader('X-Parley-Upload', '1');
  request.send(form);
  return { done, cancel: () => request.abort() };
}
