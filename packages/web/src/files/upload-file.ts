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
  readonly thumbnailUrl?: string;
}

/** Status 0: the connection was lost. */
export class UploadFailed extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`The upload failed: ${status}`);
    this.status = status;
  }
}

interface Upload {
  /** Rejects with `UploadFailed`; never settles once it is cancelled. */
  readonly done: Promise<UploadedFile>;
  cancel(): void;
}

/** @param onProgress Called with the sent share, from 0 to 1. */
export function uploadFile(file: File, onProgress: (share: number) => void): Upload {
  const request = new XMLHttpRequest();
  const form = new FormData();
  form.append('file', file, file.name);
  const done = new Promise<UploadedFile>((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => onProgress(loaded / Math.max(1, total));
    request.onerror = () => reject(new UploadFailed(0));
    request.ontimeout = request.onerror;
    request.onload = () => {
      const { status, response } = request;
      if (status !== 201) {
        reject(new UploadFailed(status));
        return;
      }
      const {
        fileId,
        url,
        file: described,
      } = response as {
        readonly fileId: string;
        readonly url: string;
        readonly file: Omit<UploadedFile, 'fileId' | 'url'> & { readonly id: string };
      };
      const { id: _, ...fields } = described;
      resolve({ ...fields, fileId, url });
    };
  });
  request.open('POST', '/api/upload');
  request.responseType = 'json';
  request.setRequestHeader('X-Parley-Upload', '1');
  request.send(form);
  return { done, cancel: () => request.abort() };
}
