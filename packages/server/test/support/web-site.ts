/** Another web server, whose pages users link to. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Page = (response: ServerResponse, request: IncomingMessage) => void;

export class WebSite {
  /** Without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Paths of the requests, in order. */
  readonly requests: string[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    this.url = `http://127.0.0.1:${this.port}`;
  }

  /** @param pages By path; others are 404. */
  static async start(pages: Readonly<Record<string, Page>>): Promise<WebSite> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const site = new WebSite(server);
    server.on('request', (request, response) => {
      const path = request.url ?? '';
      site.requests.push(path);
      const page = pages[path.split('?')[0] ?? ''];
      if (page === undefined) response.writeHead(404).end();
      else page(response, request);
    });
    return site;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** An HTML page with this head. */
export function html(head: string, more: Readonly<Record<string, string>> = {}): Page {
  const page = `<!doctype html><html><head>${head}</head><body>Hello</body></html>`;
  return (response) => response.writeHead(200, { 'content-type': 'text/html', ...more }).end(page);
}

export function bytes(content: Buffer, type: string): Page {
  return (response) => response.writeHead(200, { 'content-type': type }).end(content);
}

export function redirect(location: string): Page {
  return (response) => response.writeHead(302, { location }).end();
}
