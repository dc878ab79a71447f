/** Parts of the engine for the other requests of an HTTP server, applied as to its connections. */
export {
  type AddressMatcher,
  addressKey,
  isAddressRange,
  matchAddresses,
  readAddress,
} from './node/admission/address.ts';
export {
  type AddressLimitOptions,
  AddressLimits,
  type AddressRejection,
} from './node/admission/address-limits.ts';
export {
  clientAddress,
  type ForwardedHeader,
  type ProxyTrust,
} from './node/admission/client-address.ts';
export type { Clock, Timer } from './node/clock.ts';
export { RATE_DEFAULTS } from './node/options/rate-limits.ts';
export {
  MessageAndByteBuckets,
  type RateOptions,
} from './node/receive/message-and-byte-buckets.ts';
export {
  type Certificate,
  type CertificateFacts,
  type CertificateFiles,
  checkCertificate,
  readCertificate,
} from './node/tls/certificate.ts';
export { CertificateWatch, type CertificateWatchOptions } from './node/tls/certificate-watch.ts';
export { requestPath } from './protocol/request-path.ts';
