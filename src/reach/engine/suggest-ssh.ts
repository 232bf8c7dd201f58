import { ports } from '../../net/ports.ts';
import { PortFailure, type openTcp, type PortAnswer } from '../../net/tcp.ts';

/** Time limit for the SSH port, after the engine's ports have taken theirs: an address that nobody has fails in about 2 s. */
const hintTimeoutMs = 200;

/** Suggests SSH if the SSH port of one of the addresses, whose engine's ports are shut, is open. */
export async function suggestSsh(
  answers: readonly PortAnswer[],
  open: typeof openTcp,
  signal: AbortSignal,
): Promise<string | undefined> {
  const addresses = [...new Set(answers.map(answer => answer.address))];
  const isOpen = await Promise.all(
    addresses.map(async address => {
      try {
        (await open(address, ports.ssh, signal, hintTimeoutMs)).destroy();
        return true;
      } catch (error) {
        if (!(error instanceof PortFailure)) throw error;
        return false;
      }
    }),
  );
  return isOpen.includes(true) ? 'its SSH port is open, as on a production device: try --via ssh' : undefined;
}
