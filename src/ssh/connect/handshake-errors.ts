import { messageOf, OsError } from '../../core/errors.ts';

/** Stage of a connection: waiting for an SSH server's greeting and keys, or authenticating. */
export type Stage = 'greeting' | 'authentication';

const sshPortHint = 'is this the port of its SSH server? Devices listen on 22222; name another with --port';

/** Error for a server that accepts a connection and then does not answer. */
export function silentServer(where: string, stage: Stage): OsError {
  return stage === 'greeting'
    ? new OsError('device-unreachable', `${where} accepts the connection but does not speak SSH`, {
        hint: sshPortHint,
      })
    : new OsError('device-unreachable', `${where} stops answering during authentication`, {
        hint: 'is the device busy or about to shut down? Try again in a moment',
      });
}

/** The failure of a server that closes the connection before we are in. */
export function closedEarly(where: string, stage: Stage): OsError {
  return new OsError(
    'device-unreachable',
    stage === 'greeting'
      ? `${where} closes the connection before the SSH handshake is done`
      : `${where} closes the connection during authentication`,
    { hint: 'its SSH server limits how many connections it takes at once: try again in a moment' },
  );
}

/** Converts an error of ssh2 before authentication has succeeded; ssh2 reports the error's origin in `level`. */
export function explainHandshakeError(
  where: string,
  stage: Stage,
  error: Error & { readonly level?: string },
): OsError {
  const options = { cause: error };
  if (error.level === 'client-socket') return closedEarly(where, stage);
  if (error.level === 'handshake')
    return new OsError('device-unreachable', `the SSH handshake with ${where} fails: ${messageOf(error)}`, {
      ...options,
      hint: 'its SSH server may be too old, too new or not a device’s',
    });
  if (stage === 'greeting')
    return new OsError('device-unreachable', `${where} is not an SSH server`, {
      ...options,
      hint: sshPortHint,
    });
  return new OsError('auth-refused', `${where} ends the connection: ${messageOf(error)}`, options);
}
