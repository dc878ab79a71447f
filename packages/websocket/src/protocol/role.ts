/** The two ends of a connection. They differ in masking, some close codes, and which ends TCP. */
export type Role = 'client' | 'server';
