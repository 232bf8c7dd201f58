import { messageOf, OsError } from '../../core/errors.ts';

/** SSH_OPEN_ADMINISTRATIVELY_PROHIBITED (RFC 4254 §5.1): the server forwards nothing, or nothing to there. */
const isProhibited = (error: Error): boolean => 'reason' in error && error.reason === 1;

/** Explains why a server opened no connection from the device to somewhere. */
export function explainForwardFailure(
  error: Error,
  { where, to }: { readonly where: string; readonly to: string },
): OsError {
  if (isProhibited(error))
    return new OsError('host-refused', `the SSH server of ${where} forwards no connections to ${to}`, {
      cause: error,
      hint: 'its configuration forbids it: AllowTcpForwarding, PermitOpen',
    });
  return new OsError('socket-missing', `${where} does not lead to ${to}: ${messageOf(error)}`, {
    cause: error,
  });
}
