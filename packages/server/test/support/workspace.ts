/** A workspace created by one user over HTTP, and its channels. */
import type { Account } from './account.ts';

export class Workspace {
  readonly #founder: Account;
  readonly id: string;

  static async create(founder: Account, ...usernames: readonly string[]): Promise<Workspace> {
    const made = new Workspace(founder, await Workspace.idOfNew(founder));
    for (const username of usernames) await made.addMember(username);
    return made;
  }

  /** Creates a workspace without other members. */
  static async idOfNew(founder: Account): Promise<string> {
    const { workspace } = await founder.must<{ workspace: { id: string } }>(
      'POST',
      '/api/workspaces',
      { name: 'School' },
    );
    return workspace.id;
  }

  private constructor(founder: Account, id: string) {
    this.#founder = founder;
    this.id = id;
  }

  get #path(): string {
    return `/api/workspaces/${this.id}`;
  }

  async addMember(username: string): Promise<void> {
    await this.#founder.must('POST', `${this.#path}/members`, { username });
  }

  async removeMember(username: string): Promise<void> {
    await this.#founder.must('DELETE', `${this.#path}/members`, { username });
  }

  /** Creates a channel and returns its id. */
  async createChannel(name: string): Promise<string> {
    const path = `${this.#path}/channels`;
    const { channel } = await this.#founder.must<{ channel: { id: string } }>('POST', path, {
      name,
    });
    return channel.id;
  }
}
