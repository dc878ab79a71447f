/** The load: each of many users uploads the same file, all at once. */
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { answerRequests } from '../harness/child-program.ts';

const BOUNDARY = 'a-boundary-that-no-file-contains';
const CREATED = 201;

/** Not kept: the server may close a connection just before it is used again. */
const agent = new Agent({ keepAlive: false });
let address = '';
let body = Buffer.alloc(0);

const requests = {
  prepare({ url, content }: { readonly url: string; readonly content: Uint8Array }): void {
    address = `${url}/api/upload`;
    const head =
      `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="file"\r\n` +
      'content-type: application/octet-stream\r\n\r\n';
    body = Buffer.concat([Buffer.from(head), content, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]);
  },

  /** Resolves when all of them are acknowledged. */
  async upload(tokens: readonly string[]): Promise<void> {
    await Promise.all(tokens.map(upload));
  },
};

export type UploadRequests = typeof requests;
answerRequests(requests);

async function upload(token: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  let answer = '';
  const sent = request(address, {
    method: 'POST',
    agent,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      'content-length': body.length,
      'x-parley-upload': '1',
    },
  });
  sent.on('error', reject).on('response', (response) => {
    text(response).then((read) => {
      answer = read;
      resolve(response.statusCode);
    }, reject);
  });
  sent.end(body);
  const status = await promise;
  if (status !== CREATED) throw new Error(`${status}: ${answer}`);
}
