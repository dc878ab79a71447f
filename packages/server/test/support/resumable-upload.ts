/** The requests of a client of tus 1.0.0. */
import type { Account } from './account.ts';

export interface ResumedFile {
  readonly fileId: string;
  readonly url: string;
  readonly file: { readonly name: string; readonly type: string; readonly size: number };
}

export class ResumableUpload {
  readonly #url: string;
  readonly #by: Pick<Account, 'cookie'>;

  constructor(url: string, by: Pick<Account, 'cookie'>) {
    this.#url = url;
    this.#by = by;
  }

  ask(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: RequestInit['body'],
  ): Promise<Response> {
    const always = { cookie: this.#by.cookie, 'tus-resumable': '1.0.0', 'x-parley-upload': '1' };
    return fetch(this.#url + path, {
      method,
      headers: { ...always, ...headers },
      ...(body === undefined ? {} : { body, duplex: 'half' }),
    });
  }

  create(size: number, name = 'file'): Promise<Response> {
    const metadata = `filename ${Buffer.from(name).toString('base64')},filetype dGV4dA==`;
    const headers = { 'upload-length': `${size}`, 'upload-metadata': metadata };
    return this.ask('POST', '/api/upload/resumable', headers);
  }

  /** The path of a new upload. */
  async begin(size: number, name?: string): Promise<string> {
    const answer = await this.create(size, name);
    if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
    return answer.headers.get('location') ?? '';
  }

  async offset(path: string): Promise<number | undefined> {
    const offset = (await this.ask('HEAD', path)).headers.get('upload-offset');
    return offset === null ? undefined : Number(offset);
  }

  send(path: string, offset: number, bytes: RequestInit['body']): Promise<Response> {
    const headers = {
      'content-type': 'application/offset+octet-stream',
      'upload-offset': `${offset}`,
    };
    return this.ask('PATCH', path, headers, bytes);
  }
}
