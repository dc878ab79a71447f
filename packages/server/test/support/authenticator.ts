/** An authenticator in software: ES256 keys, no attestation (WebAuthn Level 3, section 6). */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

const [PRESENT, VERIFIED, HAS_CREDENTIAL] = [0x01, 0x04, 0x40];

/** Fields that a test replaces in a valid answer. */
interface Forgery {
  readonly origin?: string;
  readonly challenge?: string;
  readonly site?: string;
  /** Without PIN or alike. */
  readonly isUnverified?: boolean;
  readonly counter?: number;
  readonly userHandle?: string;
}

interface CreationOptions {
  readonly challenge: string;
  readonly rp: { readonly id: string };
  readonly user: { readonly id: string };
}

interface RequestOptions {
  readonly challenge: string;
  readonly rpId: string;
}

export class Authenticator {
  readonly credentialId = randomBytes(32);
  readonly #origin: string;
  readonly #keys: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  counter = 0;
  #userHandle = '';

  constructor(origin: string) {
    this.#origin = origin;
    this.#keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  }

  /** @param attestation The statement in CBOR; none by default. */
  create(
    { challenge, rp, user }: CreationOptions,
    forgery: Forgery = {},
    attestation: { readonly format: string; readonly statement: Buffer } = {
      format: 'none',
      statement: Buffer.from([0xa0]),
    },
  ) {
    this.#userHandle = user.id;
    const { x = '', y = '' } = this.#keys.publicKey.export({ format: 'jwk' });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(this.credentialId.length);
    const data = Buffer.concat([
      this.#data({ site: rp.id, ...forgery }, HAS_CREDENTIAL),
      Buffer.alloc(16), // The model of the authenticator.
      length,
      this.credentialId,
      // {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}
      ...[Buffer.from('a5010203262001215820', 'hex'), Buffer.from(x, 'base64url')],
      ...[Buffer.from('225820', 'hex'), Buffer.from(y, 'base64url')],
    ]);
    const attestationObject = Buffer.concat([
      Buffer.from([0xa3]),
      ...[textOf('fmt'), textOf(attestation.format)],
      ...[textOf('attStmt'), attestation.statement],
      ...[textOf('authData'), bytesOf(data)],
    ]);
    return this.#answer({
      clientDataJSON: this.#client('webauthn.create', { challenge, ...forgery }),
      attestationObject: attestationObject.toString('base64url'),
      transports: ['internal'],
    });
  }

  use({ challenge, rpId }: RequestOptions, forgery: Forgery = {}) {
    this.counter += 1;
    const data = this.#data({ site: rpId, ...forgery });
    const clientDataJSON = this.#client('webauthn.get', { challenge, ...forgery });
    const client = createHash('sha256').update(Buffer.from(clientDataJSON, 'base64url')).digest();
    const signature = sign('sha256', Buffer.concat([data, client]), this.#keys.privateKey);
    return this.#answer({
      clientDataJSON,
      authenticatorData: data.toString('base64url'),
      signature: signature.toString('base64url'),
      userHandle: forgery.userHandle ?? this.#userHandle,
    });
  }

  #data({ site = '', isUnverified, counter = this.counter }: Forgery, flags = 0): Buffer {
    const counted = Buffer.alloc(4);
    counted.writeUInt32BE(counter);
    const shown = PRESENT | flags | (isUnverified === true ? 0 : VERIFIED);
    return Buffer.concat([
      createHash('sha256').update(site).digest(),
      Buffer.from([shown]),
      counted,
    ]);
  }

  #client(type: string, { challenge, origin = this.#origin }: Forgery): string {
    const text = JSON.stringify({ type, challenge, origin, crossOrigin: false });
    return Buffer.from(text).toString('base64url');
  }

  #answer<Response extends object>(response: Response) {
    const id = this.credentialId.toString('base64url');
    return { id, rawId: id, type: 'public-key', response };
  }
}

/** RFC 8949: a text of up to 23 bytes. */
function textOf(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 + text.length]), Buffer.from(text)]);
}

function bytesOf(bytes: Buffer): Buffer {
  const head = Buffer.from([0x59, 0, 0]);
  head.writeUInt16BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}
