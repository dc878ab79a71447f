/** The connections of a page: one per dialect, shared by all hooks, created on first use. */
import { createContext } from 'react';
import { browserEnvironment } from '../core/browser-environment.ts';
import { checkedServerUrl } from '../core/connection/server-url.ts';
import type { GetToken } from '../core/connection/token-source.ts';
import type { Environment } from '../core/environment.ts';
import { CHANNELS } from '../core/flat/channels.ts';
import { DIRECT } from '../core/flat/direct.ts';
import { FlatClient, type FlatClientOptions } from '../core/flat/flat-client.ts';

export interface ClientsOptions {
  /** Address of the server, such as `https://chat.example.org`. Default: the page's origin. */
  readonly serverUrl?: string | undefined;
  /** Default: the cookie of the login. */
  readonly auth?: { readonly getToken?: GetToken | undefined } | undefined;
  /** Default: the globals of the browser. */
  readonly environment?: Environment | undefined;
}

export class Clients {
  readonly #options: ClientsOptions;
  #channels: FlatClient | undefined;
  #direct: FlatClient | undefined;

  constructor(options: ClientsOptions = {}) {
    this.#options = options;
  }

  /** Client of `/ws/chat`. */
  get channels(): FlatClient {
    this.#channels ??= new FlatClient({
      ...this.#surroundings(),
      dialect: CHANNELS,
    });
    return this.#channels;
  }

  /** Client of `/messagepal`. */
  get direct(): FlatClient {
    this.#direct ??= new FlatClient({
      ...this.#surroundings(),
      dialect: DIRECT,
    });
    return this.#direct;
  }

  #surroundings(): Omit<FlatClientOptions, 'dialect'> {
    const { serverUrl, auth, environment = browserEnvironment() } = this.#options;
    const url = serverUrl === undefined ? pageOrigin() : checkedServerUrl(serverUrl);
    return { serverUrl: url, environment, getToken: auth?.getToken };
  }
}

/** During server rendering there is no page, and nothing connects. */
function pageOrigin(): string {
  return typeof location === 'undefined' ? '' : location.origin;
}

/** The page's clients by default, so that hooks work without a provider and share a connection. */
export const ClientsContext = createContext(new Clients());
