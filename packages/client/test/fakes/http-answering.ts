import { Http } from '../../src/core/connection/http.ts';
import { FakeEnvironment } from './fake-environment.ts';

/** A server that gives this answer to each request, and the requests it received. */
export function httpAnswering(answer: object): { http: Http; requests: string[] } {
  const requests: string[] = [];
  const fetch = (input: RequestInfo | URL, { method = 'GET' }: RequestInit = {}) => {
    requests.push(`${method} ${String(input)}`);
    return Promise.resolve(Response.json(answer));
  };
  const { setTimer } = new FakeEnvironment();
  return { http: new Http({ fetch, setTimer }, 'http://server'), requests };
}
