/**
 * The sessions that have ended, for nodes that did not receive it over the bus. A trigger writes
 * them, so that each way to end a session counts.
 */
export const revocations = `
CREATE TABLE revocations (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  session_key TEXT COLLATE "C" NOT NULL,
  revoked_at BIGINT NOT NULL
);
CREATE INDEX revocations_by_time ON revocations (revoked_at);
CREATE FUNCTION note_ended_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO revocations (session_key, revoked_at)
    SELECT id_digest, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint FROM ended;
  RETURN NULL;
END $$;
CREATE TRIGGER sessions_ended AFTER DELETE ON sessions REFERENCING OLD TABLE AS ended
  FOR EACH STATEMENT EXECUTE FUNCTION note_ended_sessions();
`;
