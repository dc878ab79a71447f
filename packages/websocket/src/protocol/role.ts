/** The two ends of a connection. They differ in masking, in some close codes, and in who ends TCP. */
export type Role = 'client' | 'server';
